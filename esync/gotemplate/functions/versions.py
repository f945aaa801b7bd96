"""Semantic versions as a value of a template: ``*semver.Version``.

Source:
    Masterminds semver 3.4, with its words for what is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from esync.gocompat.json_encode import encode
from esync.gocompat.values import Method, Methods, Slice, Struct, Uint64

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esync.gocompat.values import Value

_LOOSE = re.compile(
    rb"v?([0-9]++)(\.[0-9]++)?+(\.[0-9]++)?+"
    rb"(?:-([0-9A-Za-z.-]++))?+"
    rb"(?:\+([0-9A-Za-z.-]++))?+"
)
_GAP = re.compile(rb"\A\.|\.\.|\.\Z")
_IDENTIFIER = re.compile(rb"[0-9A-Za-z-]+")
_LIMIT: Final = 1 << 64
_STEPS_PER_BYTE: Final = 4
_MOST_DIGITS: Final = 20  # of a number below the limit


_Table = dict[str, tuple[str, "Callable[..., Any]"]]


class VersionError(ValueError):
    """A text is no version, or no constraint; the message is semver's own."""


def _number(digits: bytes) -> int:
    significant = digits.lstrip(b".").lstrip(b"0") or b"0"
    if len(significant) > _MOST_DIGITS or int(significant) >= _LIMIT:
        spelled = digits.lstrip(b".").decode()
        why = f'strconv.ParseUint: parsing "{spelled}": value out of range'
        raise VersionError(f"error parsing version segment: {why}")
    return int(significant)


def _check_prerelease(text: bytes) -> None:
    for part in text.split(b"."):
        if not _IDENTIFIER.fullmatch(part):
            raise VersionError("invalid prerelease string")
        if part.isdigit() and len(part) > 1 and part.startswith(b"0"):
            raise VersionError("version segment starts with 0")


def _check_metadata(text: bytes) -> None:
    if not all(map(_IDENTIFIER.fullmatch, text.split(b"."))):
        raise VersionError("invalid metadata string")


@dataclass(frozen=True)
class Version(Struct):
    """A version; ``original`` is how it was spelled."""

    go_type = "*semver.Version"

    major: int
    minor: int
    patch: int
    pre: bytes = b""
    metadata: bytes = b""
    original: bytes = b""

    @classmethod
    def parse(cls, text: bytes) -> Version:
        """Read a version; minor and patch may be absent, zeros may stand before a number.

        Raises:
            VersionError: it is none.
        """
        match = _LOOSE.fullmatch(text)
        if match is None or any(part and _GAP.search(part) for part in match.group(4, 5)):
            raise VersionError("invalid semantic version")
        major, minor, patch = (_number(match[group] or b"0") for group in (1, 2, 3))
        if match[4]:
            _check_prerelease(match[4])
        return cls(major, minor, patch, match[4] or b"", match[5] or b"", text)

    @property
    def fields(self) -> Mapping[str, Value]:
        """What Go prints of a version under verbs that are not for text."""
        numbers = {name: Uint64(getattr(self, name)) for name in ("major", "minor", "patch")}
        return {**numbers, "pre": self.pre, "metadata": self.metadata, "original": self.original}

    @property
    def methods(self) -> Mapping[str, Method]:
        """What Go offers on a version."""
        return self._bound(_METHODS)

    def _bound(self, table: _Table) -> Methods:
        steps = _STEPS_PER_BYTE * self.size
        return Methods(table, self, steps=steps, byte_steps=_STEPS_PER_BYTE)

    @property
    def size(self) -> int:
        """How many bytes its spelling has."""
        return len(self.original)

    @property
    def text(self) -> bytes:
        """The version without ``v`` and with all three numbers."""
        core = b"%d.%d.%d" % (self.major, self.minor, self.patch)
        pre = b"-" + self.pre if self.pre else b""
        return core + pre + (b"+" + self.metadata if self.metadata else b"")

    def json(self) -> bytes:
        """Return the text as JSON."""
        return encode(self.text)

    def compare(self, other: Version) -> int:
        """Return -1, 0 or 1; metadata does not count."""
        mine = (self.major, self.minor, self.patch)
        theirs = (other.major, other.minor, other.patch)
        if mine != theirs:
            return 1 if mine > theirs else -1
        if not self.pre or not other.pre:
            return bool(other.pre) - bool(self.pre)
        return compare_prerelease(self.pre, other.pre)

    def respelled(self, **changes: Any) -> Version:
        """Return a version with those changes, spelled with ``v`` if this is."""
        changed = replace(self, **changes)
        prefix = b"v" if self.original.startswith(b"v") else b""
        parts = (changed.major, changed.minor, changed.patch, changed.pre, changed.metadata)
        return VersionValue(*parts, original=prefix + changed.text)

    def next_patch(self) -> Version:
        """Return the next patch version, or the release of a prerelease."""
        patch = self.patch if self.pre else (self.patch + 1) % _LIMIT
        return self.respelled(patch=patch, pre=b"", metadata=b"")

    def next_minor(self) -> Version:
        """Return the next minor version."""
        minor = (self.minor + 1) % _LIMIT
        return self.respelled(minor=minor, patch=0, pre=b"", metadata=b"")

    def next_major(self) -> Version:
        """Return the next major version."""
        major = (self.major + 1) % _LIMIT
        return self.respelled(major=major, minor=0, patch=0, pre=b"", metadata=b"")

    def with_prerelease(self, pre: bytes) -> Version:
        """Return the version with another prerelease."""
        if pre:
            _check_prerelease(pre)
        return self.respelled(pre=pre)

    def with_metadata(self, metadata: bytes) -> Version:
        """Return the version with other metadata."""
        if metadata:
            _check_metadata(metadata)
        return self.respelled(metadata=metadata)


