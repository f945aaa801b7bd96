"""The errors that one reading found, and the way to the value that is being read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from esync.manifests.errors import (
    BadFormat,
    ManifestError,
    MissingField,
    NotAllowed,
    WrongChoice,
    WrongType,
)
from esync.manifests.published import unknown_field

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from esync.manifests.document import Document, Path
    from esync.manifests.formats import Choice

# The way from the outermost mapping inward, innermost step first; cheap to grow, seldom read.
Trail = tuple["Trail", str | int] | None

# Reads one value; on an error it tells the record and returns None.
ReadValue = Callable[[Any, Trail, "Record"], Any]


class Record:
    """The errors found so far in one document."""

    __slots__ = ("base", "document", "errors")

    def __init__(self, document: Document, base: Path) -> None:
        self.document = document
        self.base = base
        self.errors: list[ManifestError] = []

    def path(self, trail: Trail, *more: str | int) -> Path:
        """Return the whole path that ``trail`` stands for."""
        steps: list[str | int] = []
        while trail is not None:
            trail, step = trail
            steps.append(step)
        return (*self.base, *reversed(steps), *more)

    def wrong_type(self, trail: Trail, found: object, wanted: str) -> None:
        """Note a value of another type."""
        path = self.path(trail)
        self.errors.append(
            WrongType(path, at=self.document.place(path), found=found, wanted=wanted)
        )

    def bad_format(self, trail: Trail, says: str) -> None:
        """Note a value that does not look as it should."""
        path = self.path(trail)
        self.errors.append(BadFormat(path, at=self.document.place(path), says=says))

    def not_allowed(self, trail: Trail, found: str, allowed: Sequence[str]) -> None:
        """Note a word outside of its closed set."""
        path = self.path(trail)
        self.errors.append(
            NotAllowed(path, at=self.document.place(path), found=found, allowed=allowed)
        )

    def unknown(self, trail: Trail, name: str, known: Collection[str]) -> None:
        """Note a field that there is not."""
        path = self.path(trail, name)
        self.errors.append(unknown_field(path, at=self.document.place(path), known=known))

    def missing(self, trail: Trail, name: str) -> None:
        """Note a required field that is absent."""
        path = self.path(trail, name)
        self.errors.append(MissingField(path, at=self.document.place(path)))

    def wrong_choice(self, trail: Trail, choice: Choice, found: int) -> None:
        """Note too many or too few members."""
        path = self.path(trail)
        self.errors.append(
            WrongChoice(
                path,
                choice.members,
                at=self.document.place(path),
                least=choice.least,
                most=choice.most,
                found=found,
            )
        )
