"""``find``: what it brings is not spelled in the manifest, so its limits matter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from esync.lint.rule import Finding
from esync.manifests.externalsecret import DeletionPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.lint.view import View
    from esync.manifests.externalsecret import Find

_ANYTHING: Final = re.compile(r"\^?(?:\.[*+]|\(\.[*+]\))?\$?")
# Their stores name one project, folder or environment: everything in it is meant as often as not.
_NARROW: Final = frozenset(
    {
        "bitwardensecretsmanager",
        "chef",
        "cloudrusm",
        "doppler",
        "github",
        "gitlab",
        "infisical",
        "keepersecurity",
        "kubernetes",
        "onboardbase",
        "onepassword",
        "onepasswordSDK",
        "passbolt",
        "passworddepot",
        "previder",
        "pulumi",
        "scaleway",
        "webhook",
        "yandexlockbox",
    }
)


class FindWithoutLimits(Finding):
    """A search that brings everything the store can see."""

    rule = "ES0709"
    title: ClassVar = "Find without limits"


class DeleteWithFind(Finding):
    """A search that finds nothing deletes the Secret."""

    rule = "ES0710"
    title: ClassVar = "Delete with find"


def without_limits(view: View) -> Iterator[FindWithoutLimits]:
    """Look for searches that no path, name or tag limits."""
    for subject in view.subjects:
        for index, entry in enumerate(subject.spec.data_from):
            if entry.find is None or _is_limited(entry.find):
                continue
            store = view.store_of(subject, entry.source_ref)
            if store is None or store.provider not in _NARROW:
                yield FindWithoutLimits(
                    "the search brings every secret that the store can see",
                    about=subject.ref,
                    at=subject.place("dataFrom", index, "find"),
                    hint="limit it by path, name.regexp or tags",
                )


def delete_with_find(view: View) -> Iterator[DeleteWithFind]:
    """Look for deletionPolicy Delete beside a search."""
    for subject in view.subjects:
        if subject.spec.target.deletion_policy is not DeletionPolicy.DELETE:
            continue
        if any(entry.find for entry in subject.spec.data_from):
            yield DeleteWithFind(
                "the Secret is deleted when the search finds nothing, whatever the reason",
                about=subject.ref,
                at=subject.place("target", "deletionPolicy"),
                hint="use deletionPolicy Retain, or name the keys in data",
            )


def _is_limited(find: Find) -> bool:
    named = find.name is not None and not _ANYTHING.fullmatch(find.name.regexp)
    return named or bool(find.tags) or bool((find.path or "").strip("/"))
