"""The plan as text, JSON and Markdown: calls, what was saved, what it costs, which limits. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from esync.report.machine import API_VERSION, failure_document
from esync.report.summary import counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.flow.forecast import Forecast, LimitUse
    from esync.flow.outcome import Outcome

_MILLION: Final = 1_000_000
_WINDOWS: Final = {1: "a second", 60: "a minute"}


def as_text(outcome: Outcome) -> str:
    """Return a paragraph for each store."""
    return "\n".join("".join(f"{line}\n" for line in _paragraph(one)) for one in outcome.forecasts)


def as_markdown(outcome: Outcome) -> str:
    """Return a table with a row for each store, and what is near a limit."""
    lines = [
        "| store | calls | by operation | operator | saved by sharing | by batches | cost |",
        "|---|---:|---|---:|---:|---:|---:|",
    ]
    for one in outcome.forecasts:
        cells = (
            _escaped(one.store),
            _number(one, one.total),
            _counted(one.calls),
            str(one.wanted),
            str(one.shared),
            str(one.batched),
            _price(one) if one.cost is not None else "",
        )
        lines.append(f"| {' | '.join(cells)} |")
    near = [f"* {_escaped(one.store)}: {text}" for one in outcome.forecasts for text in _near(one)]
    dates = sorted({one.as_of for one in outcome.forecasts if one.as_of})
    dated = [f"Prices and limits as known in {', '.join(dates)}."] if dates else []
    parts = [lines, near, dated]
    return "\n".join("".join(f"{line}\n" for line in part) for part in parts if part)


def as_json(outcome: Outcome) -> str:
    """Return one document, as the other commands do."""
    costs = [one.cost for one in outcome.forecasts if one.cost is not None]
    document: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": "PlanResult",
        "summary": {
            "counts": counts(outcome),
            "externalSecrets": outcome.judged,
            "calls": sum(one.total for one in outcome.forecasts),
            "atLeast": any(one.searches for one in outcome.forecasts),
            "atMost": any(one.unknown for one in outcome.forecasts),
            "operatorCalls": sum(one.wanted for one in outcome.forecasts),
            "costUSD": _dollars(sum(costs)) if costs else None,
        },
        "items": [_item(one) for one in outcome.forecasts],
        "errors": [failure_document(one, "error") for one in outcome.failures],
        "notes": list(outcome.notes),
        "skipped": [{"object": str(one.ref), "reason": one.reason} for one in outcome.skipped],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _paragraph(one: Forecast) -> Iterator[str]:
    service = f"  ({one.service})" if one.service else ""
    noun = "call" if one.total == 1 else "calls"
    yield (
        f"{one.store}: {_number(one, one.total)} {noun}, the operator makes "
        f"{_at_least(one, one.wanted)}{service}"
    )
    yield f"  operations: {_counted(one.calls)}"
    if one.service:
        yield f"  requests: {_counted(one.requests)}"
    yield f"  saved: {one.shared} by asking once, {one.batched} by batches"
    if one.clients > 1:
        yield f"  clients: {one.clients}, because the identity depends on the namespace"
    if one.unknown:
        yield "  may be the same as another store: its credentials are not in the input"
    if one.cost is not None and one.operator_cost is not None:
        theirs = f", the operator's {_money(one.operator_cost)}" if one.operator_cost else ""
        yield f"  cost: {_price(one)}{theirs} (prices of {one.as_of})"
    yield from (f"  near a limit: {text}" for text in _near(one))


def _item(one: Forecast) -> dict[str, Any]:
    item: dict[str, Any] = {
        "store": one.store,
        "service": one.service,
        "clients": one.clients,
        "calls": dict(one.calls),
        "requests": dict(one.requests),
        "atLeast": bool(one.searches),
        "atMost": bool(one.unknown),
        "operatorCalls": one.wanted,
        "savedBySharing": one.shared,
        "savedByBatches": one.batched,
        "limits": [_limit(limit) for limit in one.limits],
    }
    if one.cost is not None and one.operator_cost is not None:
        item["costUSD"] = _dollars(one.cost)
        item["operatorCostUSD"] = _dollars(one.operator_cost)
        item["pricesOf"] = one.as_of
    return item


def _limit(limit: LimitUse) -> dict[str, Any]:
    return {
        "calls": list(limit.calls),
        "made": limit.made,
        "allowed": limit.allowed,
        "windowSeconds": limit.window,
        "scope": limit.scope,
        "near": limit.is_near,
        "secondsAtLeast": round(limit.seconds, 1),
    }


def _near(one: Forecast) -> Iterator[str]:
    for limit in one.limits:
        if limit.is_near:
            window = _WINDOWS.get(limit.window, f"in {limit.window} s")
            slow = f": {limit.seconds:.0f} s or more" if limit.seconds else ""
            yield (
                f"{limit.made} {' and '.join(limit.calls)}, "
                f"{limit.allowed} {window} are permitted ({limit.scope}){slow}"
            )


def _number(one: Forecast, number: int) -> str:
    return f"{_bound(one)}{number}"


def _at_least(one: Forecast, number: int) -> str:
    return f"at least {number}" if one.searches else str(number)


def _bound(one: Forecast) -> str:
    """Return what stands before a number that is not certain."""
    if one.searches and one.unknown:
        return "about "
    return "at least " if one.searches else "at most " if one.unknown else ""


def _price(one: Forecast) -> str:
    return f"{_bound(one) if one.cost else ''}{_money(one.cost or 0)}"


def _money(millionths: int) -> str:
    return f"${_dollars(millionths)}" if millionths else "free"


def _dollars(millionths: int) -> str:
    return f"{millionths // _MILLION}.{millionths % _MILLION:06d}"


def _counted(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in numbers.items())


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
