"""The places where a reader of the documentation would go wrong: one test for each.

The numbers are those of the table of traps in our specification of External Secrets Operator 2.9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.cluster.contract import EXTERNAL_SECRETS
from esync.deliver import Guards
from esync.flow.change import Result
from esync.flow.kubernetes import CREATED_BY_LABEL, DATA_HASH_ANNOTATION, MANAGED_LABEL
from esync.gocompat.digest import field_manager, sync_version
from esync.resolve import Options

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench

FIND_ALL = """
secretStoreRef: {name: vault}
dataFrom: [{find: {name: {regexp: .*}}}]
"""
ONE = """
secretStoreRef: {name: vault}
data: [{secretKey: password, remoteRef: {key: db}}]
"""


def lay_rewrite(bench: Workbench, keys: str, *operations: str) -> None:
    """Lay a find of ``keys`` with these operations."""
    bench.store("vault", dict.fromkeys(keys.split(), "v"))
    bench.external_secret(f"""
secretStoreRef: {{name: vault}}
dataFrom:
- find: {{name: {{regexp: .*}}}}
  rewrite: [{", ".join(operations)}]
""")


def rewritten(bench: Workbench, keys: str, *operations: str) -> dict[str, str]:
    """Return what a find of ``keys`` becomes under these operations."""
    lay_rewrite(bench, keys, *operations)
    return bench.rendered()


def test_01_rewrite_turns_conversion_off(bench: Workbench) -> None:
    """A slash is converted without a rewrite, and fails the sync with one."""
    spec = """
secretStoreRef: {name: vault}
dataFrom: [{extract: {key: doc}REWRITE}]
"""
    bench.store("vault", {"doc": '{"a/b": "v"}'})
    bench.external_secret(spec.replace("REWRITE", ""))
    assert bench.rendered() == {"a_b": "v"}

    bench.external_secret(
        spec.replace("REWRITE", ", rewrite: [{regexp: {source: nothing, target: x}}]")
    )
    bench.failure(rule="ES0321")


def test_02_data_beats_data_from_and_the_last_one_wins(bench: Workbench) -> None:
    """Wherever ``data`` stands; among dataFrom, and among data, the later entry counts."""
    bench.store("vault", {"one": '{"k": "1", "a": "1"}', "two": '{"k": "2"}', "x": "x", "y": "y"})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        target: {deletionPolicy: Merge}
        data:
        - {secretKey: a, remoteRef: {key: x}}
        - {secretKey: a, remoteRef: {key: y}}
        dataFrom: [{extract: {key: one}}, {extract: {key: two}}]
    """)

    assert bench.rendered() == {"a": "y", "k": "2"}


def test_03_a_prefix_is_put_once(bench: Workbench) -> None:
    """The empty match after the whole name is none."""
    assert rewritten(bench, "abc", "{regexp: {source: (.*), target: dev-$1}}") == {"dev-abc": "v"}


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("${1}_x", "abc_x"),
        ("y$1_x", "y"),  # the group is called 1_x
        ("y$9z${nobody}$01", "y"),
        (r"y\\1", None),  # a backslash is no letter of a key, and refers to nothing
        ("y$$1", None),  # this is a dollar, which is none either
    ],
)
def test_04_groups_are_greedy_and_never_missing(
    bench: Workbench, target: str, name: str | None
) -> None:
    """``$1_x`` is one name; unknown groups are empty; ``$$`` is a dollar."""
    lay_rewrite(bench, "abc", f'{{regexp: {{source: (.*), target: "{target}"}}}}')

    if name:
        assert bench.rendered() == {name: "v"}
    else:
        bench.failure(rule="ES0321")


def test_05_the_digest_is_that_of_all_keys(both: Workbench) -> None:
    """SHA3-224 over decimal bytes, foreign keys of merge modes included."""
    both.foreign({"foo": "value1"})
    both.store("vault", {"db": "value2"})
    both.external_secret(
        ONE.replace("password", "bar") + "target: {creationPolicy: Merge}\n",
    )

    both.applied()

    live = both.live()
    assert live is not None
    assert live.annotations[DATA_HASH_ANNOTATION] == (
        "1bed8bcbcb4547ffe19a19cd47d9078e84aa6598266d86b99f992d64"
    )


