"""From flags to the request of one run: what contradicts itself is refused."""

from __future__ import annotations

import pytest

from esync import deliver
from esync.cli import wiring
from esync.cli.options import ClusterFlags, GuardFlags, InputFlags, SelectionFlags, StoreFlags
from esync.cli.wiring import BuiltIn, Usage
from esync.load import Selection

FILES = InputFlags(filename=["a.yaml"])
OFFLINE = ClusterFlags(offline=True)
CLUSTER = ClusterFlags(kubeconfig="/dev/null")
FROM_CLUSTER = SelectionFlags(from_cluster=True)


@pytest.mark.parametrize(
    ("inputs", "selection", "cluster", "said"),
    [
        (InputFlags(), SelectionFlags(), OFFLINE, "nothing to read"),
        (FILES, FROM_CLUSTER, CLUSTER, "exclude each other"),
        (InputFlags(kustomize=["k"]), FROM_CLUSTER, CLUSTER, "exclude each other"),
        (InputFlags(), FROM_CLUSTER, OFFLINE, "needs a cluster"),
        (FILES, SelectionFlags(all_namespaces=True), OFFLINE, "choose from the cluster"),
        (FILES, SelectionFlags(selector="a=b"), OFFLINE, "choose from the cluster"),
        (FILES, SelectionFlags(name=["app"]), OFFLINE, "choose from the cluster"),
        (InputFlags(filename=["-", "-"]), SelectionFlags(), OFFLINE, "only once"),
    ],
)
def test_contradictions_are_refused(
    inputs: InputFlags, selection: SelectionFlags, cluster: ClusterFlags, said: str
) -> None:
    """Before anything is read."""
    with pytest.raises(Usage, match=said):
        wiring.request(inputs, cluster, StoreFlags(), selection=selection)


@pytest.mark.parametrize(
    ("inputs", "flags", "chosen"),
    [
        (InputFlags(namespace="team"), FROM_CLUSTER, Selection(("team",))),
        (InputFlags(), FROM_CLUSTER, Selection(("default",))),
        (
            InputFlags(namespace="team"),
            SelectionFlags(from_cluster=True, all_namespaces=True, selector="a=b", name=["x"]),
            Selection((), "a=b", ("x",)),
        ),
    ],
)
def test_what_is_chosen_from_the_cluster(
    inputs: InputFlags, flags: SelectionFlags, chosen: Selection
) -> None:
    """One namespace, or all of them."""
    request = wiring.request(inputs, CLUSTER, StoreFlags(), selection=flags)

    assert request.load.selection == chosen


def test_the_cluster_may_be_trusted_by_its_name() -> None:
    """It is no path."""
    request = wiring.request(
        InputFlags(filename=["a"], trust=["cluster", "b"]), OFFLINE, StoreFlags()
    )

    assert request.load.trust_cluster
    assert request.load.trusted_paths == ("b",)


@pytest.mark.parametrize("guards", [None, GuardFlags()])
def test_without_flags_the_guards_are_closed(guards: GuardFlags | None) -> None:
    """For commands that have them and for those that write nothing."""
    request = wiring.request(FILES, OFFLINE, StoreFlags(), guards)

    assert request.guards == deliver.Guards()


def test_guards_are_opened_one_by_one() -> None:
    """Each flag opens its own."""
    flags = GuardFlags(adopt=True, delete_limit=0)

    guards = wiring.request(FILES, OFFLINE, StoreFlags(), flags).guards

    assert guards == deliver.Guards(adopt=True, allow_empty=False, delete_limit=0)


@pytest.mark.parametrize("words", ["1", "a/2", "0/0", "0/", "/2", "-1/2", "2/2", "0/2/3", "²/3"])
def test_a_part_that_is_none_is_refused(words: str) -> None:
    """Half of the objects would silently be left out."""
    with pytest.raises(Usage, match="--shard"):
        wiring.request(FILES, OFFLINE, StoreFlags(), shard=words)


@pytest.mark.parametrize(("words", "requests"), [("", 16), ("0/4", 4), ("3/32", 1)])
def test_a_part_has_its_part_of_the_requests(words: str, requests: int) -> None:
    """All parts together ask as much as the whole, and each asks at all."""
    request = wiring.request(FILES, OFFLINE, StoreFlags(concurrency=16), shard=words)

    assert request.concurrency == requests


@pytest.mark.parametrize(("words", "seconds"), [("90s", 90), ("1h30m", 5400), ("250ms", 0.25)])
def test_a_timeout(words: str, seconds: float) -> None:
    """As Go spells durations."""
    assert wiring.seconds(words) == seconds


@pytest.mark.parametrize("words", ["", "10", "soon", "0s", "-1m"])
def test_no_timeout(words: str) -> None:
    """A run without end, or one that is over before it starts, is not meant."""
    with pytest.raises(Usage, match="is no duration"):
        wiring.seconds(words)


def test_a_package_does_not_replace_what_is_built_in() -> None:
    """It would be handed credentials that were meant for us."""
    with pytest.raises(BuiltIn):
        wiring.request(FILES, OFFLINE, StoreFlags(allow_plugin=["vault"]))

    allowed = wiring.request(FILES, OFFLINE, StoreFlags(allow_plugin=["theirs"]))
    assert allowed.load.plugins == frozenset({"theirs"})


def test_a_command_that_looks_at_the_cluster_is_not_offline() -> None:
    """It says which command."""
    wiring.require_cluster(ClusterFlags(), "apply")

    with pytest.raises(Usage, match="apply needs a cluster"):
        wiring.require_cluster(OFFLINE, "apply")
