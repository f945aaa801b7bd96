"""Nested work without nested calls: however deep a template is, Python's stack is not."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

T = TypeVar("T")

# A piece of work that yields the pieces it needs done, and is sent the result of each.
Work = Generator[Any, Any, T]


def finish(work: Work[T]) -> T:
    """Do ``work``, and every piece of work that it yields, and return its result."""
    waiting: list[Work[Any]] = [work]
    result: Any = None
    while waiting:
        try:
            needed = waiting[-1].send(result)
        except StopIteration as done:
            waiting.pop()
            result = done.value
        else:
            waiting.append(needed)
            result = None
    finished: T = result
    return finished
