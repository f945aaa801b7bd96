"""Manifests of a version that clusters do not serve any more.

Source: External Secrets Operator 2.9: v1beta1 is not served; v1 reads the same fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from esync.lint.rule import Finding
from esync.manifests.document import Source
from esync.manifests.kinds import PROVIDERS, V1BETA1, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.lint.view import View
    from esync.manifests.document import Document


class OldVersion(Finding):
    """A manifest says ``v1beta1``, which clusters do not serve any more."""

    rule = "ES0701"
    title: ClassVar = "Old version"


def old_versions(view: View) -> Iterator[OldVersion]:
    """Look for v1beta1."""
    for subject in view.subjects:
        if _is_old(subject.document):
            yield _told(subject.document)
    for store in view.catalog.stores.values():
        if _is_old(store.document):
            gone = "" if store.provider in PROVIDERS else store.provider
            yield _told(store.document, gone)


def _is_old(document: Document) -> bool:
    return document.source is Source.FILES and version_of(document) == V1BETA1


def _told(document: Document, gone: str = "") -> OldVersion:
    hint = "write apiVersion: external-secrets.io/v1; all fields stay as they are"
    if gone:
        hint = f"v1 has no provider {gone}: move to another store"
    return OldVersion(
        "clusters do not serve v1beta1 any more",
        about=document.ref,
        at=document.place(("apiVersion",)),
        hint=hint,
    )
