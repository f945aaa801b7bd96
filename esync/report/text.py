"""Results as people read them: one line an object for apply, masked changes for diff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.flow.change import Action, FieldChange, Mark
from esync.records import dataclass
from esync.report.restarts import restart_lines
from esync.report.visible import visible
from esync.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.flow.applyset import Prune
    from esync.flow.change import Change, Done
    from esync.flow.outcome import Outcome

_SIGNS: Final = {Mark.ADDED: "+", Mark.REMOVED: "-", Mark.CHANGED: "~"}
_COLOURS: Final = {"+": "32", "-": "31", "~": "33"}
_MASKED: Final = {
    Mark.ADDED: f"{MASK} (new)",
    Mark.REMOVED: f"{MASK} (gone)",
    Mark.CHANGED: f"{MASK} (before) -> {MASK} (after)",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How text is to look.

    Attributes:
        colour: with ANSI colours.
        values: ``--show-values``: print what is in the Secrets.
        suffix: put behind each outcome word, e.g. ``(dry run)``.
    """

    colour: bool = False
    values: bool = False
    suffix: str = ""


def as_text(outcome: Outcome, look: Look) -> str:
    """Return what goes to stdout; empty when there is nothing to tell."""
    lines: list[str] = []
    for done in outcome.done:
        lines.extend(_done(done, look))
    for change in outcome.changes:
        if change.action is not Action.NONE:
            lines.extend(_change(change, look))
    for prune in outcome.prunes:
        lines.extend(_prune(prune, look))
    lines.extend(restart_lines(outcome.restarts))
    return "".join(f"{line}\n" for line in lines)


def _done(done: Done, look: Look) -> Iterator[str]:
    name = f"{done.ref.kind.lower()}/{done.ref.name}"
    suffix = f" {look.suffix}" if look.suffix else ""
    origin = done.planned.external_secret.origin if done.planned else ""
    made_by = f", from ClusterExternalSecret {origin}" if origin else ""
    yield visible(f"{name} {done.result.value}{suffix}  (namespace {done.ref.namespace}{made_by})")
    if done.planned is None:
        yield from (visible(f"  {note}") for note in done.notes)


def _change(change: Change, look: Look) -> Iterator[str]:
    one = change.planned.external_secret
    origin = f", from ClusterExternalSecret {one.origin}" if one.origin else ""
    at = one.place()
    yield visible(
        f"{change.ref}: {change.action.value}"
        f"  (ExternalSecret {one.namespace}/{one.name}, {at}{origin})"
    )
    yield from (visible(f"  {words}") for words in change.consequences)
    for field in change.fields:
        yield _field(change, field, look)


def _prune(prune: Prune, look: Look) -> Iterator[str]:
    yield visible(f"{prune.ref}: prune  (no manifest asks for it any more)")
    yield from (visible(f"  {note}") for note in prune.notes)
    line = f"  {_SIGNS[Mark.REMOVED]} data{_masked(FieldChange('data', MASK, Mark.REMOVED))}"
    yield f"\x1b[{_COLOURS['-']}m{line}\x1b[0m" if look.colour else line


def _field(change: Change, field: FieldChange, look: Look) -> str:
    sign = _SIGNS[field.mark]
    name = f"{field.field}.{field.key}" if field.key else field.field
    value = _shown(change, field) if look.values else _masked(field)
    volatile = "  (differs on each run)" if field.volatile else ""
    line = visible(f"  {sign} {name}{value}{volatile}")
    return f"\x1b[{_COLOURS[sign]}m{line}\x1b[0m" if look.colour else line


def _masked(field: FieldChange) -> str:
    return f": {_MASKED[field.mark]}" if field.key else ""


def _shown(change: Change, field: FieldChange) -> str:
    if field.field != "data" or field.key == MASK:
        return _masked(field)
    before = _value(change.live.data.get(field.key) if change.live else None)
    after = _value(change.secret.data.get(field.key) if change.secret else None)
    match field.mark:
        case Mark.ADDED:
            return f": {after}"
        case Mark.REMOVED:
            return f": {before}"
        case Mark.CHANGED:
            return f": {before} -> {after}"


def _value(value: object) -> str:
    from esync.secret import SecretValue

    return repr(value.reveal())[1:] if isinstance(value, SecretValue) else ""
