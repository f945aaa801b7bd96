"""When a run ends early: its time, or a signal."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
import typer

from esync.cli.ending import Ending
from esync.cli.session import leave

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def _signals() -> Iterator[None]:
    """Give back the handlers of the signals."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_time() -> None:
    """It is over when it is over."""
    assert Ending(60).over() == ""
    assert Ending(0).over() == "the time for this run is over (--timeout)"


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize(
    ("number", "words", "code"),
    [(signal.SIGINT, "SIGINT came", 130), (signal.SIGTERM, "SIGTERM came", 143)],
)
def test_a_signal(number: signal.Signals, words: str, code: int) -> None:
    """The run ends in order and leaves with the shell's code; a second one ends it at once."""
    ending = Ending(60)
    ending.watch()

    os.kill(os.getpid(), number)

    assert ending.over() == words
    assert signal.getsignal(number) is signal.SIG_DFL
    with pytest.raises(typer.Exit) as left:
        leave(1, ending)
    assert left.value.exit_code == code
    ending.pause(60)  # there is nothing to wait for


def test_a_pause_ends_with_the_time_of_the_run() -> None:
    """However long it was to be."""
    ending = Ending(0.01)

    ending.pause(60)

    assert ending.over()


def test_without_a_signal_the_code_is_the_runs() -> None:
    """As the contract says."""
    with pytest.raises(typer.Exit) as left:
        leave(1, Ending(60))

    assert left.value.exit_code == 1
