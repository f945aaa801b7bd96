"""What goes wrong on purpose: a message, a place, a hint and the id of a rule.

Messages start in lower case, fit one line, have no full stop and hold no value.
Every class below owns its rule id; ``docs/reference/rules.md`` has a section for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """Where something stands: a file as the user named it, and a line counted from 1."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class EsyncError(Exception):
    """Anything that esync refuses or cannot do, told so that the user can act on it."""

    rule: ClassVar[str] = "ES0000"
    # Whether the trouble is with a store itself, its identity or settings, whatever it was asked.
    is_of_store: bool = False

    def __init__(self, message: str, *, at: Location | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.hint = hint

    def located(self, at: Location | None) -> Self:
        """Return this error placed at ``at``: itself if it has a place already, else a copy.

        One error of a store may be told at every place that asked for the same thing.
        """
        return self if self.at is not None or at is None else self.moved(at)

    def of_store(self) -> Self:
        """Say that a store itself is where to look, and return this error."""
        self.is_of_store = True
        return self

    def moved(self, at: Location) -> Self:
        """Return a copy of this error placed at ``at``."""
        copy = self.__class__.__new__(self.__class__, *self.args)
        copy.__dict__.update(self.__dict__, at=at)
        return copy


class Refused(EsyncError):
    """A guard rail says no; the exit code tells that apart from a failure."""

    rule = "ES0501"


def near(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """Return the hint ``did you mean "x"?`` for the known word nearest to ``word``.

    ``known`` must stand in the input; names that only a store knows are no hint (security).
    """
    from difflib import get_close_matches  # 2 ms that only an error pays

    found = get_close_matches(word, list(known), n=1)
    return f'did you mean "{found[0]}"?' if found else otherwise
