"""Several ExternalSecrets on one Secret, chains of them, and what a rename or a run leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.deliver import Guards
from esync.flow.change import Action, Result
from esync.resolve import Options
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench


def writer(bench: Workbench, name: str, keys: str, policy: str, target: str = "shared") -> None:
    """Lay an ExternalSecret that brings ``keys`` to the target."""
    data = ", ".join(f"{{secretKey: {key}, remoteRef: {{key: {key}}}}}" for key in keys.split())
    bench.external_secret(
        f"""
        secretStoreRef: {{name: vault}}
        target: {{name: {target}, creationPolicy: {policy}}}
        data: [{data}]
    """,
        name=name,
    )


def store(bench: Workbench, suffix: str = "") -> None:
    """Lay a store with values for the keys a to d."""
    bench.store("vault", {key: key.upper() + suffix for key in "abcd"})


def errors(bench: Workbench) -> list[tuple[str, str]]:
    """Apply, and return who failed by which rule."""
    outcome = bench.apply()
    found = [(one.ref.name, one.error.rule) for one in outcome.failures if one.ref]
    found += [
        (one.planned.ref.name, one.error.rule) for one in outcome.done if one.error and one.planned
    ]
    return sorted(found)


def test_merge_writers_with_disjoint_keys(both: Workbench) -> None:
    """One run, one Secret, all keys; a second run changes nothing; each takes back its own."""
    store(both)
    writer(both, "one", "a", "Merge")
    writer(both, "three", "c", "CreateOrMerge")
    writer(both, "two", "b", "Merge")

    assert errors(both) == []
    assert both.data("shared") == {"a": "A", "b": "B", "c": "C"}
    outcome = both.apply()
    assert {one.result for one in outcome.done} == {Result.UNCHANGED}
    assert not any(change.is_real for change in both.diff().changes)

    writer(both, "two", "d", "Merge")
    assert errors(both) == []
    assert both.data("shared") == {"a": "A", "c": "C", "d": "D"}


def test_merge_writers_are_rendered_as_one(bench: Workbench) -> None:
    """Two documents of one name would take each other's keys away again."""
    store(bench)
    writer(bench, "one", "a", "Merge")
    writer(bench, "two", "b", "CreateOrMerge")

    assert bench.rendered("shared") == {"a": "A", "b": "B"}
    assert len(bench.render().secrets) == 1


@pytest.mark.parametrize("mode", ["apply", "atomic", "diff", "dry run", "render"])
@pytest.mark.parametrize("policy", ["Owner", "Merge", "CreateOrMerge", "Orphan"])
def test_an_owner_suffers_nobody(both: Workbench, policy: str, mode: str) -> None:
    """The second one is refused, in every way to look at it."""
    store(both)
    writer(both, "first", "a", "Owner")
    writer(both, "second", "b", policy)

    match mode:
        case "apply":
            outcome = both.apply()
            assert both.data("shared") == {"a": "A"}
        case "atomic":
            outcome = both.apply(atomic=True)
            assert both.live("shared") is None
        case "diff":
            outcome = both.diff()
        case "dry run":
            outcome = both.apply(dry_run=True)
        case _:
            outcome = both.render()

    refused = [(one.ref.name, one.error.rule) for one in outcome.failures if one.ref]
    # Of two wiping policies the Owner comes first, whatever its name.
    assert refused == [("second", "ES0407")]


def test_orphan_wipes_what_merge_brought(both: Workbench) -> None:
    """At each of its syncs, as with the operator; in one run the merging one comes last."""
    store(both)
    writer(both, "z-orphan", "a", "Orphan")
    writer(both, "a-merge", "b", "Merge")

    assert errors(both) == []
    assert both.data("shared") == {"a": "A", "b": "B"}

    both.remove("es-a-merge")
    assert errors(both) == []
    assert both.data("shared") == {"a": "A"}


