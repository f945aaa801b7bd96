"""The mark on a Secret that says when its data changed."""

from __future__ import annotations

import pytest

from esync.flow.kubernetes import ManagedEntry, SecretObject
from esync.rollouts.marks import Mark, changed_at, mark_of, marked, settled

NAME = "esync.dev/data-changed"
HASH = "reconcile.external-secrets.io/data-hash"
NOW = 1_700_000_000


def test_a_mark_is_written_and_read() -> None:
    """Time, digest of the data, and that something is still to be done; until it is done."""
    secret = marked(SecretObject("n", "db", annotations={HASH: "abc", "x": "y"}), NOW * 10**9 + 5)

    assert secret.annotations == {HASH: "abc", "x": "y", NAME: "2023-11-14T22:13:20Z abc pending"}
    assert mark_of(secret.annotations) == Mark(NOW, "abc", pending=True)
    done = settled(secret.annotations)
    assert done[NAME] == "2023-11-14T22:13:20Z abc"
    assert mark_of(done) == Mark(NOW, "abc", pending=False)


@pytest.mark.parametrize("text", ["", "pending", "yesterday abc pending", "99999-01-01 x pending"])
def test_what_is_no_mark(text: str) -> None:
    """It is as if there were none."""
    assert mark_of({NAME: text}) is None


def test_the_mark_tells_when_data_changed() -> None:
    """As long as it fits the data and is not of the time to come."""
    secret = marked(SecretObject("n", "db", annotations={HASH: "abc"}), NOW * 10**9)

    assert changed_at(secret, NOW) == (NOW, True)
    assert changed_at(secret, NOW - 1) is None


def test_without_a_mark_the_last_write_of_data_counts() -> None:
    """By anybody who owns data; what wrote labels alone does not count."""
    keys = frozenset({"k"})
    managed = (
        ManagedEntry("a", keys, time="2023-11-14T22:00:00Z"),
        ManagedEntry("b", keys, time="2023-11-14T22:13:20Z"),
        ManagedEntry("c", labels=keys, time="2023-11-15T00:00:00Z"),
    )
    unfit = {HASH: "new", NAME: "2023-11-14T22:30:00Z old"}

    assert changed_at(SecretObject("n", "db", managed=managed), NOW) == (NOW, False)
    fallen_back = SecretObject("n", "db", annotations=unfit, managed=managed)
    assert changed_at(fallen_back, NOW + 10_000) == (NOW, False)
    assert changed_at(SecretObject("n", "db"), NOW) is None
