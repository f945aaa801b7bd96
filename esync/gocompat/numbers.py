"""Numbers as Go's strconv reads and writes them."""

from __future__ import annotations

import math
import re
import struct

_INTEGER = re.compile(
    r"([+-]?)(0[xX](?=[_0-9a-fA-F])|0[oO](?=[_0-7])|0[bB](?=[_01])|0(?=[_0-9]))?([0-9a-fA-F_]++)\Z"
)
# Possessive, so that a million digits are looked at once.
_FLOAT = re.compile(
    r"[+-]?(?:[0-9][0-9_]*+(?:\.[0-9_]*+)?|\.[0-9][0-9_]*+)(?:[eE][+-]?[0-9][0-9_]*+)?\Z"
)
_HEX_FLOAT = re.compile(
    r"([+-]?)0[xX]([0-9a-fA-F_]*+)(?:\.([0-9a-fA-F_]*+))?[pP]([+-]?[0-9][0-9_]*+)\Z"
)
_SPECIAL = re.compile(r"([+-]?)(inf|infinity)\Z|nan\Z", re.IGNORECASE)
_LONELY = re.compile(r"(?:^|[^0-9])_|_(?:[^0-9]|$)")
_LONELY_HEX = re.compile(r"(?:^|[^0-9a-fA-F])_|_(?:[^0-9a-fA-F]|$)")
_PREFIX = re.compile(r"^([+-]?)0([xXoObB])_?(?=[0-9a-fA-F])")
_FLOAT32 = 32
_BASES = {"": 10, "0": 8, "0x": 16, "0o": 8, "0b": 2}


class NumberSyntaxError(ValueError):
    """The text is no number."""

    def __init__(self) -> None:
        super().__init__("invalid syntax")


class NumberRangeError(ValueError):
    """The number does not fit its type.

    Attributes:
        nearest: what Go returns beside the error.
    """

    def __init__(self, nearest: float) -> None:
        super().__init__("value out of range")
        self.nearest = nearest


def _underscores_ok(text: str) -> bool:
    """Tell whether underscores separate digits only; one may follow a base's prefix."""
    if "_" not in text:
        return True
    prefix = _PREFIX.match(text)
    lonely = _LONELY_HEX if prefix is not None and prefix[2] in "xX" else _LONELY
    return lonely.search(text, prefix.end() if prefix is not None else 0) is None


def _magnitude(text: str, base: int) -> tuple[bool, int]:
    """Return whether a sign ``-`` stands there, and the number after it."""
    if base != 0:
        match = re.fullmatch(r"([+-]?)([0-9a-zA-Z]+)", text)
        if match is None or not match[2].isascii():
            raise NumberSyntaxError
        return match[1] == "-", _digits(match[2], base)
    found = _INTEGER.match(text)
    if found is None or not _underscores_ok(text):
        raise NumberSyntaxError
    return found[1] == "-", _digits(found[3].replace("_", ""), _BASES[(found[2] or "").lower()])


# More digits than any 64-bit number has in base 2, so that int() is never asked for more.
_MOST_DIGITS = 80


def _digits(text: str, base: int) -> int:
    text = text.lstrip("0") or "0"
    try:
        value = int(text[:_MOST_DIGITS], base)
        for start in range(_MOST_DIGITS, len(text), _MOST_DIGITS):
            int(text[start : start + _MOST_DIGITS], base)
    except ValueError:
        raise NumberSyntaxError from None
    return value


def parse_int(text: str, base: int = 10, bits: int = 64) -> int:
    """Read a signed integer; ``base`` 0 takes the base from a prefix and allows underscores.

    Raises:
        NumberSyntaxError: it is none.
        NumberRangeError: it does not fit ``bits``.
    """
    negative, magnitude = _magnitude(text, base)
    limit = 1 << (bits - 1)
    if negative:
        if magnitude > limit:
            raise NumberRangeError(-limit)
        return -magnitude
    if magnitude >= limit:
        raise NumberRangeError(limit - 1)
    return magnitude


def parse_uint(text: str, base: int = 10, bits: int = 64) -> int:
    """Read an integer without a sign; see :func:`parse_int`."""
    if text[:1] in ("+", "-"):
        raise NumberSyntaxError
    _, magnitude = _magnitude(text, base)
    if magnitude >= 1 << bits:
        raise NumberRangeError((1 << bits) - 1)
    return magnitude


def parse_float(text: str, bits: int = 64) -> float:
    """Read a decimal or hexadecimal floating-point number, an infinity or ``nan``.

    Raises:
        NumberSyntaxError: it is none.
        NumberRangeError: it is too large; ``nearest`` is an infinity.
    """
    special = _SPECIAL.match(text)
    if special is not None:
        if special[2] is None:
            return math.nan
        return -math.inf if special[1] == "-" else math.inf
    if not text.isascii() or not _underscores_ok(text):
        raise NumberSyntaxError
    value = _hex_float(text) if "x" in text or "X" in text else _decimal(text)
    if bits == _FLOAT32:
        value = to_float32(value)
    if math.isinf(value):
        raise NumberRangeError(value)
    return value


def _decimal(text: str) -> float:
    if _FLOAT.match(text) is None:
        raise NumberSyntaxError
    return float(text.replace("_", ""))


def _hex_float(text: str) -> float:
    match = _HEX_FLOAT.match(text)
    if match is None or not (match[2] or match[3] or "").replace("_", ""):
        raise NumberSyntaxError
    try:
        value = float.fromhex(text.replace("_", ""))
    except OverflowError:
        return -math.inf if match[1] == "-" else math.inf
    except ValueError:
        raise NumberSyntaxError from None
    return value


