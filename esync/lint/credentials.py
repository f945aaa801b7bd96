"""Credentials that were pasted where the name of a secret belongs. They are never quoted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from esync.lint.rule import Finding, Severity
from esync.manifests.errors import spelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.errors import Location
    from esync.lint.view import Subject, View
    from esync.manifests.document import ObjectRef, Path
    from esync.manifests.externalsecret import RemoteRef

# What it is, and how it begins or looks.
_KNOWN: Final = (
    ("an AWS access key id", r"\bA(?:KIA|SIA)[A-Z2-7]{16}\b"),
    ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60})"),
    ("a GitLab token", r"\bgl(?:pat|dt|rt|cbt|ptt)-[A-Za-z0-9_-]{20}"),
    ("a Vault token", r"\bhv[sbr]\.[A-Za-z0-9_-]{24}"),
    ("a Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{20}"),
    ("a Stripe key", r"\b[rs]k_live_[A-Za-z0-9]{20}"),
    ("a Google API key", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("a Doppler token", r"\bdp\.[a-z]{2,5}\.(?:[A-Za-z0-9_-]+\.)?[A-Za-z0-9]{40}"),
    ("a 1Password token", r"\bops_eyJ[A-Za-z0-9+/=_-]{40}"),
    ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10}"),
    ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
)
_ANY_KNOWN: Final = re.compile("|".join(f"({pattern})" for _, pattern in _KNOWN))
_SHORTEST: Final = 20
# Made by chance: long, of all three classes, digits in many places. Names of things are none.
_RANDOM: Final = re.compile(r"[A-Za-z0-9+]{32,}={0,2}")
_DIGIT_RUNS: Final = 4
_SELECTOR: Final = frozenset({"name", "key"})


class PastedCredential(Finding):
    """A credential stands where the name of one belongs."""

    rule = "ES0705"
    title: ClassVar = "Credential in a reference"
    severity: ClassVar = Severity.ERROR


def pasted_credentials(view: View) -> Iterator[PastedCredential]:
    """Look for credentials in references, and anywhere in the settings of stores."""
    for subject in view.subjects:
        for path, text in _references(subject):
            what = _credential(text)
            if what:
                yield _told(what, subject.ref, subject.place(*path), (*subject.base, *path))
    for store in view.catalog.stores.values():
        if store.provider == "fake":
            continue  # it is made of values
        for path, text in _texts(store.settings, ()):
            what = _credential(text, reference=path[-1] in _SELECTOR)
            if what:
                whole = ("spec", "provider", store.provider, *path)
                yield _told(what, store.ref, store.place(*path), whole)


def _credential(text: str, *, reference: bool = True) -> str:
    """Return what kind of credential ``text`` is, else nothing."""
    if len(text) < _SHORTEST:
        return ""
    found = _ANY_KNOWN.search(text)
    if found and found.lastindex:
        return _KNOWN[found.lastindex - 1][0]
    return "a credential" if reference and _is_random(text) else ""


def _is_random(text: str) -> bool:
    if not _RANDOM.fullmatch(text):
        return False
    digits = len(re.findall("[0-9]+", text))
    return digits >= _DIGIT_RUNS and any(map(str.isupper, text)) and any(map(str.islower, text))


def _told(what: str, about: ObjectRef, at: Location, path: Path) -> PastedCredential:
    return PastedCredential(
        f"{spelled(path)} holds what looks like {what}",
        about=about,
        at=at,
        hint="revoke it, as the manifest has shown it; put the name of a secret here",
    )


def _references(subject: Subject) -> Iterator[tuple[Path, str]]:
    for index, single in enumerate(subject.spec.data):
        yield from _members(single.remote_ref, ("data", index, "remoteRef"))
    for index, entry in enumerate(subject.spec.data_from):
        if entry.extract:
            yield from _members(entry.extract, ("dataFrom", index, "extract"))
        if entry.find:
            path: Path = ("dataFrom", index, "find")
            yield (*path, "path"), entry.find.path or ""
            for tag, value in (entry.find.tags or {}).items():
                yield (*path, "tags", tag), value


def _members(ref: RemoteRef, path: Path) -> Iterator[tuple[Path, str]]:
    yield (*path, "key"), ref.key
    yield (*path, "property"), ref.property
    yield (*path, "version"), ref.version


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield every text in the settings of a store."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _texts(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
