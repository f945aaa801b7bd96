"""The standing of each ExternalSecret as a table and as JSON. Pure; no value is at hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from esync.flow.standing import Sync
from esync.report.machine import API_VERSION, failure_document
from esync.report.summary import counts
from esync.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esync.flow.outcome import Outcome
    from esync.flow.rollout import InUse
    from esync.flow.standing import Standing

_CONSUMERS: Final = "CONSUMERS"
_HEAD: Final = (
    "NAMESPACE",
    "NAME",
    "STORE",
    "TARGET",
    "IN SYNC",
    "REFRESHED",
    "NEXT DUE",
    "CONDITION",
    _CONSUMERS,
)
_SYNC_COLUMN: Final = 4
_NANOSECONDS: Final = 10**9
# So many workloads are named in a cell.
_NAMED: Final = 3
# As kubectl writes ages: two units at most, the second one only where the first is small.
_UNITS: Final = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_SMALL: Final = 10
_RED: Final = "31"
_GREEN: Final = "32"


def as_text(outcome: Outcome, now: int, *, colour: bool = False) -> str:
    """Return a table with a row for each ExternalSecret; nothing if there is none.

    Args:
        outcome: the end of ``status``.
        now: nanoseconds since 1970, to tell ages.
        colour: with ANSI colours.
    """
    if not outcome.standings:
        return ""
    rows = [_HEAD, *(tuple(map(visible, _row(one, now))) for one in outcome.standings)]
    if not any(one.in_use and one.in_use.consumers for one in outcome.standings):
        rows = [row[:-1] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    marks = ["", *(_RED if one.is_wrong else _GREEN for one in outcome.standings)]
    paint = marks if colour else [""] * len(rows)
    return "".join(_line(row, widths, mark) for row, mark in zip(rows, paint, strict=True))


def as_json(outcome: Outcome) -> str:
    """Return one document, as the other commands do."""
    document: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": "StatusResult",
        "summary": {
            "counts": counts(outcome),
            "context": outcome.where.context,
            "server": outcome.where.server,
        },
        "items": [_item(one) for one in outcome.standings],
        "errors": [failure_document(one, "error") for one in outcome.failures],
        "notes": list(outcome.notes),
        "skipped": [{"object": str(one.ref), "reason": one.reason} for one in outcome.skipped],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _line(row: Sequence[str], widths: Sequence[int], mark: str) -> str:
    cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
    if mark:
        cells[_SYNC_COLUMN] = f"\x1b[{mark}m{cells[_SYNC_COLUMN]}\x1b[0m"
    return "   ".join(cells).rstrip() + "\n"


def _row(one: Standing, now: int) -> tuple[str, ...]:
    target = one.planned.target
    return (
        one.planned.ref.namespace,
        one.planned.ref.name,
        ",".join(store.partition(" ")[2] for store in one.stores) or "-",
        target.name if target.kind == "Secret" else f"{target.kind}/{target.name}",
        f"no: {one.sync}" if one.sync.is_wrong else one.sync.value,
        _refreshed(one, now),
        _due(one, now),
        f"{one.ready.reason}: {one.ready.message}" if one.is_failing else "-",
        _consumers(one.in_use),
    )


def _consumers(in_use: InUse | None) -> str:
    """Tell who runs with the target; a question mark: by a change that esync did not note."""
    if in_use is None or not in_use.consumers:
        return "-"
    if not in_use.older:
        return f"{len(in_use.consumers)} current"
    names = ", ".join(f"{one.kind.lower()}/{one.name}" for one in in_use.older[:_NAMED])
    names += ", …" if in_use.older[_NAMED:] else ""
    doubt = "" if in_use.is_certain else "?"
    return f"{len(in_use.older)} of {len(in_use.consumers)} older{doubt}: {names}"


def _refreshed(one: Standing, now: int) -> str:
    try:
        moment = datetime.fromisoformat(one.refreshed)
    except ValueError:
        return "never" if one.known else "-"
    return f"{_age(now // _NANOSECONDS - int(moment.timestamp()))} ago"


def _due(one: Standing, now: int) -> str:
    if not one.known:
        return "-"
    if one.due is None:
        return "never"
    if one.is_due:
        return "now"
    return f"in {_age((one.due - now) // _NANOSECONDS)}" if one.due > now else "in a window"


def _age(seconds: int) -> str:
    seconds = max(seconds, 0)
    for index, (size, unit) in enumerate(_UNITS):
        number, rest = divmod(seconds, size)
        if number and number < _SMALL and index + 1 < len(_UNITS):
            smaller, name = _UNITS[index + 1]
            return (
                f"{number}{unit}{rest // smaller}{name}" if rest // smaller else f"{number}{unit}"
            )
        if number:
            return f"{number}{unit}"
    return "0s"


def _item(one: Standing) -> dict[str, Any]:
    target = one.planned.target
    item: dict[str, Any] = {
        "namespace": one.planned.ref.namespace,
        "name": one.planned.ref.name,
        "stores": list(one.stores),
        "target": {"kind": target.kind, "name": target.name},
        "inSync": None if one.sync is Sync.UNJUDGED else one.sync is Sync.YES,
        "state": one.sync.value,
        "owner": one.owner,
        "refreshTime": one.refreshed,
        "nextDue": "" if one.due is None else _moment(one.due),
        "ready": {
            "status": one.ready.status,
            "reason": one.ready.reason,
            "message": one.ready.message,
        },
    }
    if one.in_use:
        item["consumers"] = _in_use(one.in_use)
    if one.error:
        item["error"] = {"rule": one.error.rule, "message": one.error.message}
    return item


def _in_use(in_use: InUse) -> dict[str, Any]:
    return {
        "since": _moment(in_use.since * _NANOSECONDS),
        "certain": in_use.is_certain,
        "current": [
            {"kind": one.kind, "name": one.name}
            for one in in_use.consumers
            if one not in in_use.older
        ],
        "older": [{"kind": one.kind, "name": one.name} for one in in_use.older],
    }


def _moment(nanoseconds: int) -> str:
    moment = datetime.fromtimestamp(nanoseconds // _NANOSECONDS, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
