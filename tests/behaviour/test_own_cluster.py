"""Secrets that one ExternalSecret makes, and another reads through a store of the same cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.cluster.contract import SERVICE_ACCOUNTS

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench

CONSUMER = """
    secretStoreRef: {name: own}
    data: [{secretKey: copy, remoteRef: {key: made, property: user}}]
"""


def lay(bench: Workbench, **settings: Any) -> None:
    """Lay a store over this cluster, and what makes the Secret ``made``."""
    provider = {
        "remoteNamespace": bench.namespace,
        "auth": {"serviceAccount": {"name": "reader"}},
        "server": {},
        **settings,
    }
    bench.document(
        "store-own",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "SecretStore",
            "metadata": {"name": "own", "namespace": bench.namespace},
            "spec": {"provider": {"kubernetes": provider}},
        },
    )
    bench.store("fake", {"db": "app"})
    bench.external_secret(
        """
        secretStoreRef: {name: fake}
        data: [{secretKey: user, remoteRef: {key: db}}]
    """,
        name="made",
    )


def account(bench: Workbench) -> None:
    """Create the service account that the store names."""
    metadata = {"name": "reader", "namespace": bench.namespace}
    bench.cluster.create(SERVICE_ACCOUNTS, {"metadata": metadata}, manager="tests")


def test_a_chain_comes_right_in_one_run_offline(bench: Workbench) -> None:
    """Whatever comes first in the input or by name."""
    lay(bench)
    bench.external_secret(CONSUMER, name="copy")

    assert bench.rendered("copy") == {"copy": "app"}


def test_a_chain_comes_right_in_one_run(bench: Workbench) -> None:
    """What was just made is seen instead of what the cluster has."""
    lay(bench)
    account(bench)
    bench.foreign({"user": "old"}, name="made", metadata={"labels": {}})
    bench.external_secret(CONSUMER, name="copy")

    seen = bench.diff()

    assert [
        failure.error.message for failure in seen.failures if "made" not in str(failure.ref)
    ] == []
    copy = next(one for one in seen.changes if one.ref.name == "copy")
    assert copy.desired is not None
    assert copy.desired.secret is not None
    assert copy.desired.secret.data["copy"].reveal() == b"app"


@pytest.mark.parametrize("find", ["{name: {regexp: ^ma}}", "{tags: {}}"], ids=["name", "tags"])
def test_a_search_waits_for_what_it_may_find(bench: Workbench, find: str) -> None:
    """By name for what has it, by tags for everything in the namespace."""
    lay(bench)
    bench.external_secret(
        f"secretStoreRef: {{name: own}}\ndataFrom: [{{find: {find}}}]", name="all"
    )

    assert bench.rendered("all") == {"made": '{"user":"app"}'}


def test_two_searches_do_not_wait_for_each_other(bench: Workbench) -> None:
    """They may find each other, and nothing says that they must."""
    lay(bench)
    for name in ("a", "b"):
        bench.external_secret(
            "secretStoreRef: {name: own}\ndataFrom: [{find: {tags: {}}}]", name=name
        )

    outcome = bench.render()

    assert [one.error.message for one in outcome.failures] == []
    assert {one.ref.name for one in outcome.secrets} == {"a", "b", "made"}


def test_a_circle_is_an_error_that_names_both(bench: Workbench) -> None:
    """Each reads what the other makes."""
    lay(bench)
    for name, other in (("a", "b"), ("b", "a")):
        bench.external_secret(
            f"""
            secretStoreRef: {{name: own}}
            data: [{{secretKey: k, remoteRef: {{key: {other}}}}}]
        """,
            name=name,
        )

    outcome = bench.render()

    assert {one.ref.name for one in outcome.failures if one.ref} == {"a", "b"}
    assert {one.error.rule for one in outcome.failures} == {"ES0018"}


@pytest.mark.parametrize(
    ("spec", "is_left_out"),
    [
        ("data: [{secretKey: k, remoteRef: {key: nowhere}}]", False),
        ("dataFrom: [{extract: {key: nowhere}}]", True),
    ],
    ids=["data", "extract"],
)
def test_deletion_policy_acts_on_extract_only(
    bench: Workbench, spec: str, *, is_left_out: bool
) -> None:
    """A missing Secret is a plain error to ``data``, as with the operator."""
    lay(bench)
    account(bench)
    bench.external_secret(
        "secretStoreRef: {name: own}\n"
        "target: {deletionPolicy: Merge, creationPolicy: Merge}\n" + spec,
        name="copy",
    )

    failures = [
        one.error.message for one in bench.diff().failures if one.ref and one.ref.name == "copy"
    ]

    if is_left_out:
        assert [one for one in failures if "nowhere" in one] == []
    else:
        assert len(failures) == 1
        assert "there is no Secret" in failures[0]
