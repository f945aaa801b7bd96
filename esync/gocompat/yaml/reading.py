"""YAML to JSON to values: what Kubernetes' libraries make of a text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from esync.gocompat import fmt, json_decode, json_encode
from esync.gocompat.json_decode import JsonError
from esync.gocompat.json_encode import UnsupportedError
from esync.gocompat.numbers import format_float, to_float32
from esync.gocompat.yaml.decoding import Key, Pairs, as_go, decode
from esync.gocompat.yaml.nodes import YAMLError, unlimited

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.gocompat.values import Value

_SPECIAL_KEYS: Final = {"+Inf": ".inf", "-Inf": "-.inf", "NaN": ".nan"}
_JSON_NAMES: Final = {bool: "bool", bytes: "string", float: "number", list: "array"}


def string_map(text: bytes) -> dict[bytes, bytes]:
    """Return the keys and values of a mapping of scalars, all as texts.

    Numbers and booleans become what they mean, not how they are spelled, and floats lose what 32
    bits do not hold: the operator does so. A null is an empty text. No document is an empty map.

    Raises:
        YAMLError: it is no YAML, no mapping, a value is a mapping or list, or a key is null.
    """
    value = _through_json(text, strings=True)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong_type(value, "map[string]string")
    for item in value.values():
        if item is not None and not isinstance(item, bytes):
            raise _wrong_type(item, "string")
    return {key: item or b"" for key, item in value.items()}


def typed(text: bytes) -> Value:
    """Return the value of a text: strings as bytes, whole numbers that fit 64 bits as ``int``.

    Raises:
        YAMLError: it is no YAML, or has a key or number that JSON cannot have.
    """
    return _through_json(text, integers=True)


def read_map(text: bytes, spend: Callable[[int], None] = unlimited) -> dict[bytes, Value]:
    """Return the mapping that ``text`` holds, with all numbers as floats.

    Args:
        text: of the document.
        spend: is told of the work; what it raises passes through.

    Raises:
        YAMLError: it is no YAML, or no mapping.
    """
    value = _through_json(text, spend=spend)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong_type(value, "map[string]interface {}")
    return value


def _through_json(
    text: bytes,
    *,
    strings: bool = False,
    integers: bool = False,
    spend: Callable[[int], None] = unlimited,
) -> Value:
    try:
        value = _jsonable(decode(text, spend), strings=strings)
        packed = json_encode.encode(value)
    except (YAMLError, UnsupportedError) as error:
        raise YAMLError(f"error converting YAML to JSON: {error}") from None
    try:
        return json_decode.decode(packed, integers=integers)
    except JsonError as error:
        raise _unreadable(str(error)) from None


def _unreadable(why: str) -> YAMLError:
    return YAMLError(f"error unmarshaling JSON: while decoding JSON: {why}")


def _wrong_type(value: Value, wanted: str) -> YAMLError:
    name = _JSON_NAMES.get(type(value), "object")
    return _unreadable(f"json: cannot unmarshal {name} into Go value of type {wanted}")


def _jsonable(value: Value, *, strings: bool) -> Value:
    """Give a value the shape of JSON; with ``strings``, a map's scalars become texts."""
    match value:
        case Pairs():
            members = {}
            for key, item in value.items():
                shaped = _jsonable(item, strings=False)
                members[_key(key, item)] = _as_string(shaped) if strings else shaped
            return members
        case list():
            return [_jsonable(item, strings=False) for item in value]
    return value


def _as_string(value: Value) -> Value:
    match value:
        case bool():
            return b"true" if value else b"false"
        case int():
            return b"%d" % value
        case float():
            return _float32(value).encode()
    return value


def _float32(number: float) -> str:
    """Return the number as Go prints a ``float32``."""
    narrow = number if math.isnan(number) else to_float32(number)
    return format_float(narrow, "g", bits=32)


def _key(key: Key, value: Any) -> bytes:
    kind, name = key
    match kind:
        case "string":
            return bytes(name)
        case "int":
            return b"%d" % name
        case "bool":
            return b"true" if name else b"false"
        case "float64":
            text = _float32(name)
            return _SPECIAL_KEYS.get(text, text).encode()
    shown_type = "%!s(<nil>)" if name is None else kind
    shown = fmt.sprintf(b"key: %+#v, value: %+#v", [name, as_go(value)]).decode("utf-8", "replace")
    raise YAMLError(f"unsupported map key of type: {shown_type}, {shown}")
