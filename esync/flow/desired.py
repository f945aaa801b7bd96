"""How a target should be: what ``shape`` makes of answers and templates."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from esync.flow.manifest import LiveManifest
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.flow.kubernetes import SecretObject
    from esync.flow.manifest import ManifestObject
    from esync.flow.plan import Planned
    from esync.manifests.document import Path
    from esync.manifests.externalsecret import DecodingStrategy
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
        names_are_values: fields and keys whose very names a template or rewrite made from a value.
        volatile: fields and keys that come from templates which change on each run.
    """

    data: Mapping[str, SecretValue] = field(default_factory=dict, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    annotations: Mapping[str, str] = field(default_factory=dict, repr=False)
    finalizers: tuple[str, ...] = ()
    type: str = ""
    names_are_values: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    volatile: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """One rendered template of a manifest target, and where it goes.

    Attributes:
        target: ``Data``, ``Labels``, ``Annotations``, ``spec`` or a path.
        key: the key it is put under, where it is one value.
        keys_and_values: the text is YAML with keys of its own.
        path: where it stands in the manifest.
    """

    target: str
    key: str
    value: SecretValue
    keys_and_values: bool
    decoding: DecodingStrategy
    path: Path
    volatile: bool = False


@dataclass(frozen=True, slots=True)
class Desired:
    """One target and what to do with it.

    Attributes:
        live: the Secret that this was judged against; None when there is none.
        secret: the whole object to write; None unless the intent is to write one.
        pieces: what a template brings to a target of another kind.
        manifest: the whole object of another kind to write.
        live_manifest: what this one was judged against.
        notes: for people, e.g. which remote secrets were missing and skipped.
    """

    planned: Planned
    intent: Intent
    content: Content = field(default_factory=Content)
    live: SecretObject | None = None
    secret: SecretObject | None = None
    pieces: tuple[Piece, ...] = ()
    manifest: ManifestObject | None = None
    live_manifest: LiveManifest = field(default_factory=LiveManifest)
    notes: tuple[str, ...] = ()
