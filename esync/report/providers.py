"""What each provider can do, as text and JSON. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from esync.report.machine import API_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from esync.providers.abilities import Abilities

_TITLES: Final = ("PROVIDER", "SERVICE", "READ", "EXTRACT", "FIND", "METADATA", "BATCH", "AMBIENT")


def as_text(found: Sequence[Abilities], plugins: Sequence[tuple[str, str]]) -> str:
    """Return a table, and below it the providers of other packages.

    Args:
        found: one row each.
        plugins: name and place of those that were found and not imported.
    """
    rows = [_TITLES, *(_row(one) for one in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    lines += [f"{name}  ({place}; needs --allow-plugin {name})" for name, place in plugins]
    return "".join(f"{line}\n" for line in lines)


def as_json(found: Sequence[Abilities], plugins: Sequence[tuple[str, str]]) -> str:
    """Return one document; its items are the rows, then the providers of other packages."""
    document: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": "ProviderList",
        "summary": {"builtIn": len({one.provider for one in found}), "plugins": len(plugins)},
        "items": [
            *(_item(one) for one in found),
            *({"provider": name, "plugin": place} for name, place in plugins),
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def table(found: Sequence[Abilities], proven: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the reference's table.

    Args:
        found: one row each.
        proven: what each was proven on, in the same order.
    """
    yield "| provider | service | read | extract | find | metadata | batch | ambient | proven on |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for one, on in zip(found, proven, strict=True):
        service, *marks = _row(one)[1:]
        link = f"[`{one.provider}`]({one.provider.lower()}.md)"
        yield f"| {link} | {service} | {' | '.join(marks)} | {on} |"


def _row(one: Abilities) -> tuple[str, ...]:
    return (
        one.provider,
        one.service,
        _mark(one.reads),
        _mark(one.extracts),
        ", ".join(one.finds_by) or "-",
        _mark(one.metadata),
        str(one.batch_size) if one.batch_size > 1 else "-",
        _mark(one.ambient),
    )


def _item(one: Abilities) -> dict[str, Any]:
    return {
        "provider": one.provider,
        "service": str(one.service),
        "read": one.reads,
        "extract": one.extracts,
        "find": [str(word) for word in one.finds_by],
        "metadata": one.metadata,
        "batchSize": one.batch_size,
        "ambient": one.ambient,
    }


def _mark(claim: bool) -> str:  # noqa: FBT001 - the claim itself
    return "yes" if claim else "-"
