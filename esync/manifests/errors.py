"""What can be wrong with a document: one class per rule, and how each is told.

No message quotes a value, except a word that should have been one of a closed set.
"""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING

from esync.errors import EsyncError, near

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from esync.errors import Location
    from esync.manifests.document import Path

_LISTED = 8  # closed sets up to this size are spelled out
_QUOTED = 40  # longer words are no typing mistakes, and may be something else
_IDENTIFIER = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_TYPE_NAMES: tuple[tuple[type, str], ...] = (
    (NoneType, "null"),
    (bool, "a boolean"),
    (int, "an integer"),
    (float, "a number"),
    (str, "a string"),
    (list, "a list"),
    (tuple, "a list"),
)


class ManifestError(EsyncError):
    """A document of the input is not what the API accepts."""

    rule = "ES0100"


class UnknownField(ManifestError):
    """A field that the API does not have; the API server would drop it."""

    rule = "ES0101"

    def __init__(self, path: Path, *, at: Location, known: Iterable[str]) -> None:
        *parent, name = path
        hint = near(str(name), known, otherwise="remove it, or look for it in another place")
        where = f" in {spelled(tuple(parent))}" if parent else ""
        super().__init__(f'there is no field "{_short(name)}"{where}', at=at, hint=hint)


class WrongType(ManifestError):
    """A value of another type than the field has."""

    rule = "ES0102"

    def __init__(self, path: Path, *, at: Location, found: object, wanted: str) -> None:
        scalar = isinstance(found, bool | int | float)
        hint = "put it in quotes" if scalar and wanted == "a string" else ""
        message = f"{spelled(path)} is {type_name(found)} where {wanted} is expected"
        super().__init__(message, at=at, hint=hint)


class NotAllowed(ManifestError):
    """A word that is none of those which the field may hold."""

    rule = "ES0103"

    def __init__(self, path: Path, *, at: Location, found: str, allowed: Sequence[str]) -> None:
        words = ", ".join(allowed)
        hint = near(found, allowed, otherwise=f"it may be {words}")
        listed = f", which is none of {words}" if len(allowed) <= _LISTED else ", which is unknown"
        super().__init__(f'{spelled(path)} is "{_short(found)}"{listed}', at=at, hint=hint)


class BadFormat(ManifestError):
    """A text or number that does not look as the field demands."""

    rule = "ES0104"

    def __init__(self, path: Path, *, at: Location, says: str) -> None:
        super().__init__(f"{spelled(path)} must be {says}", at=at)


class MissingField(ManifestError):
    """A required field is not there."""

    rule = "ES0105"

    def __init__(self, path: Path, *, at: Location) -> None:
        super().__init__(f"{spelled(path)} is missing", at=at)


class WrongChoice(ManifestError):
    """Too many or too few of some members of one mapping are set."""

    rule = "ES0106"

    def __init__(
        self, path: Path, members: Sequence[str], *, at: Location, least: int, most: int, found: int
    ) -> None:
        amount = {(1, 1): "exactly one", (0, 1): "at most one"}.get(
            (least, most), f"at least {least}"
        )
        words = ", ".join(members)
        message = f"{spelled(path)} has {found} of {words}; it takes {amount}"
        super().__init__(message, at=at)


class NotInBeta(ManifestError):
    """A v1beta1 document uses what only v1 has."""

    rule = "ES0107"

    def __init__(self, path: Path, *, at: Location, word: str) -> None:
        what = spelled(path) + (word if word[:1] in ("", " ") else f': "{_short(word)}"')
        hint = "write apiVersion: external-secrets.io/v1"
        super().__init__(f"{what} does not exist in v1beta1", at=at, hint=hint)


class UnknownKind(ManifestError):
    """A kind that External Secrets does not have."""

    rule = "ES0124"

    def __init__(self, kind: str, *, at: Location, known: Iterable[str]) -> None:
        super().__init__(f'there is no kind "{_short(kind)}"', at=at, hint=near(kind, known))


class UnknownVersion(ManifestError):
    """A version that the kind does not have."""

    rule = "ES0121"

    def __init__(self, api_version: str, kind: str, *, at: Location, known: Sequence[str]) -> None:
        group, slash, _ = api_version.rpartition("/")
        hint = f"write apiVersion: {group}{slash}{known[0]}"
        super().__init__(f'{kind} has no apiVersion "{_short(api_version)}"', at=at, hint=hint)


class UnknownGroup(ManifestError):
    """One of our kinds in an API group that is nearly ours; it would be left out in silence."""

    rule = "ES0125"

    def __init__(self, kind: str, group: str, *, at: Location, meant: str) -> None:
        where = f'API group "{_short(group)}"' if group else "the core API group"
        super().__init__(
            f"there is no kind {kind} in {where}", at=at, hint=f"write apiVersion: {meant}"
        )


class NotOneProvider(ManifestError):
    """A store names no provider, or several."""

    rule = "ES0122"

    def __init__(self, names: Sequence[str], *, at: Location) -> None:
        found = ", ".join(map(_short, names)) or "none"
        super().__init__(f"spec.provider takes exactly one provider, found {found}", at=at)


class UnknownProvider(ManifestError):
    """A store names a provider that External Secrets does not have."""

    rule = "ES0123"

    def __init__(self, name: str, *, at: Location, known: Iterable[str], version: str) -> None:
        message = f'there is no provider "{_short(name)}" in {version}'
        plugin = f"if a package provides it, pass --allow-plugin {_short(name)}"
        super().__init__(message, at=at, hint=near(name, sorted(known), otherwise=plugin))


class Rejected(ManifestError):
    """A document, or a part of it, that has one error or more.

    Attributes:
        errors: all of them, in the order of the document.
    """

    def __init__(self, errors: Sequence[ManifestError]) -> None:
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(first.message + more, at=first.at, hint=first.hint)
        self.errors = tuple(errors)


def spelled(path: Path) -> str:
    """Return ``path`` as people write it: ``spec.data[0].remoteRef``."""
    return "".join(map(_step, path)).removeprefix(".") or "the document"


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _IDENTIFIER.issuperset(step) else f'["{_short(step)}"]'


def _short(word: str | int) -> str:
    text = "".join(char if char.isprintable() else "?" for char in str(word)[: _QUOTED + 1])
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "…"


def type_name(value: object) -> str:
    """Return what a value is in the user's words: ``an integer``, ``a list``."""
    return next((name for kind, name in _TYPE_NAMES if isinstance(value, kind)), "a mapping")