@dataclass(frozen=True)
class VersionValue(Version):
    """``semver.Version`` itself, without the methods that Go has on a pointer only."""

    go_type = "semver.Version"

    @property
    def methods(self) -> Mapping[str, Method]:
        """What Go offers on a version that is no pointer."""
        return self._bound(_OF_VALUES)


def compare_prerelease(left: bytes, right: bytes) -> int:
    """Compare part by part: numbers by value and before words, and more parts win."""
    mine, theirs = left.split(b"."), right.split(b".")
    for index in range(max(len(mine), len(theirs))):
        a = mine[index] if index < len(mine) else b""
        b = theirs[index] if index < len(theirs) else b""
        if a != b:
            return 1 if _rank(a) > _rank(b) else -1
    return 0


def _rank(part: bytes) -> tuple[int, int, bytes]:
    if not part:
        return 0, 0, b""
    if part.isdigit() and int(part[-_MOST_DIGITS - 1 :]) < _LIMIT and len(part) <= _MOST_DIGITS:
        return 1, int(part), b""
    return 2, 0, part


_OTHER: Final = "func(*semver.Version) "
_ON_POINTERS: Final = (
    "Compare", "Equal", "GreaterThan", "GreaterThanEqual", "LessThan", "LessThanEqual", "Original",
)  # fmt: skip
_METHODS: Final[_Table] = {
    "Compare": (_OTHER + "int", Version.compare),
    "Equal": (_OTHER + "bool", lambda v, o: v.compare(o) == 0),
    "GreaterThan": (_OTHER + "bool", lambda v, o: v.compare(o) > 0),
    "GreaterThanEqual": (_OTHER + "bool", lambda v, o: v.compare(o) >= 0),
    "IncMajor": ("func() semver.Version", Version.next_major),
    "IncMinor": ("func() semver.Version", Version.next_minor),
    "IncPatch": ("func() semver.Version", Version.next_patch),
    "LessThan": (_OTHER + "bool", lambda v, o: v.compare(o) < 0),
    "LessThanEqual": (_OTHER + "bool", lambda v, o: v.compare(o) <= 0),
    "Major": ("func() uint64", lambda v: Uint64(v.major)),
    "MarshalJSON": ("func() ([]uint8, error)", lambda v: Slice(v.json(), "uint8")),
    "MarshalText": ("func() ([]uint8, error)", lambda v: Slice(v.text, "uint8")),
    "Metadata": ("func() string", lambda v: v.metadata),
    "Minor": ("func() uint64", lambda v: Uint64(v.minor)),
    "Original": ("func() string", lambda v: v.original),
    "Patch": ("func() uint64", lambda v: Uint64(v.patch)),
    "Prerelease": ("func() string", lambda v: v.pre),
    "SetMetadata": ("func(string) (semver.Version, error)", Version.with_metadata),
    "SetPrerelease": ("func(string) (semver.Version, error)", Version.with_prerelease),
    "String": ("func() string", lambda v: v.text),
}
_OF_VALUES: Final[_Table] = {name: of for name, of in _METHODS.items() if name not in _ON_POINTERS}
