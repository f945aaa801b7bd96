"""What the fields of manifests may hold beyond their type; named in ``field(metadata=...)``.

A dataclass says ``name: str = field(default="", metadata=DNS_NAME)``; the reader looks.

Source: External Secrets Operator 2.9, the patterns and limits of its API reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from esync.gocompat.base64 import Base64Error, decode
from esync.gocompat.durations import DurationError, parse_duration
from esync.records import dataclass

# What dataclasses.field takes as metadata.
Metadata = Mapping[str, object]

NAME: Final = "name"
FORMAT: Final = "format"
LIMITS: Final = "limits"
_INT32: Final = 1 << 31
_INT64: Final = 1 << 63


@dataclass(frozen=True, slots=True)
class Format:
    """What a string may look like.

    Attributes:
        says: what it has to be, e.g. ``a DNS name``.
        pattern: a regular expression for the whole text, compiled when first needed.
        least, most: characters; no limit when ``most`` is 0.
        words: the closed set of texts; empty for any.
        duration: it is a duration as Go writes them.
    """

    says: str
    pattern: str = ""
    least: int = 0
    most: int = 0
    words: tuple[str, ...] = ()
    duration: bool = False

    def accepts(self, text: str) -> bool:
        """Tell whether ``text`` looks like that; the closed set is not looked at."""
        if len(text) < self.least or (self.most and len(text) > self.most):
            return False
        if self.duration and not is_duration(text):
            return False
        return not self.pattern or _compiled(self.pattern).fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Limits:
    """Between which integers a number has to be, both included."""

    least: int = -_INT64
    most: int = _INT64 - 1

    @property
    def says(self) -> str:
        """What the number has to be."""
        match (self.least, self.most):
            case (least, most) if most == -least - 1:
                return f"an integer of {most.bit_length() + 1} bits"
            case (least, most) if most == _INT64 - 1:
                return f"an integer from {least} on"
            case (least, most):
                return f"an integer from {least} to {most}"


@dataclass(frozen=True, slots=True)
class Choice:
    """How many of some members of one mapping may be set; in ``CHOICES`` of its dataclass.

    Attributes:
        members: as the manifest spells them.
        least, most: how many; ``most`` 0 is no limit.
    """

    members: tuple[str, ...]
    least: int = 1
    most: int = 1


def text(fmt: Format) -> Metadata:
    """Return field metadata for a string of that format (or strings, in a list or map)."""
    return MappingProxyType({FORMAT: fmt})


def named(name: str, metadata: Metadata | None = None) -> Metadata:
    """Return field metadata with the manifest's name, where camelCase does not give it."""
    return MappingProxyType({**(metadata or {}), NAME: name})


def number(least: int = -_INT64, most: int = _INT64 - 1) -> Metadata:
    """Return field metadata for an integer between two others."""
    return MappingProxyType({LIMITS: Limits(least, most)})


def one_of(*words: str) -> Metadata:
    """Return field metadata for a string out of a closed set."""
    return text(Format("one of them", words=words))


def is_duration(word: str) -> bool:
    """Tell whether ``word`` is a duration as Go writes them: ``1h30m``, ``300ms``, ``0``."""
    try:
        parse_duration(word)
    except DurationError:
        return False
    return True


def is_base64(word: str) -> bool:
    """Tell whether ``word`` is what the API takes for bytes."""
    try:
        decode(word.encode("utf-8", "surrogateescape"))
    except Base64Error:
        return False
    return True


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


_LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"

DNS_NAME: Final = text(
    Format(
        "a DNS name (lower-case letters, digits, dashes and dots; 253 at most)",
        pattern=rf"{_LABEL}(\.{_LABEL})*",
        least=1,
        most=253,
    )
)
NS_NAME: Final = text(
    Format(
        "the name of a namespace (lower-case letters, digits and dashes; 63 at most)",
        pattern=_LABEL,
        least=1,
        most=63,
    )
)
SECRET_KEY: Final = text(
    Format(
        "a key of a Secret (letters, digits, dashes, underscores and dots; 253 at most)",
        pattern="[-._a-zA-Z0-9]+",
        least=1,
        most=253,
    )
)
DURATION: Final = text(Format('a duration such as "1h30m" or "300ms"', duration=True))
NONEMPTY: Final = text(Format("at least one character long", least=1))
INT32: Final = number(-_INT32, _INT32 - 1)
