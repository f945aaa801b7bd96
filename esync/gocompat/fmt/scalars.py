"""Booleans, strings, integers and floats under the verbs of ``Printf``."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from esync.gocompat.numbers import format_float
from esync.gocompat.quoting import (
    bytes_of,
    can_backquote,
    encode_rune,
    is_printable,
    quote,
    quote_rune,
    text_of,
)

if TYPE_CHECKING:
    from esync.gocompat.fmt.flags import Flags

_BASES = {"d": "d", "v": "d", "b": "b", "o": "o", "O": "o", "x": "x", "X": "X"}
_BASE_MARKS = {"b": "0b", "x": "0x", "X": "0X", "O": "0o"}
_FLOAT_VERBS = "vbgGxXfFeE"
_UINT64 = (1 << 64) - 1
_MIN_CODE_DIGITS = 4
_MAX_CODE = 0x10FFFF


def pad(text: bytes, flags: Flags, *, zeros: bool = True) -> bytes:
    """Widen ``text`` to the directive's width, counted in characters."""
    if not flags.width:
        return text
    missing = flags.width - len(text_of(text))
    if missing <= 0:
        return text
    if flags.minus:
        return text + b" " * missing
    return (b"0" if zeros and flags.zero else b" ") * missing + text


def boolean(value: bool, verb: str, flags: Flags) -> bytes | None:  # noqa: FBT001 - the value
    """Write a bool; None: the verb is not for it."""
    if verb not in "tv":
        return None
    return pad(b"true" if value else b"false", flags)


def string(value: bytes, verb: str, flags: Flags) -> bytes | None:
    """Write a string; None: the verb is not for it."""
    match verb:
        case "s":
            return pad(_truncate(value, flags), flags)
        case "v":
            return _quoted(value, flags) if flags.sharp_v else pad(_truncate(value, flags), flags)
        case "q":
            return _quoted(value, flags)
        case "x" | "X":
            return _hex_dump(value, verb, flags)
    return None


def _truncate(value: bytes, flags: Flags) -> bytes:
    if flags.precision is None or len(value) <= flags.precision:
        return value
    # No character has more than four bytes.
    return bytes_of(text_of(value[: 4 * flags.precision])[: flags.precision])


def _quoted(value: bytes, flags: Flags) -> bytes:
    value = _truncate(value, flags)
    if flags.sharp and can_backquote(value):
        return pad(b"`" + value + b"`", flags)
    return pad(quote(value, ascii_only=flags.plus), flags)


def _hex_dump(value: bytes, verb: str, flags: Flags) -> bytes:
    if flags.precision is not None:
        value = value[: flags.precision]
    if not value:
        return pad(b"", flags)
    mark = f"0{verb}" if flags.sharp else ""
    text = value.hex(" ") if flags.space else value.hex()
    text = text.upper() if verb == "X" else text
    text = mark + text.replace(" ", f" {mark}")
    return pad(text.encode(), flags)


def integer(value: int, verb: str, flags: Flags, *, signed: bool) -> bytes | None:
    """Write an integer; None: the verb is not for it."""
    if verb == "v" and flags.sharp_v and not signed:
        return _based(value, "x", flags, mark="0x")
    if verb in _BASES:
        mark = _BASE_MARKS.get(verb, "") if flags.sharp or verb == "O" else ""
        return _based(value, verb, flags, mark=mark)
    code = value if 0 <= value <= _MAX_CODE else -1
    match verb:
        case "c":
            return pad(encode_rune(code), flags)
        case "q":
            return pad(quote_rune(code, ascii_only=flags.plus), flags)
        case "U":
            return _code_point(value & _UINT64, flags)
    return None


def _based(value: int, verb: str, flags: Flags, *, mark: str) -> bytes:
    if flags.precision == 0 and value == 0:
        return pad(b"", flags, zeros=False)
    sign = "-" if value < 0 else "+" if flags.plus else " " if flags.space else ""
    digits = format(abs(value), _BASES[verb])
    digits = digits.rjust(_least_digits(flags, sign), "0")
    if verb in "oO" and flags.sharp and digits[0] != "0":
        digits = "0" + digits
    return pad((sign + mark + digits).encode(), flags, zeros=False)


def _least_digits(flags: Flags, sign: str) -> int:
    if flags.precision is not None:
        return flags.precision
    if flags.zero and not flags.minus and flags.width is not None:
        return flags.width - len(sign)
    return 0


def _code_point(value: int, flags: Flags) -> bytes:
    digits = max(flags.precision or 0, _MIN_CODE_DIGITS)
    text = f"U+{value:0{digits}X}".encode()
    if flags.sharp and is_printable(value):
        text += b" '" + chr(value).encode() + b"'"
    return pad(text, flags, zeros=False)


def floating(value: float, verb: str, flags: Flags, *, bits: int = 64) -> bytes | None:
    """Write a floating-point number; None: the verb is not for it."""
    if verb not in _FLOAT_VERBS:
        return None
    precision = flags.precision
    if precision is None:
        precision = 6 if verb in "feEF" else -1
    verb = {"v": "g", "F": "f"}.get(verb, verb)
    text = format_float(value, verb, precision, bits)
    if text[0] not in "+-":
        text = "+" + text
    if flags.space and text[0] == "+" and not flags.plus:
        text = " " + text[1:]
    if math.isinf(value) or math.isnan(value):
        return _no_number(text, flags)
    if flags.sharp and verb != "b":
        text = _with_point(text, verb, precision)
    return _signed_padded(text, flags)


def _no_number(text: str, flags: Flags) -> bytes:
    bare = text[1] == "N" and not flags.space and not flags.plus
    return pad((text[1:] if bare else text).encode(), flags, zeros=False)


def _signed_padded(text: str, flags: Flags) -> bytes:
    if text[0] == "+" and not flags.plus:
        return pad(text[1:].encode(), flags)
    if flags.zero and not flags.minus and (flags.width or 0) > len(text):
        text = text[0] + text[1:].rjust((flags.width or 0) - 1, "0")
    return pad(text.encode(), flags)


def _with_point(text: str, verb: str, precision: int) -> str:
    """Keep the decimal point and the trailing zeros that ``%#`` asks for."""
    wanted = 0
    if verb in "gGx":
        wanted = 6 if precision == -1 else precision
    split = re.search(r"[pP]" if verb in "xX" else r"[eEpP]", text)
    number, tail = (text[: split.start()], text[split.start() :]) if split else (text, "")
    shown = number[1:].replace(".", "")
    wanted -= len(shown.lstrip("0"))
    if "." not in number:
        wanted -= number[1:] == "0"
        number += "."
    return number + "0" * max(wanted, 0) + tail
