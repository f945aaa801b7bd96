"""A run split over machines: each ExternalSecret in one part, those that belong together in one."""

from __future__ import annotations

from collections import Counter

import pytest

from esync.errors import EsyncError, Location
from esync.flow.failure import Failure
from esync.flow.plan import Planned
from esync.manifests.document import Document, ObjectRef
from esync.manifests.externalsecret import ExternalSecret, ExternalSecretSpec
from esync.resolve.shards import Shard, failures_of, share_of


def planned(name: str, namespace: str = "ns", target: str = "") -> Planned:
    """Return an ExternalSecret that asks nothing."""
    document = Document("v1", "ExternalSecret", namespace, name, {}, Location("x", 1), {})
    one = ExternalSecret(name, namespace, ExternalSecretSpec(), document)
    return Planned(one, ObjectRef("Secret", namespace, target or name), ())


MANY = [planned(f"app-{number}", f"team-{number % 7}") for number in range(1000)]


def parts(
    count: int, some: list[Planned], needs: dict[ObjectRef, set[ObjectRef]] | None = None
) -> list[set[ObjectRef]]:
    """Return the names in each part."""
    shards = [Shard(index, count) for index in range(count)]
    return [{one.ref for one in share_of(shard, some, needs or {}).planned} for shard in shards]


@pytest.mark.parametrize("count", range(1, 13))
def test_each_is_in_exactly_one_part(count: int) -> None:
    """Whatever the number of parts."""
    found = Counter(ref for part in parts(count, MANY) for ref in part)

    assert found == Counter(one.ref for one in MANY)


def test_the_parts_are_about_equal() -> None:
    """Of a thousand, four parts have between 200 and 300 each."""
    assert all(200 < len(part) < 300 for part in parts(4, MANY))


@pytest.mark.parametrize(
    ("namespace", "name", "part"),
    [("orders", "database", 0), ("orders", "cache", 2), ("billing", "database", 1), ("", "x", 0)],
)
def test_the_split_depends_on_names_alone(namespace: str, name: str, part: int) -> None:
    """The first 16 hex digits of `printf namespace/name | sha256sum`, modulo four, for ever."""
    assert [index for index in range(4) if Shard(index, 4).holds(namespace, name)] == [part]


def test_fewer_others_change_nothing() -> None:
    """An ExternalSecret stays where it is when others come and go."""
    before, after = parts(4, MANY), parts(4, MANY[::3])

    assert all(later <= earlier for earlier, later in zip(before, after, strict=True))


def test_chains_stay_together() -> None:
    """Those that wait for one another are in one part: that of the first by name."""
    needs = {MANY[n].ref: {MANY[n + 1].ref} for n in range(20)}

    (home,) = [part for part in parts(4, MANY, needs) if MANY[0].ref in part]

    assert {one.ref for one in MANY[:21]} <= home
    first = min(one.ref for one in MANY[:21])
    (index,) = [n for n in range(4) if Shard(n, 4).holds(first.namespace, first.name)]
    assert share_of(Shard(index, 4), MANY, needs).together == 21


def test_writers_of_one_target_stay_together() -> None:
    """So that they do not write over one another."""
    some = [planned(f"writer-{n}", target="both") for n in range(9)]

    assert sorted(map(len, parts(4, some))) == [0, 0, 0, 9]


def test_a_failure_is_told_by_one_part() -> None:
    """That of its ExternalSecret; what concerns no one in particular is told by all."""
    error = EsyncError("broken")
    failures = [Failure(MANY[0].ref, error), Failure(None, error)]

    told = [len(failures_of(Shard(index, 4), failures)) for index in range(4)]

    assert sorted(told) == [1, 1, 1, 2]


def test_a_number_is_divided() -> None:
    """Ten over four parts are 3, 3, 2, 2; no part gets nothing."""
    assert [Shard(index, 4).portion(10) for index in range(4)] == [3, 3, 2, 2]
    assert [Shard(index, 4).portion(2) for index in range(4)] == [1, 1, 1, 1]