def test_06_keys_are_taken_back_by_field_manager(both: Workbench) -> None:
    """In merge modes only what this ExternalSecret wrote goes when it is asked for no more."""
    both.foreign({"theirs": "x"})
    both.store("vault", {"db": "1", "user": "u"})
    merge = "target: {creationPolicy: Merge}\n"
    two = ONE.replace("}]", "}, {secretKey: user, remoteRef: {key: user}}]", 1)
    both.external_secret(two.replace("key: db}}, {", "key: db}}, {") + merge)
    both.applied()
    both.edit(extra="y")

    both.external_secret(ONE + merge)
    both.applied()

    assert both.data() == {"extra": "y", "password": "1", "theirs": "x"}
    live = both.live()
    assert live is not None
    assert "externalsecrets.external-secrets.io/app" in {entry.manager for entry in live.managed}


def test_07_long_names_leave_labels_behind(both: Workbench) -> None:
    """From 28 characters on the manager is hashed, and labels are looked for under another one."""
    name = "payments-api-db-credentials2"
    assert field_manager(name) == (
        "externalsecrets.external-secrets.io/sha3/"
        "a0de43528222643a95c7b77c1827a1f5d49994f9ed6678eb659e9b2a"
    )
    both.store("vault", {"db": "v"})
    for short_or_long, stays in (("app", False), (name, True)):
        both.external_secret(ONE, name=short_or_long, labels={"team": "a"})
        both.applied(short_or_long)
        both.external_secret(ONE, name=short_or_long)
        both.applied(short_or_long)
        live = both.live(short_or_long)
        assert live is not None
        assert ("team" in live.labels) is stays
        both.remove(f"es-{short_or_long}")


def synced(bench: Workbench, refreshed: str) -> None:
    """Let the cluster say that the operator synced the laid ExternalSecret."""
    bench.in_cluster()
    body = bench.cluster.get(EXTERNAL_SECRETS, bench.namespace, "app")
    assert body is not None
    metadata = body["metadata"]
    version = sync_version(metadata.get("generation", 0), {}, {})
    status = {"syncedResourceVersion": version, "refreshTime": refreshed}
    bench.cluster.patch_status(EXTERNAL_SECRETS, bench.namespace, "app", status)


def annotate(bench: Workbench) -> None:
    """Annotate the ExternalSecret in the cluster, which makes a sync due in most policies."""
    body = bench.cluster.get(EXTERNAL_SECRETS, bench.namespace, "app")
    assert body is not None
    body["metadata"]["annotations"] = {"force-sync": "1"}
    bench.cluster.update(EXTERNAL_SECRETS, body, manager="tests")


def test_08_an_interval_of_nothing_stops_even_changes(both: Workbench) -> None:
    """Once synced, not even a changed ExternalSecret is due; with an interval it is."""
    for interval, expected in (("0", "one"), ("-1h", "one"), ("1h", "two")):
        both.store("vault", {"db": "one"})
        both.external_secret(ONE + f"refreshInterval: '{interval}'\n")
        both.applied()
        synced(both, "2023-11-14T22:13:00Z")  # twenty seconds ago
        both.store("vault", {"db": "two"})

        both.apply(only_due=True)
        assert both.data() == {"password": "one"}

        annotate(both)
        both.apply(only_due=True)
        assert both.data() == {"password": expected}

        both.cluster.delete(EXTERNAL_SECRETS, both.namespace, "app", uid="", resource_version="")


@pytest.mark.parametrize("policy", ["Owner", "Orphan"])
def test_09_an_edited_secret_is_repaired_at_any_time(both: Workbench, policy: str) -> None:
    """Under CreatedOnce and outside of windows, too; Orphan never counts as edited."""
    both.store("vault", {"db": "ours"})
    both.external_secret(
        ONE
        + f"""
target: {{creationPolicy: {policy}}}
refreshPolicy: CreatedOnce
syncWindows: {{kind: allow, windows: [{{schedule: 0 0 31 2 *, duration: 1m}}]}}
"""
    )
    both.applied()
    synced(both, "2023-11-14T20:00:00Z")
    both.edit(password="theirs")

    outcome = both.apply(only_due=True)

    repaired = policy == "Owner"
    assert both.data() == {"password": "ours" if repaired else "theirs"}
    assert [one.reason for one in outcome.skipped] == ([] if repaired else ["it is not due"])


