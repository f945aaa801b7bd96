"""When the data of a Secret last changed, as esync notes it on the Secret itself. Pure.

``esync.dev/data-changed: TIME DIGEST pending`` is written in one step with the new data, and loses
its last word when everything that reads the Secret was restarted. A run that is killed in between
leaves it pending, and the next one knows what is still to be done. DIGEST repeats the one that the
Secret carries anyway, so that a change by somebody else shows.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from esync.flow.kubernetes import DATA_CHANGED_ANNOTATION, DATA_HASH_ANNOTATION
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.flow.kubernetes import SecretObject

_PENDING: Final = "pending"
_NANOSECONDS: Final = 10**9


@dataclass(frozen=True, slots=True)
class Mark:
    """When data last changed, in seconds since 1970; of which digest; what is still to be done."""

    since: int
    digest: str
    pending: bool


def mark_of(annotations: Mapping[str, str]) -> Mark | None:
    """Return the mark among the annotations of a Secret, or None if there is none to be read."""
    moment, _, rest = annotations.get(DATA_CHANGED_ANNOTATION, "").partition(" ")
    digest, _, state = rest.partition(" ")
    since = seconds(moment)
    return None if since is None else Mark(since, digest, state == _PENDING)


def marked(secret: SecretObject, now: int) -> SecretObject:
    """Return a Secret that says that its data change now, in nanoseconds since 1970."""
    moment = spelled(now // _NANOSECONDS)
    text = f"{moment} {secret.annotations.get(DATA_HASH_ANNOTATION, '')} {_PENDING}"
    return replace(secret, annotations={**secret.annotations, DATA_CHANGED_ANNOTATION: text})


def settled(annotations: Mapping[str, str]) -> dict[str, str]:
    """Return annotations in which nothing is pending any more."""
    text = annotations.get(DATA_CHANGED_ANNOTATION, "")
    return {**annotations, DATA_CHANGED_ANNOTATION: text.removesuffix(_PENDING).strip()}


def changed_at(secret: SecretObject, now: int) -> tuple[int, bool] | None:
    """Return when the data of a live Secret last changed, in seconds, and whether that is certain.

    Without a mark that fits its data, the time when anybody who wrote data last wrote anything is
    the latest that it can be.
    """
    mark = mark_of(secret.annotations)
    if mark and mark.since <= now and mark.digest == secret.annotations.get(DATA_HASH_ANNOTATION):
        return mark.since, True
    times = [seconds(one.time) for one in secret.managed if one.data]
    known = [one for one in times if one is not None]
    return (max(known), False) if known else None


def seconds(moment: str) -> int | None:
    """Read a time as the API spells it (RFC 3339), in whole seconds since 1970."""
    try:
        return int(datetime.fromisoformat(moment).timestamp())
    except (ValueError, OverflowError):
        return None


def spelled(moment: int) -> str:
    """Spell seconds since 1970 as the API does."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
