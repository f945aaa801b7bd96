"""Calls are spread as the service permits."""

from __future__ import annotations

import pytest

from esync.fetch.pace import READ_MANY, Pace
from esync.providers.tariff import Calling, Limit, Tariff

BATCHES = Limit(("Batch",), 100, 1, "account")
READS = Limit(("Get", "Describe"), 40, 10, "account")


class Clock:
    """Time that goes when it is told."""

    now = 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


def pace(clock: Clock) -> Pace:
    """Return the pace of a service with two limits."""
    tariff = Tariff("service", "2026-11", (), limits=(BATCHES, READS))
    return Pace(Calling(tariff, read=("Describe", "Get"), read_many="Batch"), clock)


def test_what_a_window_permits_comes_at_once() -> None:
    """A hundred batches do not wait; the next ones come a hundredth of a second apart."""
    one = pace(Clock())

    assert [one.delay(READ_MANY) for _ in range(100)] == [0.0] * 100
    assert [one.delay(READ_MANY) for _ in range(3)] == pytest.approx([0.01, 0.02, 0.03])


def test_time_brings_calls_back_up_to_a_window() -> None:
    """After half a second fifty more may come, and never more than a hundred at once."""
    clock = Clock()
    one = pace(clock)
    for _ in range(100):
        one.delay(READ_MANY)
    clock.now = 0.5
    assert [one.delay(READ_MANY) for _ in range(51)][-1] == pytest.approx(0.01)
    clock.now = 100.0
    assert [one.delay(READ_MANY) for _ in range(101)][-1] == pytest.approx(0.01)


def test_an_operation_of_several_calls_takes_several() -> None:
    """Twenty reads of two calls each fill a limit of forty; limits do not mix."""
    one = pace(Clock())

    assert [one.delay("read") for _ in range(20)] == [0.0] * 20
    assert one.delay("read") == pytest.approx(0.5)
    assert one.delay(READ_MANY) == 0.0


def test_a_search_takes_its_calls_one_by_one() -> None:
    """It takes nothing before it begins; then each of its calls counts with all others."""
    one = pace(Clock())

    assert one.delay("find") == 0.0
    assert [one.delay_of(("Get",)) for _ in range(39)] == [0.0] * 39
    assert one.delay("read") == pytest.approx(0.25)
    assert one.delay_of(("Unheard of",)) == 0.0


def test_a_service_without_limits_is_not_slowed() -> None:
    """Nothing is known, nothing waits."""
    one = Pace(Calling(), Clock())

    assert {one.delay("read") for _ in range(1000)} == {0.0}