def test_10_metadata_travels_only_without_a_template(both: Workbench) -> None:
    """A template with nothing but a type is a template."""
    both.store("vault", {"db": "v"})
    both.external_secret(ONE, labels={"team": "a"}, annotations={"note": "n"})
    both.applied()
    live = both.live()
    assert live is not None
    assert (live.labels["team"], live.annotations["note"]) == ("a", "n")

    both.external_secret(
        ONE + "target: {template: {type: Opaque}}\n",
        labels={"team": "a"},
        annotations={"note": "n"},
    )
    both.applied()

    live = both.live()
    assert live is not None
    assert set(live.labels) == {MANAGED_LABEL, CREATED_BY_LABEL}
    assert set(live.annotations) == {DATA_HASH_ANNOTATION}


@pytest.mark.parametrize(
    ("policy", "kept"),
    [("Owner", False), ("Orphan", False), ("Merge", True), ("CreateOrMerge", True)],
)
def test_11_owner_and_orphan_wipe_foreign_keys(both: Workbench, policy: str, *, kept: bool) -> None:
    """Only the two merging policies keep what others wrote."""
    both.guards = Guards(adopt=True)
    both.foreign({"theirs": "x"})
    both.store("vault", {"db": "v"})
    both.external_secret(ONE + f"target: {{creationPolicy: {policy}}}\n")

    both.applied()

    assert both.data() == {"password": "v"} | ({"theirs": "x"} if kept else {})


@pytest.mark.parametrize(
    ("template", "data"),
    [
        ("{metadata: {labels: {a: b}}}", {"password": "v"}),
        ("{type: Opaque}", {"password": "v"}),
        ("{data: {t: x}}", {"t": "x"}),
        ("{templateFrom: [{literal: 't: x'}]}", {"t": "x"}),
        ("{mergePolicy: Merge, data: {t: x}}", {"password": "v", "t": "x"}),
        ("{mergePolicy: Replace, data: {}}", {"password": "v"}),
    ],
)
def test_12_replace_drops_fetched_keys_only_for_others(
    bench: Workbench, template: str, data: dict[str, str]
) -> None:
    """Fetched keys go only if the template has ``data`` or ``templateFrom``."""
    bench.store("vault", {"db": "v"})
    bench.external_secret(ONE + f"target: {{template: {template}}}\n")

    assert bench.rendered() == data


def test_13_retain_and_nothing_is_success(both: Workbench) -> None:
    """No Secret is made and no template rendered; but one missing secret fails everything."""
    both.store("vault", {"db": "v"})
    both.external_secret("""
        secretStoreRef: {name: vault}
        target: {template: {data: {static: text, broken: '{{ .absent }}'}}}
        dataFrom: [{find: {name: {regexp: ^nowhere$}}}]
    """)
    assert both.applied().result is Result.UNCHANGED
    assert both.live() is None

    both.external_secret("""
        secretStoreRef: {name: vault}
        data:
        - {secretKey: a, remoteRef: {key: db}}
        - {secretKey: b, remoteRef: {key: nowhere}}
    """)
    both.failure(rule="ES0301")
    assert both.live() is None


def test_14_delete_spares_what_is_not_ours(both: Workbench) -> None:
    """On purpose not as the operator, which deletes whatever has the name."""
    both.store("vault", {"other": "x"})
    both.external_secret(ONE + "target: {deletionPolicy: Delete}\n")
    theirs = {"labels": {MANAGED_LABEL: "true", CREATED_BY_LABEL: "0" * 56}}
    both.foreign({"a": "1"}, metadata=theirs)

    assert both.applied().result is Result.UNCHANGED
    assert both.data() == {"a": "1"}


def test_15_what_a_rename_leaves_goes_last(both: Workbench) -> None:
    """On purpose not as the operator, which deletes first: here a failure leaves the old one."""
    both.store("vault", {"db": "v"})
    both.external_secret(ONE + "target: {name: old}\n")
    both.applied("old")

    both.external_secret(ONE + "target: {name: new, template: {data: {k: '{{ .absent }}'}}}\n")
    assert [one.error.rule for one in both.apply().failures] == ["ES0405"]
    assert both.live("old") is not None

    both.external_secret(ONE + "target: {name: new}\n")
    both.apply()
    assert (both.live("old"), both.data("new")) == (None, {"password": "v"})


