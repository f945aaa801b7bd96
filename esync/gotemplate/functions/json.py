"""Sprig's functions on JSON; without ``must``, what goes wrong yields nothing instead.

Source:
    sprig 3 as vendored by External Secrets Operator 2.9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.gocompat.json_decode import JsonError, decode
from esync.gocompat.json_encode import UnsupportedError, encode
from esync.gotemplate.function import Context, Function, FunctionError
from esync.gotemplate.functions.metering import Meter, reading_json

if TYPE_CHECKING:
    from esync.gocompat.values import Value

_INDENT: Final = "  "


def _from_json(context: Context, text: bytes) -> Value:
    """Read; what is no JSON is nil, and a number too large is nil where it stands."""
    context.budget.spend(reading_json(text))
    try:
        return decode(text)
    except JsonError as error:
        return error.value


def _must_from_json(context: Context, text: bytes) -> Value:
    context.budget.spend(reading_json(text))
    try:
        return decode(text)
    except JsonError as error:
        raise FunctionError(str(error)) from None


def _must(context: Context, value: Value, *, indent: str = "", escape_html: bool = True) -> bytes:
    try:
        return encode(value, indent=indent, escape_html=escape_html, spend=Meter(context))
    except UnsupportedError as error:
        raise FunctionError(str(error)) from None


def _must_to_json(context: Context, value: Value) -> bytes:
    return _must(context, value)


def _must_to_pretty_json(context: Context, value: Value) -> bytes:
    return _must(context, value, indent=_INDENT)


def _to_raw_json(context: Context, value: Value) -> bytes:
    return _must(context, value, escape_html=False)


def _to_json(context: Context, value: Value) -> bytes:
    try:
        return _must(context, value)
    except FunctionError:
        return b""


def _to_pretty_json(context: Context, value: Value) -> bytes:
    try:
        return _must(context, value, indent=_INDENT)
    except FunctionError:
        return b""


_TO: Final = "func(interface {}) string"
_MUST_TO: Final = "func(interface {}) (string, error)"

FUNCTIONS: Final = {
    "fromJson": Function("func(string) interface {}", _from_json, wants_context=True),
    "mustFromJson": Function(
        "func(string) (interface {}, error)", _must_from_json, wants_context=True
    ),
    "mustToJson": Function(_MUST_TO, _must_to_json, wants_context=True),
    "mustToPrettyJson": Function(_MUST_TO, _must_to_pretty_json, wants_context=True),
    "mustToRawJson": Function(_MUST_TO, _to_raw_json, wants_context=True),
    "toJson": Function(_TO, _to_json, wants_context=True),
    "toPrettyJson": Function(_TO, _to_pretty_json, wants_context=True),
    "toRawJson": Function(_TO, _to_raw_json, wants_context=True),
}
