"""How a target should be: what ``shape`` makes of answers and templates."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.flow.kubernetes import SecretObject
    from esync.flow.plan import Planned
    from esync.secret import SecretValue


class Intent(StrEnum):
    """What shall be done with a target, before anyone looks at what is live."""

    WRITE = "write"
    DELETE = "delete"
    RETAIN = "retain"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that fetched values and templates decide about a Secret.

    Attributes:
        data: what the ExternalSecret brings; foreign keys are not in it.
        labels, annotations: rendered, without bookkeeping.
        type: empty when the template sets none.
        key_names_are_values: names of keys that a template or rewrite made from a value.
        volatile: keys that come from templates which change on each run.
    """

    data: Mapping[str, SecretValue] = field(default_factory=dict, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    annotations: Mapping[str, str] = field(default_factory=dict, repr=False)
    finalizers: tuple[str, ...] = ()
    type: str = ""
    key_names_are_values: frozenset[str] = field(default=frozenset(), repr=False)
    volatile: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Desired:
    """One target and what to do with it.

    Attributes:
        live: the Secret that this was judged against; None when there is none.
        secret: the whole object to write; None unless the intent is to write.
        notes: for people, e.g. which remote secrets were missing and skipped.
    """

    planned: Planned
    intent: Intent
    content: Content = field(default_factory=Content)
    live: SecretObject | None = None
    secret: SecretObject | None = None
    notes: tuple[str, ...] = ()
