"""Sprig's functions on moments and lengths of time.

Source:
    sprig 3 as vendored by External Secrets Operator 2.9. Local time is UTC, as in its container.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.gocompat.durations import DurationError, format_duration, parse_duration
from esync.gocompat.numbers import NumberRangeError, NumberSyntaxError, parse_int
from esync.gocompat.time import (
    LOCAL,
    UTC,
    Location,
    Time,
    TimeError,
    UnknownZone,
    load_location,
    parse_time,
)
from esync.gocompat.values import Int32, Int64
from esync.gotemplate.function import Context, Function, FunctionError
from esync.gotemplate.functions.casting import wrap

if TYPE_CHECKING:
    from esync.gocompat.values import Value

_STEPS: Final = 25
_STEPS_FOR_ZONE: Final = 300
_STEPS_PER_BYTE: Final = 6
_BYTES_COPIED_PER_STEP: Final = 1024
_SECOND: Final = 1_000_000_000
_DAY: Final = b"2006-01-02"
_HOUR: Final = 3600 * _SECOND
_UNITS: Final = (
    (365 * 24 * _HOUR, "y"),
    (30 * 24 * _HOUR, "mo"),
    (24 * _HOUR, "d"),
    (_HOUR, "h"),
    (60 * _SECOND, "m"),
    (_SECOND, "s"),
)


def _now(context: Context) -> Time:
    return Time.from_nanos(context.clock())


def _moment(context: Context, value: Value) -> Time:
    """Return ``value`` if it is a moment, or so many seconds since 1970; anything else is now."""
    if isinstance(value, Time):
        return value
    if type(value) in (int, Int64, Int32):
        return Time(int(value), 0, LOCAL)
    return _now(context)


def _zone(name: bytes) -> Location:
    try:
        return load_location(name.decode("utf-8", "surrogateescape"))
    except UnknownZone:
        return UTC


def _date(context: Context, layout: bytes, value: Value) -> bytes:
    context.budget.spend(_STEPS_PER_BYTE * len(layout))
    return _moment(context, value).within(LOCAL).format(layout)


def _date_in_zone(context: Context, layout: bytes, value: Value, zone: bytes) -> bytes:
    context.budget.spend(_STEPS_FOR_ZONE + _STEPS_PER_BYTE * len(layout))
    return _moment(context, value).within(_zone(zone)).format(layout)


def _html_date(context: Context, value: Value) -> bytes:
    return _date(context, _DAY, value)


def _html_date_in_zone(context: Context, value: Value, zone: bytes) -> bytes:
    return _date_in_zone(context, _DAY, value, zone)


def _must_modify(duration: bytes, moment: Time) -> Time:
    try:
        return moment.add(parse_duration(duration))
    except DurationError as error:
        raise FunctionError(str(error)) from None


def _modify(duration: bytes, moment: Time) -> Time:
    try:
        return moment.add(parse_duration(duration))
    except DurationError:
        return moment


def _spend_on_parsing(context: Context, layout: bytes, text: bytes) -> None:
    # Each element takes its part off the text, which is a copy of the rest.
    copied = len(layout) * len(text) // _BYTES_COPIED_PER_STEP
    context.budget.spend(_STEPS_PER_BYTE * (len(layout) + len(text)) + copied)


def _must_to_date(context: Context, layout: bytes, text: bytes) -> Time:
    _spend_on_parsing(context, layout, text)
    try:
        return parse_time(layout, text)
    except TimeError as error:
        raise FunctionError(str(error)) from None


def _to_date(context: Context, layout: bytes, text: bytes) -> Time:
    _spend_on_parsing(context, layout, text)
    try:
        return parse_time(layout, text)
    except TimeError:
        return Time()


def _ago(context: Context, value: Value) -> bytes:
    seconds = isinstance(value, Int32)  # which sprig forgot here
    moment = _now(context) if seconds else _moment(context, value)
    return _now(context).since(moment).rounded(_SECOND).text


def _duration(value: Value) -> bytes:
    """Return so many seconds as a duration; only texts and ``int64`` count."""
    seconds = 0
    if isinstance(value, Int64):
        seconds = int(value)
    elif isinstance(value, bytes):
        seconds = _seconds(value.decode("utf-8", "replace"))
    return format_duration(wrap(seconds * _SECOND)).encode()


def _seconds(text: str) -> int:
    try:
        return parse_int(text)
    except NumberRangeError as error:
        return int(error.nearest)
    except NumberSyntaxError:
        return 0


def _duration_round(context: Context, value: Value) -> bytes:
    """Return the largest unit that is in the length of time more than once, and its count."""
    size = abs(_length(context, value))
    for unit, name in _UNITS:
        if size > unit:
            return f"{size // unit}{name}".encode()
    return b"0s"


def _length(context: Context, value: Value) -> int:
    match value:
        case bytes():
            try:
                return parse_duration(value)
            except DurationError:
                return 0
        case Int64():
            return int(value)
        case Time():
            return int(_now(context).since(value))
    return 0


def _unix_epoch(moment: Time) -> bytes:
    return b"%d" % moment.seconds


_IN_ZONE: Final = Function(
    "func(string, interface {}, string) string", _date_in_zone, wants_context=True, steps=_STEPS
)
_MODIFY: Final = Function(
    "func(string, time.Time) time.Time", _modify, steps=_STEPS, byte_steps=1.5
)
_MUST_MODIFY: Final = Function(
    "func(string, time.Time) (time.Time, error)", _must_modify, steps=_STEPS, byte_steps=1.5
)
_DATE: Final = "func(string, interface {}) string"
_AGO: Final = "func(interface {}) string"
_PARSE: Final = "func(string, string) time.Time"
_MUST_PARSE: Final = "func(string, string) (time.Time, error)"

FUNCTIONS: Final = {
    "ago": Function(_AGO, _ago, wants_context=True, changes=True, steps=_STEPS),
    "date": Function(_DATE, _date, wants_context=True, steps=_STEPS),
    "dateInZone": _IN_ZONE,
    "dateModify": _MODIFY,
    "date_in_zone": _IN_ZONE,
    "date_modify": _MODIFY,
    "duration": Function(_AGO, _duration, byte_steps=0.25),
    "durationRound": Function(
        _AGO, _duration_round, wants_context=True, steps=_STEPS, byte_steps=1.5
    ),
    "htmlDate": Function(_AGO, _html_date, wants_context=True, steps=_STEPS),
    "htmlDateInZone": Function(
        "func(interface {}, string) string",
        _html_date_in_zone,
        wants_context=True,
        steps=_STEPS,
    ),
    "mustDateModify": _MUST_MODIFY,
    "mustToDate": Function(_MUST_PARSE, _must_to_date, wants_context=True, steps=_STEPS),
    "must_date_modify": _MUST_MODIFY,
    "now": Function("func() time.Time", _now, wants_context=True, changes=True),
    "toDate": Function(_PARSE, _to_date, wants_context=True, steps=_STEPS),
    "unixEpoch": Function("func(time.Time) string", _unix_epoch),
}
