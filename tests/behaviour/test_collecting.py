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


def test_rewrite_comes_before_the_check_of_keys(bench: Workbench) -> None:
    """What a store calls a/b is fine once it is renamed; a key without a name is dropped."""
    bench.store("vault", {"doc": '{"a/b": "1", "drop/me": "2", "c": "3"}'})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        dataFrom:
        - extract: {key: doc}
          rewrite:
          - regexp: {source: ^drop.*, target: ""}
          - regexp: {source: /, target: _}
    """)

    assert bench.rendered() == {"a_b": "1", "c": "3"}


def test_an_empty_list_of_rewrites_is_none(bench: Workbench) -> None:
    """Keys are converted then."""
    bench.store("vault", {"doc": '{"a/b": "1"}'})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        dataFrom: [{extract: {key: doc}, rewrite: []}]
    """)

    assert bench.rendered() == {"a_b": "1"}


def test_operations_run_one_after_the_other(bench: Workbench) -> None:
    """Merge first, then rename what it made; decoding comes last."""
    bench.store("vault", {"one": '{"user": "YXBw"}', "two": '{"pass": "czNjcmV0"}'})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        dataFrom:
        - find: {name: {regexp: .*}, decodingStrategy: Base64}
          rewrite:
          - merge: {}
          - regexp: {source: "^", target: db_}
          - transform: {template: "{{ .value | upper }}"}
    """)

    assert bench.rendered() == {"DB_PASS": "s3cret", "DB_USER": "app"}


def test_a_collision_of_rewrites_is_told(bench: Workbench) -> None:
    """The last in sorted order wins, on purpose always the same."""
    bench.store("vault", {"a1": "first", "a2": "last"})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        dataFrom:
        - find: {name: {regexp: .*}}
          rewrite: [{regexp: {source: "[0-9]", target: ""}}]
    """)

    assert bench.rendered() == {"a": "last"}
    done = bench.applied()
    assert any("rewrite" in note for note in done.notes)


@pytest.mark.parametrize(
    ("strategy", "keys", "expected"),
    [
        ("Default", "a/b", ["a_b"]),
        ("Default", "a b.c-d_e", ["a_b.c-d_e"]),
        ("Unicode", "a/b", ["a_U002f_b"]),
        ("Unicode", "\N{GRINNING FACE}", ["_U1f600_"]),
        ("Default", "é½", ["é½"]),
    ],
)
def test_conversion_is_per_code_point(
    bench: Workbench, strategy: str, keys: str, expected: list[str]
) -> None:
    """Letters and numbers of any script stay, as with the operator; an API server refuses some."""
    bench.store("vault", {"doc": f'{{"{keys}": "v"}}'})
    bench.external_secret(f"""
        secretStoreRef: {{name: vault}}
        dataFrom: [{{extract: {{key: doc, conversionStrategy: {strategy}}}}}]
    """)

    assert list(bench.rendered()) == expected


def test_two_keys_that_convert_alike_are_an_error(bench: Workbench) -> None:
    """No value is lost silently; Unicode tells them apart."""
    bench.store("vault", {"doc": '{"a/b": "1", "a:b": "2"}'})
    spec = "secretStoreRef: {name: vault}\ndataFrom: [{extract: {key: doc, conversionStrategy: C}}]"
    bench.external_secret(spec.replace("C}", "Default}"))
    bench.failure(rule="ES0320")

    bench.external_secret(spec.replace("C}", "Unicode}"))
    assert bench.rendered() == {"a_U002f_b": "1", "a_U003a_b": "2"}


@pytest.mark.parametrize("length", [253, 254])
def test_keys_have_at_most_253_bytes(bench: Workbench, length: int) -> None:
    """As the API server has it."""
    bench.store("vault", {"doc": f'{{"{"k" * length}": "v"}}'})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        dataFrom: [{extract: {key: doc}}]
    """)

    if length == 253:
        assert bench.rendered() == {"k" * length: "v"}
    else:
        bench.failure(rule="ES0321")


def test_zero_bytes_are_refused_after_decoding(bench: Workbench) -> None:
    """With nullBytePolicy Fail, of data, extract and find; without it they stay."""
    bench.store("vault", {"bin": "AAE=", "doc": '{"k": "AAE="}'})
    for entry in (
        "data: [{secretKey: k, remoteRef: {key: bin, decodingStrategy: Base64POLICY}}]",
        "dataFrom: [{extract: {key: doc, decodingStrategy: Base64POLICY}}]",
        "dataFrom: [{find: {name: {regexp: bin}, decodingStrategy: Base64POLICY}}]",
    ):
        spec = "secretStoreRef: {name: vault}\n" + entry
        bench.external_secret(spec.replace("POLICY", ", nullBytePolicy: Fail"))
        bench.failure(rule="ES0403")
        bench.external_secret(spec.replace("POLICY", ""))
        assert list(bench.rendered().values()) == ["\0\1"]


def test_properties_and_versions(bench: Workbench) -> None:
    """A property looks into the value, and extract takes what it finds apart."""
    bench.document(
        "store",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "SecretStore",
            "metadata": {"name": "vault"},
            "spec": {
                "provider": {
                    "fake": {
                        "data": [
                            {"key": "k", "value": "old", "version": "1"},
                            {"key": "k", "value": "new"},
                            {"key": "doc", "value": '{"a": {"b": {"c": "x"}}}'},
                        ]
                    }
                }
            },
        },
    )
    bench.external_secret("""
        secretStoreRef: {name: vault}
        dataFrom: [{extract: {key: doc, property: a.b}}]
        data:
        - {secretKey: old, remoteRef: {key: k, version: "1"}}
        - {secretKey: new, remoteRef: {key: k}}
        - {secretKey: deep, remoteRef: {key: doc, property: a.b.c}}
        - {secretKey: meta, remoteRef: {key: k, metadataPolicy: Fetch}}
    """)

    assert bench.rendered() == {
        "c": "x",
        "deep": "x",
        "meta": "new",  # a store without metadata gives the value
        "new": "new",
        "old": "old",
    }


def test_a_store_alone_brings_nothing(bench: Workbench) -> None:
    """An entry with nothing but a storeRef is accepted."""
    bench.store("vault", {"k": "v"})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        data: [{secretKey: k, remoteRef: {key: k}}]
        dataFrom: [{sourceRef: {storeRef: {name: vault}}}]
    """)

    assert bench.rendered() == {"k": "v"}


def test_every_entry_may_have_its_own_store(bench: Workbench) -> None:
    """Then spec.secretStoreRef may be missing; without either the entry has none."""
    bench.store("vault", {"k": "v", "doc": '{"a": "1"}'})
    source = "sourceRef: {storeRef: {name: vault}}"
    bench.external_secret(f"""
        dataFrom: [{{extract: {{key: doc}}, {source}}}]
        data: [{{secretKey: k, remoteRef: {{key: k}}, {source}}}]
    """)
    assert bench.rendered() == {"a": "1", "k": "v"}

    bench.external_secret("data: [{secretKey: k, remoteRef: {key: k}}]")
    bench.failure(rule="ES0013")