def test_diff_shows_each_writer_on_top_of_the_other(both: Workbench) -> None:
    """One creates, the other adds; nobody seems to take keys away."""
    store(both)
    writer(both, "one", "a", "CreateOrMerge")
    writer(both, "two", "b", "Merge")

    changes = both.diff().changes

    assert [change.action for change in changes] == [Action.CREATE, Action.UPDATE]
    assert [(one.key, one.mark.value) for one in changes[1].fields if one.field == "data"] == [
        ("b", "added")
    ]


TEMPLATE = """
secretStoreRef: {name: vault}
target:
  template: {templateFrom: [{KIND: {name: shared, items: [{key: a}, {key: b}]}}]}
data: [{secretKey: x, remoteRef: {key: c}}]
"""


@pytest.mark.parametrize("mode", ["render", "apply", "atomic", "dry run"])
def test_who_needs_a_shared_secret_waits_for_all_writers(both: Workbench, mode: str) -> None:
    """A template source that two ExternalSecrets of the run fill is seen in full."""
    both.store("vault", {"a": "1{{ .x }}", "b": "2{{ .x }}", "c": "C"})
    writer(both, "m", "a", "CreateOrMerge")
    writer(both, "n", "b", "Merge")
    both.external_secret(TEMPLATE.replace("KIND", "secret"), name="a-reader")

    if mode == "render":
        assert both.rendered("a-reader") == {"a": "1C", "b": "2C"}
        return
    outcome = both.apply(atomic=mode == "atomic", dry_run=mode == "dry run")
    assert [one.error.message for one in outcome.failures] == []
    assert [one.error.message for one in outcome.done if one.error] == []
    if mode != "dry run":
        assert both.data("a-reader") == {"a": "1C", "b": "2C"}
        assert both.data("shared") == {"a": "1{{ .x }}", "b": "2{{ .x }}"}


@pytest.mark.parametrize("is_live", [False, True])
def test_a_config_map_of_the_run_is_a_template_source(both: Workbench, *, is_live: bool) -> None:
    """One that a manifest target makes is waited for as a Secret is."""
    both.options = Options(generic_targets=True)
    both.store("vault", {"a": "1{{ .x }}", "b": "2{{ .x }}", "c": "C"})
    both.external_secret(
        """
        secretStoreRef: {name: vault}
        target: {name: shared, manifest: {apiVersion: v1, kind: ConfigMap}}
        dataFrom: [{find: {name: {regexp: '^[ab]$'}}}]
    """,
        name="maker",
    )
    both.external_secret(TEMPLATE.replace("KIND", "configMap"), name="a-reader")

    if is_live:
        assert errors(both) == []
        assert both.data("a-reader") == {"a": "1C", "b": "2C"}
    else:
        assert both.rendered("a-reader") == {"a": "1C", "b": "2C"}


def test_a_rename_waits_for_the_new_secret(both: Workbench) -> None:
    """With nothing to write under the new name, what is under the old one stays."""
    both.store("vault", {"a": "A"})
    find = """
        secretStoreRef: {{name: vault}}
        target: {{name: {}}}
        dataFrom: [{{find: {{name: {{regexp: ^a$}}}}}}]
    """
    both.external_secret(find.format("old"))
    both.applied("old")

    both.store("vault", {"other": "x"})
    both.external_secret(find.format("new"))
    both.apply()
    assert both.data("old") == {"a": "A"}

    both.store("vault", {"a": "B"})
    both.apply()
    assert (both.live("old"), both.data("new")) == (None, {"a": "B"})


def test_a_rename_away_from_owner_leaves_the_old_secret(both: Workbench) -> None:
    """Only an Owner takes back what it made."""
    store(both)
    writer(both, "app", "a", "Owner", target="old")
    assert errors(both) == []

    writer(both, "app", "a", "Orphan", target="new")
    assert errors(both) == []

    assert (both.data("old"), both.data("new")) == ({"a": "A"}, {"a": "A"})


