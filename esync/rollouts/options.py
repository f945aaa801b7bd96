"""What the command line says about restarts."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from esync.records import dataclass

LIMIT: Final = 20
# The value of --reloader that says: none runs, or it is not to be minded.
NOBODY: Final = "none"


class Mode(StrEnum):
    """Which workloads are restarted when a Secret changes."""

    NONE = "none"
    ANNOTATED = "annotated"
    CONSUMERS = "consumers"


@dataclass(frozen=True, slots=True)
class Options:
    """What is restarted, and how far it is followed.

    Attributes:
        mode: nothing; what Reloader's annotations ask for; or everything that uses the Secret.
        limit: how many workloads may be restarted in one run.
        on_create: new Secrets count as changed ones.
        mounted: with ``consumers``, restart also what only mounts the Secret without subPath.
        reloader: the namespace in which a Reloader runs; ``none``; or empty if it is to be found.
        wait: follow the roll-outs to their end.
    """

    mode: Mode = Mode.NONE
    limit: int = LIMIT
    on_create: bool = False
    mounted: bool = False
    reloader: str = ""
    wait: bool = False
