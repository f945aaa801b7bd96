"""Find the ExternalSecret that the user means, also one that could not be read whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync import resolve
from esync.explain.errors import NoSuchKind
from esync.records import dataclass

if TYPE_CHECKING:
    from esync.errors import EsyncError
    from esync.flow.catalog import Catalog
    from esync.manifests.document import ObjectRef
    from esync.manifests.externalsecret import ExternalSecret

_EXTERNAL_SECRETS: Final = frozenset({"", "externalsecret", "externalsecrets", "es"})
_SECRETS: Final = frozenset({"secret", "secrets"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """``[KIND/]NAME``: an ExternalSecret, or the one that builds a Secret."""

    name: str
    by_target: bool = False

    @classmethod
    def parse(cls, words: str) -> Wanted:
        """Read the argument.

        Raises:
            NoSuchKind: the kind can be neither.
        """
        kind, _, name = words.rpartition("/")
        kind = kind.lower().removesuffix(".external-secrets.io")
        if kind not in _EXTERNAL_SECRETS | _SECRETS:
            raise NoSuchKind(kind)
        return cls(name, by_target=kind in _SECRETS)


def choose(catalog: Catalog, wanted: Wanted) -> ExternalSecret:
    """Return the ExternalSecret.

    Raises:
        NoSuchObject: there is none, or several.
        EsyncError: the input cannot be read.
    """
    found = [
        one
        for one in catalog.external_secrets
        if wanted.name == (one.target_name if wanted.by_target else one.name)
    ]
    name = wanted.name
    if wanted.by_target and len(found) == 1:
        name = f"{found[0].namespace}/{found[0].name}"
    return resolve.pick(catalog, name).external_secret


def broken(catalog: Catalog, wanted: Wanted) -> tuple[ObjectRef, tuple[EsyncError, ...]] | None:
    """Return the ExternalSecret of that name that is no valid one, and why; else None."""
    if wanted.by_target or any(one.name == wanted.name for one in catalog.external_secrets):
        return None
    found: dict[ObjectRef, list[EsyncError]] = {}
    for failure in catalog.failures:
        if failure.ref and (failure.ref.kind, failure.ref.name) == ("ExternalSecret", wanted.name):
            found.setdefault(failure.ref, []).append(failure.error)
    return next(((ref, tuple(errors)) for ref, errors in found.items()), None)
