"""One call to one store: through its gate, again when it throttles, its failure as a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, assert_never

from esync.errors import EsyncError
from esync.fetch.gate import TRIES, TRIES_IF_BUSY, Gate, wait_before
from esync.fetch.planner import READ_MANY
from esync.flow.fetched import Answer
from esync.flow.plan import Operation
from esync.payload.keys import convert_keys
from esync.providers.contract import (
    AccessDenied,
    AnnouncesCalls,
    Busy,
    Finds,
    NoSecret,
    Provider,
    ReadsMany,
    ReadsMetadata,
    Throttled,
    Unavailable,
    Unsupported,
)
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from esync.fetch.pace import Pace
    from esync.flow.plan import Ask
    from esync.payload.payload import Payload

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asking:
    """How one store is asked.

    Attributes:
        provider: its client.
        gate: how much of it may be under way.
        pace: tells how long to wait before an operation.
        count: told the operation of each call that is made.
        over: says why nothing more shall be started, else nothing.
        wait: sleeps so many seconds, or less when the run ends.
    """

    provider: Provider
    gate: Gate
    pace: Pace
    count: Callable[[str], None]
    over: Callable[[], str]
    wait: Callable[[float], object]

    def single(self, ask: Ask) -> Answer:
        """Ask one question."""
        try:
            return self._patiently(ask.operation.value, lambda: self._answer(ask))
        except EsyncError as error:
            return failed(error)

    def batch(self, asks: Sequence[Ask]) -> tuple[Mapping[Ask, Answer], bool]:
        """Ask many at once; what that leaves open is asked alone.

        Returns:
            An answer for each, and whether the batch call is permitted at all.
        """
        found: Mapping[tuple[str, str], Payload | EsyncError] = {}
        permitted = True
        try:
            found = self._patiently(READ_MANY, lambda: self._read_many(asks))
        except AccessDenied:
            permitted = False
        except EsyncError as error:
            return dict.fromkeys(asks, failed(error)), True
        answers = {}
        for ask in asks:
            one = found.get((ask.key, ask.version))
            if one is None:
                answers[ask] = self.single(ask)
            else:
                answers[ask] = failed(one) if isinstance(one, EsyncError) else Answer(payload=one)
        return answers, permitted

    def _patiently(self, operation: str, call: Callable[[], T]) -> T:
        """Make a call; when the store asks to slow down or is busy, make it again later.

        Raises:
            EsyncError: it failed, or was not made because the run or the store's time is over.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._once(operation, call)
            except Busy as error:
                is_throttled = isinstance(error, Throttled)
                if attempt >= (TRIES if is_throttled else TRIES_IF_BUSY):
                    if not is_throttled:
                        self.gate.silent(error.message)
                    raise
                asked = error.retry_after
            from random import random  # 1 ms, for those who are throttled

            self.wait(wait_before(attempt, asked, random()))  # noqa: S311 - spreads waits

    def _once(self, operation: str, call: Callable[[], T]) -> T:
        pause = self.pace.delay(operation)
        if pause:
            self.wait(pause)
        self.gate.enter()
        try:
            reason = self.over()
            if reason:
                raise Unavailable(f"not asked: {reason}")
            if self.gate.reason:
                raise Unavailable(f"not asked again: {self.gate.reason}")
            self.count(operation)
            return self._observed(call)
        finally:
            self.gate.leave()

    def _observed(self, call: Callable[[], T]) -> T:
        """Make the call, and let the gate learn from how it went."""
        try:
            found = call()
        except Throttled:
            self.gate.throttled()
            raise
        except Busy:
            raise  # the gate learns of it when its last try failed
        except Unavailable as error:
            self.gate.silent(error.message)
            raise
        except EsyncError:
            self.gate.answered()
            raise
        self.gate.answered()
        return found

    def _read_many(self, asks: Sequence[Ask]) -> Mapping[tuple[str, str], Payload | EsyncError]:
        if not isinstance(self.provider, ReadsMany):
            return {}
        return self.provider.read_many([(ask.key, ask.version) for ask in asks])

    def _answer(self, ask: Ask) -> Answer:
        provider = self.provider
        match ask.operation:
            case Operation.READ:
                return Answer(payload=provider.read(ask.key, ask.version))
            case Operation.METADATA:
                if isinstance(provider, ReadsMetadata):
                    return Answer(payload=provider.read_metadata(ask.key, ask.version))
                # ESO does so too: a store without metadata gives the value instead.
                return Answer(payload=provider.read(ask.key, ask.version))
            case Operation.FIND:
                return self._find(ask)
            case _:
                assert_never(ask.operation)

    def _find(self, ask: Ask) -> Answer:
        if not isinstance(self.provider, Finds) or ask.find is None:
            raise Unsupported(
                f"dataFrom.find: the provider of {ask.use.store} cannot search",
                hint="name the keys, under data or dataFrom.extract",
            )
        provider: Finds = self.provider
        if isinstance(provider, AnnouncesCalls):
            provider = provider.announcing(self._turn)
        found = provider.find(ask.find)
        if self.provider.converts_found_keys:
            found = convert_keys(found, ask.find.conversion_strategy)
        return Answer(found=found)

    def _turn(self, request: str) -> None:
        """Wait until one call of a search may be made.

        Raises:
            Unavailable: the run is over.
        """
        pause = self.pace.delay_of((request,))
        if pause:
            self.wait(pause)
        reason = self.over()
        if reason:
            raise Unavailable(f"not searched to the end: {reason}")


def failed(error: EsyncError) -> Answer:
    """Return an error as an answer."""
    return Answer(error=error, no_secret=isinstance(error, NoSecret))