@pytest.mark.parametrize("policy", ["Owner", "Orphan", "Merge", "CreateOrMerge"])
def test_16_what_another_owns_is_refused(both: Workbench, policy: str) -> None:
    """Whatever the policy; of the owner the group, kind and name count, and not the uid."""
    owner = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "name": "another",
        "uid": "11111111-2222-3333-4444-555555555555",
        "controller": True,
    }
    both.guards = Guards(adopt=True)
    both.foreign({"x": "9"}, metadata={"ownerReferences": [owner]})
    both.store("vault", {"db": "v"})
    target = f"target: {{name: app, creationPolicy: {policy}}}\n"
    both.external_secret(ONE + target, name="mine")

    assert [one.error.rule for one in both.apply().failures] == ["ES0407"]
    assert both.data() == {"x": "9"}

    both.remove("es-mine")
    both.external_secret(ONE + target, name="another")
    assert both.applied().result is Result.CONFIGURED


def test_17_expressions_are_searched_and_conditions_ored(bench: Workbench) -> None:
    """Nothing is anchored, and one member of a condition is enough."""
    bench.document(
        "store",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ClusterSecretStore",
            "metadata": {"name": "shared"},
            "spec": {
                "provider": {"fake": {"data": [{"key": "my-db-2", "value": "v"}]}},
                "conditions": [
                    {"namespaces": ["elsewhere"], "namespaceRegexes": [bench.namespace[2:5]]}
                ],
            },
        },
    )
    bench.external_secret("""
        secretStoreRef: {name: shared, kind: ClusterSecretStore}
        dataFrom: [{find: {name: {regexp: db}}}]
    """)

    assert bench.rendered() == {"my-db-2": "v"}


def test_18_keys_and_values_are_yaml_1_1(bench: Workbench) -> None:
    """Words become booleans, also as keys; floats have 32 bits."""
    bench.store("vault", {"db": "v"})
    bench.external_secret(
        ONE
        + r"""
target:
  template:
    templateFrom:
    - literal: |
        on: a
        b: no
        pi: 3.14159265358979
        version: 1.10
        octal: 0123
        quoted: "1.10"
"""
    )

    assert bench.rendered() == {
        "true": "a",
        "b": "false",
        "octal": "83",
        "pi": "3.1415927",
        "quoted": "1.10",
        "version": "1.1",
    }


def test_19_merge_conflicts_fail_unless_ignored(bench: Workbench) -> None:
    """Priority decides who wins, and resolves no conflict; Extract replaces, JSON keeps."""
    bench.store("vault", {"a": '{"k": "a", "x": 1}', "b": '{"k": "b"}', "c": '{"k": "c"}'})
    spec = """
secretStoreRef: {name: vault}
dataFrom:
- find: {name: {regexp: .*}}
  rewrite: [{merge: {priority: [b, a]MORE}}]
"""
    bench.external_secret(spec.replace("MORE", ""))
    bench.failure(rule="ES0404")

    bench.external_secret(spec.replace("MORE", ", conflictPolicy: Ignore"))
    assert bench.rendered() == {"k": "a", "x": "1"}

    bench.external_secret(
        spec.replace("MORE", ", conflictPolicy: Ignore, strategy: JSON, into: all")
    )
    assert bench.rendered() == {
        **bench.stores["vault"],
        "all": '{"k":"a","x":1}',
    }


def test_20_manifest_targets_are_another_matter(bench: Workbench) -> None:
    """Metadata is not rendered, data lands at the top, Values forget their key at a path."""
    bench.options = Options(generic_targets=True)
    bench.store("vault", {"db": "v"})
    bench.document(
        "templates",
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "templates", "namespace": bench.namespace},
            "data": {"item": "{{ .password }}", "braces": "{{ `{{ .password }}` }}"},
        },
    )
    bench.external_secret(
        ONE
        + """
target:
  manifest: {apiVersion: example.com/v1, kind: Widget}
  template:
    metadata: {annotations: {plain: '{{ .password }}'}}
    data: {top: '{{ .password }}'}
    templateFrom:
    - {target: Data, configMap: {name: templates, items: [{key: item}, {key: braces}]}}
    - {target: spec.path, configMap: {name: templates, items: [{key: item}]}}
    - {target: Labels, configMap: {name: templates, items: [{key: item}]}}
"""
    )

    outcome = bench.render()

    assert [one.error.message for one in outcome.failures] == []
    body = outcome.secrets[0].body  # type: ignore[union-attr] # of a manifest target
    assert body["metadata"]["annotations"]["plain"] == "{{ .password }}"
    assert "item" not in body["metadata"]["labels"]
    assert body["spec"] == {}
    # On purpose not as the operator, which would render what came out as a template once more.
    assert body["data"] == {"top": "v", "item": "v", "braces": "{{ .password }}"}