def to_float32(value: float) -> float:
    """Round to the nearest ``float32``; beyond its range lies an infinity."""
    try:
        (rounded,) = struct.unpack("<f", struct.pack("<f", value))
    except OverflowError:
        return math.copysign(math.inf, value)
    return float(rounded)


def format_float(value: float, verb: str, precision: int = -1, bits: int = 64) -> str:
    """Write a floating-point number.

    Args:
        value: the number.
        verb: ``e``, ``E``, ``f``, ``g``, ``G``, ``b``, ``x`` or ``X``.
        precision: digits after the point (significant ones for ``g``); -1: as many as it takes to
            read the same number back.
        bits: 32 or 64: of which type the number is.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "-Inf" if value < 0 else "+Inf"
    match verb:
        case "b":
            return _binary(value, bits)
        case "x" | "X":
            written = _hexadecimal(value, precision)
            return written.upper() if verb == "X" else written
        case "f":
            return _fixed(value, precision, bits)
        case "e" | "E":
            written = _exponent(value, precision, bits)
        case _:
            written = _general(value, precision, bits)
    return written.upper() if verb.isupper() else written


def shortest(value: float, bits: int = 64) -> tuple[str, int]:
    """Return the fewest digits that read back as ``abs(value)``, and the exponent of the first."""
    value = abs(value)
    if bits == _FLOAT32:
        text = next(
            text
            for text in (f"{value:.{digits}e}" for digits in range(9))
            if to_float32(float(text)) == value
        )
    else:
        text = f"{value!r}"
        if "e" not in text:
            text = _plain_to_exponent(text)
    mantissa, _, exponent = text.partition("e")
    digits = mantissa.replace(".", "").rstrip("0") or "0"
    return digits, int(exponent)


def _plain_to_exponent(text: str) -> str:
    whole, _, fraction = text.partition(".")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return "0e0"
    exponent = len(whole) - 1 if whole != "0" else len(digits) - len(fraction) - 1
    return f"{digits[0]}.{digits[1:]}e{exponent}"


def _sign(value: float) -> str:
    return "-" if math.copysign(1.0, value) < 0 else ""


def _exponent(value: float, precision: int, bits: int) -> str:
    if precision >= 0:
        return f"{value:.{precision}e}"
    digits, exponent = shortest(value, bits)
    return _sign(value) + _scientific(digits, exponent)


def _scientific(digits: str, exponent: int) -> str:
    point = "." if len(digits) > 1 else ""
    mark = "-" if exponent < 0 else "+"
    return f"{digits[0]}{point}{digits[1:]}e{mark}{abs(exponent):02d}"


def _fixed(value: float, precision: int, bits: int) -> str:
    if precision >= 0:
        return f"{value:.{precision}f}"
    digits, exponent = shortest(value, bits)
    return _sign(value) + _positional(digits, exponent)


def _positional(digits: str, exponent: int) -> str:
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    fraction = digits[exponent + 1 :]
    return f"{whole}.{fraction}" if fraction else whole


# Without a precision, %g turns to exponents from this one on.
_GENERAL_DIGITS = 6
_LEAST_EXPONENT = -4


def _general(value: float, precision: int, bits: int) -> str:
    if precision < 0:
        digits, exponent = shortest(value, bits)
        limit = _GENERAL_DIGITS
    else:
        precision = precision or 1
        mantissa, _, power = f"{abs(value):.{precision - 1}e}".partition("e")
        digits, exponent = mantissa.replace(".", "").rstrip("0") or "0", int(power)
        # Go turns to exponents late when the digits run out before the point does.
        limit = len(digits) if precision > len(digits) >= exponent + 1 else precision
    if exponent < _LEAST_EXPONENT or exponent >= limit:
        return _sign(value) + _scientific(digits, exponent)
    return _sign(value) + _positional(digits, exponent)


def _binary(value: float, bits: int) -> str:
    width, smallest = (23, -149) if bits == _FLOAT32 else (52, -1074)
    mantissa, exponent = math.frexp(abs(value))
    power = max(exponent - width - 1, smallest) if value else smallest
    return f"{_sign(value)}{int(math.ldexp(mantissa, exponent - power))}p{power:+d}"


def _hexadecimal(value: float, precision: int) -> str:
    mantissa, power = math.frexp(abs(value))
    power -= 1
    whole = int(math.ldexp(mantissa, 53))  # 1 and 52 bits of fraction
    if value == 0:
        power = 0
    digits = 13
    if 0 <= precision < digits:
        whole, power = _round_hex(whole, precision, power)
    fraction = f"{whole & ((1 << 52) - 1):013x}"
    fraction = fraction.rstrip("0") if precision < 0 else fraction[:precision].ljust(precision, "0")
    point = "." if fraction else ""
    mark = "-" if power < 0 else "+"
    return f"{_sign(value)}0x{whole >> 52}{point}{fraction}p{mark}{abs(power):02d}"


def _round_hex(whole: int, precision: int, power: int) -> tuple[int, int]:
    """Round the fraction to ``precision`` hexadecimal digits, halves to even."""
    dropped = 4 * (13 - precision)
    kept, rest = whole >> dropped, whole & ((1 << dropped) - 1)
    half = 1 << (dropped - 1)
    if rest > half or (rest == half and kept & 1):
        kept += 1
    whole = kept << dropped
    if whole >> 53:
        return whole >> 1, power + 1
    return whole, power
