"""Threads that do tasks, and are not waited for when the run is over and they hang."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING, Final, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
R = TypeVar("R")

# Tasks that wait in line for a thread, beyond those under way: enough to keep the threads busy.
AHEAD: Final = 2
# How often it is looked whether the run is over, in seconds.
POLL: Final = 0.25


class Crew:
    """A bounded number of threads; use it as a context manager.

    Args:
        size: how many tasks are under way at once.
        over: says why nothing more shall be waited for, else nothing.
    """

    def __init__(self, size: int, over: Callable[[], str]) -> None:
        self._size = size
        self._over = over
        self._pool = ThreadPoolExecutor(size, "fetch")
        self._hangs = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=not self._hangs, cancel_futures=True)

    def each(
        self, tasks: Iterable[T], work: Callable[[T], R], instead: Callable[[T, str], R]
    ) -> Iterator[R]:
        """Yield what ``work`` returns for each task, as it comes.

        Args:
            tasks: taken as threads become free.
            work: run in a thread; it raises nothing.
            instead: what stands for a task that has not ended when the run is over, and why.
        """
        waiting = iter(tasks)
        running = {
            self._pool.submit(work, task): task for task in islice(waiting, self._size * AHEAD)
        }
        while running:
            done, _ = wait(running, timeout=POLL, return_when=FIRST_COMPLETED)
            reason = "" if done else self._over()
            if reason:
                self._hangs = True
                yield from (instead(task, reason) for task in (*running.values(), *waiting))
                return
            yield from self._ended(done, running)
            for task in islice(waiting, len(done)):
                running[self._pool.submit(work, task)] = task

    @staticmethod
    def _ended(done: set[Future[R]], running: dict[Future[R], T]) -> Iterator[R]:
        for one in done:
            del running[one]
            yield one.result()