@pytest.mark.parametrize(
    ("policy", "fails"), [("Retain", True), ("Delete", False), ("Merge", False)]
)
def test_a_key_twice_is_refused_only_when_retained(
    bench: Workbench, policy: str, *, fails: bool
) -> None:
    """With the other deletion policies the later entry wins."""
    bench.store("vault", {"x": "x", "y": "y"})
    bench.external_secret(f"""
        secretStoreRef: {{name: vault}}
        target: {{deletionPolicy: {policy}}}
        data:
        - {{secretKey: a, remoteRef: {{key: x}}}}
        - {{secretKey: a, remoteRef: {{key: y}}}}
    """)

    if fails:
        bench.failure(rule="ES0134")
    else:
        assert bench.rendered() == {"a": "y"}


@pytest.mark.parametrize(
    ("strategy", "value", "decoded"),
    [
        ("Base64", "aGVs\r\nbG8=", "hello"),
        ("Base64", "aGVsbG8", None),  # padding is needed
        ("Base64", "a b=", None),
        ("Base64URL", "Pz8_", "???"),
        ("Base64URL", "Pz8/", None),
        ("Auto", "Pz8_", "???"),
        ("Auto", "not base64", "not base64"),
        ("Auto", "MTIz", "123"),
        ("None", "MTIz", "MTIz"),
    ],
)
def test_decoding_is_lax_about_lines_and_strict_about_padding(
    bench: Workbench, strategy: str, value: str, decoded: str | None
) -> None:
    """Auto never fails, and decodes whatever happens to be base64."""
    bench.store("vault", {"db": value})
    bench.external_secret(ONE.replace("key: db}", f"key: db, decodingStrategy: {strategy}}}"))

    if decoded is None:
        bench.failure(rule="ES0402")
    else:
        assert bench.rendered() == {"password": decoded}


def test_a_store_interval_without_unit_is_an_error(bench: Workbench) -> None:
    """A number is seconds; the same number as text is nothing."""
    for interval, errors in ((60, []), ("60s", []), ("60", ["ES0151"]), ("", ["ES0151"])):
        bench.document(
            "store",
            {
                "apiVersion": "external-secrets.io/v1",
                "kind": "SecretStore",
                "metadata": {"name": "vault"},
                "spec": {
                    "refreshInterval": interval,
                    "provider": {"fake": {"data": [{"key": "db", "value": "v"}]}},
                },
            },
        )
        assert [one.error.rule for one in bench.render().failures] == errors


def test_transform_prints_what_is_missing(bench: Workbench) -> None:
    """Where a template fails, a transform says <no value>; .value is the key."""
    made = rewritten(bench, "abc", "{transform: {template: 'x_{{ .value | upper }}'}}")
    assert made == {"x_ABC": "v"}

    lay_rewrite(bench, "abc", "{transform: {template: 'x{{ .none }}'}}")
    bench.failure(rule="ES0321")  # no key has angle brackets

    spelled = "{transform: {template: 'x{{ .none }}'}}, {regexp: {source: '<no value>', target: y}}"
    assert rewritten(bench, "abc", spelled) == {"xy": "v"}


def test_a_generator_under_data_cannot_work(bench: Workbench) -> None:
    """The schema takes it; the operator then looks for a store without a name."""
    bench.store("vault", {"db": "v"})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        data:
        - secretKey: a
          remoteRef: {key: db}
          sourceRef: {generatorRef: {kind: Password, name: p}}
    """)

    assert "spec.data[0].sourceRef.generatorRef" in bench.failure(rule="ES0013")


def test_a_class_mismatch_is_a_silent_skip(bench: Workbench) -> None:
    """One foreign store anywhere, and the whole ExternalSecret is somebody else's."""
    bench.store("vault", {"db": "v"})
    bench.document(
        "store-theirs",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "SecretStore",
            "metadata": {"name": "theirs"},
            "spec": {
                "controller": "another",
                "provider": {"fake": {"data": [{"key": "db", "value": "v"}]}},
            },
        },
    )
    bench.external_secret("""
        secretStoreRef: {name: vault}
        data:
        - {secretKey: a, remoteRef: {key: db}}
        - {secretKey: b, remoteRef: {key: db}, sourceRef: {storeRef: {name: theirs}}}
    """)

    outcome = bench.render()
    assert (outcome.failures, outcome.secrets) == ((), ())
    assert [one.ref.name for one in outcome.skipped] == ["app"]

    bench.options = Options(controller_class="another")
    assert bench.rendered() == {"a": "v", "b": "v"}
