"""The flags of restarts: what they mean, what contradicts, and how they are handed on."""

from __future__ import annotations

from typing import Any

import pytest

from esync.cli.rotation import Restart, RestartFlags, chosen, deployed, spelled
from esync.cli.wiring import Usage
from esync.rollouts import LIMIT, Mode

ANNOTATED = RestartFlags(restart=Restart.ANNOTATED)


def test_nothing_is_restarted_by_default() -> None:
    """Then no permission is asked for either."""
    assert chosen(RestartFlags()).mode is Mode.NONE
    assert deployed(RestartFlags()) is None
    assert list(spelled(RestartFlags(reloader="r"), wait=False)) == []


def test_the_limit_is_that_of_the_room() -> None:
    """Twenty workloads, wherever it is written down."""
    assert chosen(ANNOTATED).limit == LIMIT == 20


@pytest.mark.parametrize(
    ("flags", "wait", "said"),
    [
        (RestartFlags(), True, "--wait has no meaning without --restart"),
        (RestartFlags(restart_on_create=True), False, "--restart-on-create has no meaning"),
        (RestartFlags(restart_mounted=True), False, "--restart-mounted has no meaning"),
        (RestartFlags(restart_limit=5), False, "--restart-limit has no meaning"),
        (
            RestartFlags(restart=Restart.ANNOTATED, restart_mounted=True),
            False,
            "--restart-mounted belongs to --restart consumers",
        ),
        (RestartFlags(reloader="a/b"), False, '--reloader "a/b" names no namespace'),
    ],
)
def test_what_makes_no_sense(flags: RestartFlags, said: str, *, wait: bool) -> None:
    """It is told before anything is read."""
    with pytest.raises(Usage, match=said):
        chosen(flags, wait=wait)


@pytest.mark.parametrize(
    ("flags", "wait", "words"),
    [
        (ANNOTATED, False, ["--restart=annotated", "--reloader=none"]),
        (
            RestartFlags(Restart.CONSUMERS, 5, restart_mounted=True, reloader="tools"),
            True,
            [
                "--restart=consumers",
                "--restart-limit=5",
                "--restart-mounted",
                "--reloader=tools",
                "--wait",
            ],
        ),
        (
            RestartFlags(Restart.ANNOTATED, restart_on_create=True),
            False,
            ["--restart=annotated", "--restart-on-create", "--reloader=none"],
        ),
    ],
)
def test_a_cronjob_gets_the_same_flags(
    flags: RestartFlags, words: list[str], *, wait: bool
) -> None:
    """And looks for a Reloader where it may look, or nowhere."""
    assert list(spelled(flags, wait=wait)) == words


@pytest.mark.parametrize(("reloader", "minded"), [("", ""), ("none", ""), ("tools", "tools")])
def test_what_is_permitted(reloader: str, minded: str) -> None:
    """To read what a Reloader publishes, in the namespace where it runs."""
    found: Any = deployed(RestartFlags(Restart.CONSUMERS, reloader=reloader), wait=True)

    assert (found.wait, found.reloader) == (True, minded)
