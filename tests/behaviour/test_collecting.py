"""Which key gets which value: data, dataFrom, their order and their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench


def test_data_wins_over_data_from(bench: Workbench) -> None:
    """A key under `data` replaces the one that `dataFrom` brought, wherever it stands."""
    bench.store("vault", {"db": '{"user": "app", "password": "old"}', "rotated": "new"})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        data: [{secretKey: password, remoteRef: {key: rotated}}]
        dataFrom: [{extract: {key: db}}]
    """)

    assert bench.rendered() == {"user": "app", "password": "new"}


def test_later_data_from_entries_win(bench: Workbench) -> None:
    """Among dataFrom entries the last one counts."""
    bench.store("vault", {"one": '{"k": "1", "a": "1"}', "two": '{"k": "2"}'})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        dataFrom: [{extract: {key: one}}, {extract: {key: two}}]
    """)

    assert bench.rendered() == {"a": "1", "k": "2"}


def test_extract_keeps_the_text_of_members(bench: Workbench) -> None:
    """Strings are unquoted, null is empty, everything else keeps its spelling."""
    bench.store("vault", {"db": '{"s": "t", "n": 1.50, "o": {"b" :  1}, "z": null, "b": true}'})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        dataFrom: [{extract: {key: db}}]
    """)

    assert bench.rendered() == {"s": "t", "n": "1.50", "o": '{"b" :  1}', "z": "", "b": "true"}


def test_an_entry_may_name_its_own_store(bench: Workbench) -> None:
    """sourceRef.storeRef beats spec.secretStoreRef."""
    bench.store("one", {"k": "from one"})
    bench.store("two", {"k": "from two"})
    bench.external_secret("""
        secretStoreRef: {name: one}
        data:
        - {secretKey: a, remoteRef: {key: k}}
        - {secretKey: b, remoteRef: {key: k}, sourceRef: {storeRef: {name: two}}}
    """)

    assert bench.rendered() == {"a": "from one", "b": "from two"}


def test_keys_are_converted_unless_there_is_a_rewrite(bench: Workbench) -> None:
    """A rewrite list turns conversion off, even if none of its rules matches."""
    bench.store("vault", {"a/b": "v"})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        dataFrom: [{find: {name: {regexp: .*}, conversionStrategy: Unicode}}]
    """)
    assert bench.rendered() == {"a_U002f_b": "v"}

    bench.store("json", {"doc": '{"a/b": "v"}'})
    bench.external_secret("""
        secretStoreRef: {name: json}
        dataFrom:
        - extract: {key: doc}
          rewrite: [{regexp: {source: nothing, target: x}}]
    """)
    assert "a key from the store" in bench.failure(rule="ES0321")


def test_a_missing_secret_fails_everything_when_retained(bench: Workbench) -> None:
    """With deletionPolicy Retain one missing remote secret aborts the sync."""
    bench.store("vault", {"there": "v"})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        data:
        - {secretKey: a, remoteRef: {key: there}}
        - {secretKey: b, remoteRef: {key: missing}}
    """)

    bench.failure(rule="ES0301")


@pytest.mark.parametrize("policy", ["Delete", "Merge"])
def test_a_missing_secret_is_left_out_otherwise(bench: Workbench, policy: str) -> None:
    """With Delete or Merge the others are synced, and the report tells what was missing."""
    bench.store("vault", {"there": "v"})
    bench.external_secret(f"""
        secretStoreRef: {{name: vault}}
        target: {{deletionPolicy: {policy}}}
        data:
        - {{secretKey: a, remoteRef: {{key: there}}}}
        - {{secretKey: b, remoteRef: {{key: missing}}}}
    """)

    assert bench.rendered() == {"a": "v"}


def test_nothing_found_and_retain_makes_nothing(bench: Workbench) -> None:
    """A find without matches is no failure; with Retain no Secret is made."""
    bench.store("vault", {"there": "v"})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        dataFrom: [{find: {name: {regexp: ^nothing$}}}]
    """)

    outcome = bench.render()

    assert (outcome.failures, outcome.secrets) == ((), ())


def test_find_is_a_search_and_not_a_match(bench: Workbench) -> None:
    """Regular expressions of find are not anchored."""
    bench.store("vault", {"dev-db": "1", "prod-db": "2", "other": "3"})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        dataFrom: [{find: {name: {regexp: db}}}]
    """)

    assert bench.rendered() == {"dev-db": "1", "prod-db": "2"}


def test_one_bad_object_never_stops_the_others(bench: Workbench) -> None:
    """The good one is rendered, the bad one is a failure of its own."""
    bench.store("vault", {"k": "v"})
    good = "{secretStoreRef: {name: vault}, data: [{secretKey: k, remoteRef: {key: k}}]}"
    bench.external_secret(good, name="good")
    bench.external_secret(good.replace("vault", "absent"), name="bad")

    outcome = bench.render()

    assert [one.ref.name for one in outcome.secrets] == ["good"]
    assert [str(one.ref) for one in outcome.failures] == [f"ExternalSecret {bench.namespace}/bad"]
