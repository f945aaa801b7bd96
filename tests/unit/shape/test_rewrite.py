"""Rewrite: key names changed by rule, JSON values merged into keys."""

from __future__ import annotations

import pytest

from esync.manifests.externalsecret import (
    ConflictPolicy,
    MergeStrategy,
    PriorityPolicy,
    Rewrite,
    RewriteMerge,
    RewriteRegexp,
    RewriteTransform,
)
from esync.secret import SecretValue
from esync.shape.chance import Chance
from esync.shape.errors import RewriteFailed
from esync.shape.rewrite import rewrite

CHANCE = Chance(clock=lambda: 0, random=lambda count: b"\0" * count)


def values(**pairs: str) -> dict[str, SecretValue]:
    """Return values by key."""
    return {key: SecretValue(text.encode()) for key, text in pairs.items()}


def plain(found: object) -> dict[str, str]:
    """Return what a map of values holds, as text."""
    assert isinstance(found, dict)
    return {key: value.reveal().decode() for key, value in found.items()}


@pytest.mark.parametrize(
    ("source", "target", "key", "expected"),
    [
        ("(.*)", "dev-$1", "abc", "dev-abc"),
        ("a*", "x", "baaac", "xbxcx"),
        ("(.*)", "${1}_x", "abc", "abc_x"),
        ("(.*)", "$1_x", "abc", ""),
        ("^", "pre_", "abc", "pre_abc"),
        ("x*", "-", "abc", "-a-b-c-"),
        ("nothing", "x", "abc", "abc"),
        ("b", "$$", "abc", "a$c"),
        ("b", "\\1", "abc", "a\\1c"),
    ],
)
def test_regexp_replaces_as_go_does(source: str, target: str, key: str, expected: str) -> None:
    """Every non-overlapping match is replaced, and ``$`` means what it means in Go."""
    done = rewrite(values(**{key: "v"}), [Rewrite(regexp=RewriteRegexp(source, target))], CHANCE)

    assert list(done.values) == [expected]


def test_collisions_are_counted_and_the_last_in_order_wins() -> None:
    """Two keys with one new name: the last in sorted order stays, and it is told."""
    before = values(b="second", a="first")

    done = rewrite(before, [Rewrite(regexp=RewriteRegexp(".", "same"))], CHANCE)

    assert plain(dict(done.values)) == {"same": "second"}
    assert done.collisions == 1


def test_transform_sees_the_key_and_prints_no_value_for_the_rest() -> None:
    """``.value`` is the key; other fields render as ``<no value>`` instead of failing."""
    operations = [Rewrite(transform=RewriteTransform("{{ .value | upper }}_{{ .other }}"))]

    done = rewrite(values(key="v"), operations, CHANCE)

    assert list(done.values) == ["KEY_<no value>"]


def test_operations_run_on_what_the_one_before_left() -> None:
    """Each operation sees the keys that the one before made."""
    operations = [
        Rewrite(regexp=RewriteRegexp("^", "a-")),
        Rewrite(transform=RewriteTransform("{{ .value | upper }}")),
        Rewrite(),
    ]

    assert list(rewrite(values(key="v"), operations, CHANCE).values) == ["A-KEY"]


def test_merge_extracts_members_as_go_prints_them() -> None:
    """Strings lose their quotes; numbers go through float64; containers are compact JSON."""
    source = (
        '{"text": "t", "big": 12345678901234567890, "one": 1.0, "hundred": 1e2, "yes": true,'
        ' "none": null, "object": {"b": 1, "a": "<"}, "list": [1, "2"]}'
    )

    done = rewrite(values(only=source), [Rewrite(merge=RewriteMerge())], CHANCE)

    assert plain(dict(done.values)) == {
        "text": "t",
        "big": "12345678901234567000",
        "one": "1",
        "hundred": "100",
        "yes": "true",
        "none": "",
        "object": '{"a":"\\u003c","b":1}',
        "list": '[1,"2"]',
    }
    assert done.from_values == frozenset(done.values)


def test_merge_priority_wins_only_when_conflicts_are_ignored() -> None:
    """The last priority entry has the highest precedence; conflicts fail all the same."""
    before = values(a='{"k": "a"}', b='{"k": "b"}', c='{"k": "c"}')
    ordered = RewriteMerge(priority=("b", "a"))
    ignoring = RewriteMerge(priority=("b", "a"), conflict_policy=ConflictPolicy.IGNORE)

    with pytest.raises(RewriteFailed, match="more than one value"):
        rewrite(before, [Rewrite(merge=ordered)], CHANCE)

    done = rewrite(before, [Rewrite(merge=ignoring)], CHANCE)
    assert plain(dict(done.values)) == {"k": "a"}


def test_merge_needs_its_priority_keys_unless_told_otherwise() -> None:
    """A priority key that is not there is an error, or skipped."""
    strict = RewriteMerge(priority=("missing",))
    lax = RewriteMerge(priority=("missing",), priority_policy=PriorityPolicy.IGNORE_NOT_FOUND)

    with pytest.raises(RewriteFailed, match=r"priority\[0\]"):
        rewrite(values(a="{}"), [Rewrite(merge=strict)], CHANCE)

    assert rewrite(values(a='{"x": "y"}'), [Rewrite(merge=lax)], CHANCE).values


def test_merge_as_json_keeps_the_originals() -> None:
    """Strategy JSON adds one key; nothing is escaped for HTML, and members are sorted."""
    operation = RewriteMerge(into="all", strategy=MergeStrategy.JSON)
    before = values(b='{"z": "<&>", "n": 1.50}', a='{"y": null}')

    done = rewrite(before, [Rewrite(merge=operation)], CHANCE)

    assert plain(dict(done.values)) == {
        "b": '{"z": "<&>", "n": 1.50}',
        "a": '{"y": null}',
        "all": '{"n":1.5,"y":null,"z":"<&>"}',
    }


@pytest.mark.parametrize("value", ["", "[]", "3", '"text"', "{", "{} x"])
def test_merge_takes_objects_only(value: str) -> None:
    """Anything but a JSON object is an error that does not quote it."""
    with pytest.raises(RewriteFailed) as caught:
        rewrite(values(a=value), [Rewrite(merge=RewriteMerge())], CHANCE)

    assert caught.value.message == "rewrite[0]: merge: a value is no JSON object"


def test_merge_counts_null_as_empty() -> None:
    """A document that is just null brings nothing."""
    assert not rewrite(values(a="null"), [Rewrite(merge=RewriteMerge())], CHANCE).values


def test_merge_into_nothing_is_refused() -> None:
    """Strategy JSON needs to know its key."""
    operation = Rewrite(merge=RewriteMerge(strategy=MergeStrategy.JSON))

    with pytest.raises(RewriteFailed, match="needs into"):
        rewrite(values(a="{}"), [operation], CHANCE)
