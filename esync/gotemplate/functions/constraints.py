"""Constraints on versions: ``^1.2``, ``~1.x``, ``>=1 <2 || 3.1 - 3.4``.

Source:
    Masterminds semver 3.4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esync.gotemplate.functions.versions import Version, VersionError

if TYPE_CHECKING:
    from collections.abc import Callable

_SPACES: Final = b"\t\n\f\r "  # Go's \s, which lacks the vertical tab
_S: Final = rb"[\t\n\f\r ]"
_X: Final = rb"[0-9|xX*]++"
_TAIL: Final = rb"[0-9A-Za-z-]++(?:\.[0-9A-Za-z-]++)*+"
_VERSION: Final = rb"v?" + _X + rb"(?:\." + _X + rb"){0,2}+(?:-" + _TAIL + rb")?+"
_FULL: Final = _VERSION + rb"(?:\+" + _TAIL + rb")?+"
_RANGE = re.compile(
    rb"(" + _FULL + rb")" + _S + rb"++-" + _S + rb"++(" + _FULL + rb")" + _S + rb"*+"
)
_PIECE = re.compile(
    rb"(=>|=<|!=|>=|<=|~>|=|>|<|~|\^|)" + _S + rb"*+"
    rb"(v?(" + _X + rb")(\." + _X + rb")?+(\." + _X + rb")?+(-" + _TAIL + rb")?+"
    rb"(?:\+" + _TAIL + rb")?+)" + _S + rb"*+"
)
_ANYTHING: Final = (b"x", b"X", b"*", b"")


@dataclass(frozen=True)
class _Constraint:
    """One comparison; the flags tell which parts of its version were left open."""

    operator: bytes
    version: Version
    dirty: bool = False
    minor_dirty: bool = False
    patch_dirty: bool = False

    def allows(self, version: Version, *, prereleases: bool) -> bool:
        """Tell whether ``version`` meets it; a prerelease does only where one is asked for."""
        if version.pre and not prereleases:
            return False
        return _RULES[self.operator](version, self)


@dataclass(frozen=True)
class Constraints:
    """Alternatives, each a list of comparisons that must all hold."""

    alternatives: tuple[tuple[_Constraint, ...], ...]

    @classmethod
    def parse(cls, text: bytes) -> Constraints:
        """Read constraints; ``1.2 - 1.4`` means ``>=1.2, <=1.4``.

        Raises:
            VersionError: they are none.
        """
        return cls(tuple(map(_parse_all, _rewrite_ranges(text).split(b"||"))))

    def allow(self, version: Version) -> bool:
        """Tell whether ``version`` meets all comparisons of an alternative."""
        return any(
            all(one.allows(version, prereleases=any(c.version.pre for c in every)) for one in every)
            for every in self.alternatives
        )


def _rewrite_ranges(text: bytes) -> bytes:
    rewritten = text
    done = 0
    for match in _RANGE.finditer(text):
        start = match.start()
        while start > done and text[start - 1] in _SPACES:
            start -= 1
        done = match.end()
        both = b">= %s, <= %s " % match.group(1, 2)
        rewritten = rewritten.replace(text[start:done], both, 1)
    return rewritten


def _parse_all(text: bytes) -> tuple[_Constraint, ...]:
    """Read comparisons with spaces or a comma between them."""
    pieces = []
    at = len(text) - len(text.lstrip(_SPACES))
    while True:
        match = _PIECE.match(text, at)
        if match is None:
            raise VersionError(f"improper constraint: {text.decode('utf-8', 'replace')}")
        pieces.append(match)
        at = match.end()
        if at == len(text):
            return tuple(map(_parse, pieces))
        if text[at : at + 1] == b",":
            at += 1
            at += len(text[at:]) - len(text[at:].lstrip(_SPACES))
        elif text[at - 1] not in _SPACES:
            raise VersionError(f"improper constraint: {text.decode('utf-8', 'replace')}")


def _parse(match: re.Match[bytes]) -> _Constraint:
    operator, spelled, major = match.group(1, 2, 3)
    minor, patch, pre = (group or b"" for group in match.group(4, 5, 6))
    try:
        if major in _ANYTHING:
            return _Constraint(operator, Version.parse(b"0.0.0" + pre), dirty=True)
        if minor[1:] in _ANYTHING:
            version = Version.parse(major + b".0.0" + pre)
            return _Constraint(operator, version, dirty=True, minor_dirty=True)
        if patch[1:] in _ANYTHING:
            version = Version.parse(major + minor + b".0" + pre)
            return _Constraint(operator, version, dirty=True, patch_dirty=True)
        return _Constraint(operator, Version.parse(spelled))
    except VersionError:
        raise VersionError("constraint parser error") from None


def _not_equal(version: Version, c: _Constraint) -> bool:
    if c.dirty:
        if c.version.major != version.major:
            return True
        if c.minor_dirty:
            return False
        if c.version.minor != version.minor:
            return True
        if c.patch_dirty:
            # A prerelease differs from another, though the numbers are alike.
            return version.pre != c.version.pre
    return version.compare(c.version) != 0


def _greater(version: Version, c: _Constraint) -> bool:
    if not c.dirty or version.major != c.version.major:
        return (version.major > c.version.major) if c.dirty else version.compare(c.version) > 0
    if c.minor_dirty:
        return False
    if c.patch_dirty:
        return version.minor > c.version.minor
    return version.compare(c.version) > 0


def _less(version: Version, c: _Constraint) -> bool:
    return version.compare(c.version) < 0


def _greater_or_equal(version: Version, c: _Constraint) -> bool:
    return version.compare(c.version) >= 0


def _less_or_equal(version: Version, c: _Constraint) -> bool:
    if not c.dirty:
        return version.compare(c.version) <= 0
    if version.major != c.version.major:
        return version.major < c.version.major
    return c.minor_dirty or version.minor <= c.version.minor


def _tilde(version: Version, c: _Constraint) -> bool:
    base = c.version
    if version.compare(base) < 0:
        return False
    open_end = c.minor_dirty or c.patch_dirty
    if (base.major, base.minor, base.patch) == (0, 0, 0) and not open_end:
        return True
    return version.major == base.major and (c.minor_dirty or version.minor == base.minor)


def _equal(version: Version, c: _Constraint) -> bool:
    return _tilde(version, c) if c.dirty else version.compare(c.version) == 0


def _caret(version: Version, c: _Constraint) -> bool:
    base = c.version
    if version.compare(base) < 0 or version.major != base.major:
        return False
    if base.major > 0 or c.minor_dirty:
        return True
    if base.minor > 0 or c.patch_dirty:
        return version.minor == base.minor
    return version.minor == 0 and version.patch == base.patch


_RULES: Final[dict[bytes, Callable[[Version, _Constraint], bool]]] = {
    b"": _equal,
    b"=": _equal,
    b"!=": _not_equal,
    b">": _greater,
    b"<": _less,
    b">=": _greater_or_equal,
    b"=>": _greater_or_equal,
    b"<=": _less_or_equal,
    b"=<": _less_or_equal,
    b"~": _tilde,
    b"~>": _tilde,
    b"^": _caret,
}
