"""What a scalar of YAML 1.1 means: ``on`` is true, ``0o17`` is 15, ``1_000`` a thousand."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from esync.gocompat.numbers import (
    NumberRangeError,
    NumberSyntaxError,
    parse_float,
    parse_int,
    parse_uint,
)
from esync.gocompat.time import TimeError, parse_time
from esync.gocompat.yaml.nodes import YAMLError

_LONG: Final = "tag:yaml.org,2002:"
STRING: Final = _LONG + "str"
BINARY: Final = _LONG + "binary"
_BOOL: Final = _LONG + "bool"
_INT: Final = _LONG + "int"
_FLOAT: Final = _LONG + "float"
_NULL: Final = _LONG + "null"
TIMESTAMP: Final = _LONG + "timestamp"
MERGE: Final = _LONG + "merge"
_RESOLVABLE: Final = ("", STRING, _BOOL, _INT, _FLOAT, _NULL, TIMESTAMP)

_TRUE: Final = ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")
_FALSE: Final = ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")
_WORDS: Final[dict[str, tuple[str, Any]]] = {
    **dict.fromkeys(_TRUE, (_BOOL, True)),
    **dict.fromkeys(_FALSE, (_BOOL, False)),
    **dict.fromkeys(["", "~", "null", "Null", "NULL"], (_NULL, None)),
    **dict.fromkeys([".nan", ".NaN", ".NAN"], (_FLOAT, math.nan)),
    **dict.fromkeys([".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"], (_FLOAT, math.inf)),
    **dict.fromkeys(["-.inf", "-.Inf", "-.INF"], (_FLOAT, -math.inf)),
    "<<": (MERGE, b"<<"),
}
# Go looks up only what begins so: "<<" it does not.
_LOOKED_UP: Final = frozenset("yYnNtTfFoO~.+-0123456789")
_FLOAT_FORM = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-")
_LAYOUTS: Final = (
    b"2006-1-2T15:4:5.999999999Z07:00",
    b"2006-1-2t15:4:5.999999999Z07:00",
    b"2006-1-2 15:4:5.999999999",
    b"2006-1-2",
)
_UNSIGNED: Final = 1 << 63  # from here on, an integer is a uint64


def resolve(tag: str, text: str) -> tuple[str, Any]:
    """Return the tag that ``text`` gets, and its value; a text's value is bytes.

    Args:
        tag: the tag that stands there, in full; empty if none does.
        text: of the scalar.

    Raises:
        YAMLError: the tag says something else than the text.
    """
    if tag not in _RESOLVABLE:
        return tag, text.encode("utf-8", "surrogateescape")
    found, value = _guess(tag, text)
    if tag in ("", found, STRING):
        return found, value
    if tag == _FLOAT and found == _INT and value < _UNSIGNED:
        return _FLOAT, float(value)
    raise YAMLError(f"yaml: cannot decode {_short(found)} `{text}` as a {_short(tag)}")


def _short(tag: str) -> str:
    return f"!!{tag.removeprefix(_LONG)}" if tag.startswith(_LONG) else tag


def _guess(tag: str, text: str) -> tuple[str, Any]:
    as_text = STRING, text.encode("utf-8", "surrogateescape")
    if tag == STRING:
        return as_text
    if (not text or text[0] in _LOOKED_UP) and text in _WORDS:
        return _WORDS[text]
    if text[:1] == ".":
        number = _float(text)
        return as_text if number is None else (_FLOAT, number)
    if text[:1] in set("+-0123456789"):
        return _number(tag, text) or as_text
    return as_text


def _number(tag: str, text: str) -> tuple[str, Any] | None:
    """Read a moment, an integer or a float; None if it is none of them."""
    if tag in ("", TIMESTAMP) and _is_moment(text):
        return TIMESTAMP, text.encode()
    plain = text.replace("_", "")
    integer = _integer(plain)
    if integer is not None:
        return _INT, integer
    if _FLOAT_FORM.fullmatch(plain):
        number = _float(plain)
        if number is not None:
            return _FLOAT, number
    return None


def _integer(text: str) -> int | None:
    for read in (parse_int, parse_uint):
        try:
            return read(text, 0)
        except (NumberSyntaxError, NumberRangeError):
            continue
    return _loose_binary(text)


def _loose_binary(text: str) -> int | None:
    """Read what go-yaml reads on its own: a sign behind ``0b``."""
    if not text.startswith(("0b", "-0b")):
        return None
    digits = text[2:] if text[0] == "0" else "-" + text[3:]
    try:
        return parse_int(digits, 2)
    except (NumberSyntaxError, NumberRangeError):
        return None


def _float(text: str) -> float | None:
    try:
        return parse_float(text)
    except (NumberSyntaxError, NumberRangeError):
        return None


def _is_moment(text: str) -> bool:
    if not _DATE.match(text):
        return False
    return any(_fits(layout, text) for layout in _LAYOUTS)


def _fits(layout: bytes, text: str) -> bool:
    try:
        parse_time(layout, text.encode("utf-8", "surrogateescape"))
    except TimeError:
        return False
    return True