def test_the_delete_limit_holds_for_the_whole_run(bench: Workbench) -> None:
    """Deletions of all waves count together: three and three are more than five."""
    bench.store("vault", {"k": "v", "text": "t"})
    for number in range(6):
        # Three wait for a template that the other three make.
        needs = f"secret: {{name: app{number - 3}, items: [{{key: k}}]}}"
        template = f", template: {{templateFrom: [{{{needs}}}]}}" if number > 2 else ""
        bench.external_secret(
            f"""
            secretStoreRef: {{name: vault}}
            target: {{deletionPolicy: Delete{template}}}
            data: [{{secretKey: k, remoteRef: {{key: k}}}}]
        """,
            name=f"app{number}",
        )
    assert errors(bench) == []

    bench.store("vault", {"text": "t"})
    assert {rule for _, rule in errors(bench)} == {"ES0505"}
    assert all(bench.live(f"app{number}") for number in range(6))
    dry = bench.apply(dry_run=True)
    assert {one.error.rule for one in dry.done if one.error} == {"ES0505"}

    bench.guards = Guards(delete_limit=6)
    assert errors(bench) == []
    assert not any(bench.live(f"app{number}") for number in range(6))


def vault(request: Request) -> Response:
    """Answer as a Vault does whose only token is the right one."""
    if request.headers.get("x-vault-token") != "t0ken":
        return Response(403, {"errors": ["permission denied"]})
    if request.path == "/v1/kv/app":
        return Response(200, {"data": {"password": "from Vault"}})
    return Response(404, {"errors": []})


@pytest.mark.parametrize("kind", ["SecretStore", "ClusterSecretStore"])
def test_credentials_that_the_run_makes(both: Workbench, kind: str) -> None:
    """A store signs in with a Secret that another ExternalSecret of the run makes."""
    namespaced = {"namespace": both.namespace} if kind == "SecretStore" else {}
    name = f"web-{both.namespace}"
    with serving(vault) as port:
        both.store("vault", {"a": "t0ken"})
        settings = {
            "server": f"http://127.0.0.1:{port}",
            "path": "kv",
            "version": "v1",
            "auth": {"tokenSecretRef": {"name": "z-login", "key": "token"}},
        }
        both.document(
            "store-web",
            {
                "apiVersion": "external-secrets.io/v1",
                "kind": kind,
                "metadata": {"name": name, **namespaced},
                "spec": {"provider": {"vault": settings}},
            },
        )
        both.external_secret(
            f"""
            secretStoreRef: {{name: {name}, kind: {kind}}}
            dataFrom: [{{extract: {{key: app}}}}]
        """,
            name="a-reader",
        )
        both.external_secret(
            """
            secretStoreRef: {name: vault}
            data: [{secretKey: token, remoteRef: {key: a}}]
        """,
            name="z-login",
        )

        assert both.rendered("a-reader") == {"password": "from Vault"}
        assert errors(both) == []
        assert both.data("a-reader") == {"password": "from Vault"}


def test_a_circle_through_credentials_names_both(bench: Workbench) -> None:
    """A store whose credentials come out of itself is never opened."""
    settings = {
        "server": "http://127.0.0.1:9",
        "auth": {"tokenSecretRef": {"name": "login", "key": "token"}},
    }
    bench.document(
        "store",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "SecretStore",
            "metadata": {"name": "web", "namespace": bench.namespace},
            "spec": {"provider": {"vault": settings}},
        },
    )
    for name, target in (("one", "login"), ("two", "other")):
        needs = "template: {templateFrom: [{secret: {name: other, items: [{key: k}]}}]}"
        bench.external_secret(
            f"""
            secretStoreRef: {{name: web}}
            target: {{name: {target}, {needs if name == "one" else "immutable: false"}}}
            dataFrom: [{{extract: {{key: app}}}}]
        """,
            name=name,
        )

    failures = bench.render().failures

    assert [(one.ref.name, one.error.rule) for one in failures if one.ref] == [
        ("one", "ES0018"),
        ("two", "ES0018"),
    ]
    assert "es-two.yaml" in failures[0].error.hint
    assert "es-one.yaml" in failures[1].error.hint
