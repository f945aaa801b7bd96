"""How much work one template may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat.values import Struct
from esync.gotemplate.errors import Limit, LimitReachedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from esync.gocompat.values import Value

STEPS = 10_000_000
STEPS_PER_NEW_ELEMENT = 3
BYTES_PER_STEP_MADE = 8
OUTPUT = 4 * 1024 * 1024
DEPTH = 1_000

# What one step of a function's work goes through.
BYTES_PER_STEP = 8
_ELEMENTS_PER_STEP = 1
_STEPS_PER_CONTAINER = 7
_ELEMENTS_SORTED_PER_STEP = 4
BYTES_COMPARED_PER_STEP = 1024


class StepBudget:
    """Counts the steps of one execution, and refuses what would be too large.

    A step is about 0.3 microseconds of work.
    """

    __slots__ = ("left", "limit")

    def __init__(self, steps: int = STEPS) -> None:
        """Allow ``steps`` steps."""
        self.limit = steps
        self.left = steps

    def spend(self, steps: int) -> None:
        """Count ``steps`` steps, before they are done.

        Raises:
            LimitReachedError: there are not as many left.
        """
        self.left -= steps
        if self.left < 0:
            raise LimitReachedError(
                Limit.STEPS, f"the template needs more than {self.limit:,} steps"
            )

    def reserve(self, size: int) -> None:
        """Refuse a string of more than 4 MiB, or a list that needs as many steps.

        Raises:
            LimitReachedError: ``size`` bytes or elements are too many.
        """
        if size > OUTPUT:
            raise too_long()


def too_long() -> LimitReachedError:
    """Return the error of a template that makes too much text."""
    return LimitReachedError(Limit.OUTPUT, f"the template makes more than {OUTPUT:,} bytes of text")


def weight(value: Value) -> int:
    """Return the steps it costs to go through ``value`` with all that is in it.

    What is in it twice counts twice, as it does for a function that prints or copies it.
    """
    if value.__class__ is bytes:
        return len(value) // BYTES_PER_STEP
    if not isinstance(value, list | dict):
        return value.size // BYTES_PER_STEP if isinstance(value, Struct) else 0
    parts = _containers(value)
    return _deep_weight(value, parts) if parts else len(value) // _ELEMENTS_PER_STEP


def looking_up(keys: Iterable[Value]) -> int:
    """Return the steps it costs to look for each of ``keys`` in another map."""
    size = sum(len(key) for key in keys if key.__class__ is bytes)
    return size // BYTES_COMPARED_PER_STEP


def sorting(texts: Iterable[Value], count: int) -> int:
    """Return the steps it costs to sort ``count`` texts, which are compared byte by byte."""
    rounds = count.bit_length()
    return rounds * (count // _ELEMENTS_SORTED_PER_STEP + looking_up(texts))


def _containers(value: Value) -> list[Value]:
    parts = value.values() if isinstance(value, dict) else value
    return [part for part in parts if isinstance(part, list | dict)]


def _deep_weight(root: Value, parts: list[Value]) -> int:
    """Weigh a list or map of others; what contains itself counts once."""
    sizes: dict[int, int] = {id(root): len(root)}
    open_values = [(root, iter(parts))]
    while open_values:
        value, rest = open_values[-1]
        part = next(rest, None)
        if part is None:
            open_values.pop()
            if open_values:
                sizes[id(open_values[-1][0])] += sizes[id(value)]
        elif id(part) in sizes:
            sizes[id(value)] += sizes[id(part)]
        else:
            sizes[id(part)] = len(part)
            open_values.append((part, iter(_containers(part))))
    return sizes[id(root)] // _ELEMENTS_PER_STEP + len(sizes) * _STEPS_PER_CONTAINER
