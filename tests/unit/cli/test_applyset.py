"""How ``--applyset`` is named, and which flags go together."""

from __future__ import annotations

import pytest

from esync.cli.applyset import SetFlags, chosen, named, spelled
from esync.cli.wiring import Usage
from esync.cluster.contract import CONFIG_MAPS, SECRETS
from esync.flow.applyset import ApplySet, SetOptions
from esync.load import LoadRequest


@pytest.mark.parametrize("words", ["team", "secret/team", "secrets/team", "Secrets/team"])
def test_a_secret_is_the_parent_unless_said_otherwise(words: str) -> None:
    """As in kubectl."""
    assert named(words, "ns") == ApplySet(SECRETS, "ns", "team")


@pytest.mark.parametrize(
    "words", ["configmap/team", "configmaps/team", "cm/team", "configmaps./team"]
)
def test_a_config_map_can_be_the_parent(words: str) -> None:
    """By any of its names; the group of the core is empty."""
    assert named(words, "ns") == ApplySet(CONFIG_MAPS, "ns", "team")


@pytest.mark.parametrize(
    "words",
    [
        "",
        "/team",
        "secrets/",
        "deployments.apps/team",
        "a/b/c",
        "Team",
        "../team",
        "a b",
        "x" * 254,
    ],
)
def test_everything_else_is_refused(words: str) -> None:
    """Before anything is read."""
    with pytest.raises(Usage):
        named(words, "ns")


def test_the_set_is_in_the_namespace_of_the_run() -> None:
    """What -n says, else the context's."""
    flags = SetFlags(applyset="team", prune=True)

    assert chosen(SetFlags(), LoadRequest()) is None
    assert chosen(flags, LoadRequest(default_namespace="d")) == SetOptions(
        ApplySet(SECRETS, "d", "team"), prune=True
    )
    found = chosen(flags, LoadRequest(namespace="n", default_namespace="d"), allow_empty=True)
    assert found == SetOptions(ApplySet(SECRETS, "n", "team"), prune=True, allow_empty=True)


@pytest.mark.parametrize(
    ("flags", "allow_empty", "said"),
    [
        (SetFlags(prune=True), False, "needs a set"),
        (SetFlags(applyset="team"), True, "without --prune"),
    ],
)
def test_flags_that_stand_alone_are_refused(
    flags: SetFlags, said: str, *, allow_empty: bool
) -> None:
    """Else they would seem to do something."""
    with pytest.raises(Usage, match=said):
        chosen(flags, LoadRequest(), allow_empty=allow_empty)


def test_flags_are_handed_on() -> None:
    """As the arguments of a CronJob; one of several Pods does not see the whole set."""
    assert spelled(SetFlags(), 4) == ()
    assert spelled(SetFlags(applyset="cm/team"), 4) == ("--applyset=cm/team",)
    assert spelled(SetFlags(applyset="t", prune=True), 1) == ("--applyset=t", "--prune")
    with pytest.raises(Usage, match="--shards"):
        spelled(SetFlags(applyset="t", prune=True), 4)
