"""Stores of equal settings and equal credentials are asked as one, wherever they are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from esync.cli.options import StoreFlags
from esync.flow.kubernetes import SecretObject
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.flow.outcome import Outcome
    from tests.behaviour.workbench import Workbench

FAKE = {"fake": {"data": [{"key": "db", "value": "v"}]}}
GROUP = "external-secrets.io/v1"


class TokenVault:
    """Speaks Vault's KV v2: what it answers depends on the token; some it does not know.

    Attributes:
        asked: how often each token was shown for the secret.
    """

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        token = request.headers["x-vault-token"]
        self.asked[token] += 1
        if token == "revoked":
            return Response(403, {"errors": ["permission denied"]})
        data = {"data": {"k": f"for {token}"}, "metadata": {"version": 1}}
        return Response(200, {"data": data})


@pytest.fixture
def vault() -> Iterator[tuple[TokenVault, dict[str, Any]]]:
    """Return a Vault, and the provider block of a store over it."""
    handler = TokenVault()
    with serving(handler) as port:
        selector = {"name": "login", "key": "token"}
        block = {"server": f"http://127.0.0.1:{port}", "path": "kv", "auth": {}}
        yield handler, {"vault": {**block, "auth": {"tokenSecretRef": selector}}}


def lay_store(
    bench: Workbench, namespace: str, provider: Mapping[str, Any], name: str = "main", **spec: Any
) -> None:
    """Lay a store of a namespace; of all if that is empty."""
    bench.document(
        f"store-{namespace}-{name}",
        {
            "apiVersion": GROUP,
            "kind": "SecretStore" if namespace else "ClusterSecretStore",
            "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
            "spec": {"provider": provider, **spec},
        },
    )


def lay(bench: Workbench, namespace: str, store: str = "main", kind: str = "SecretStore") -> None:
    """Lay an ExternalSecret that asks for the one secret there is."""
    data = [{"secretKey": "k", "remoteRef": {"key": "db", "property": "k"}}]
    if store == "fake":
        del data[0]["remoteRef"]["property"]  # type: ignore[attr-defined] # a mapping
    bench.document(
        f"es-{namespace}-{store}",
        {
            "apiVersion": GROUP,
            "kind": "ExternalSecret",
            "metadata": {"name": f"app-{store}", "namespace": namespace},
            "spec": {"secretStoreRef": {"name": store, "kind": kind}, "data": data},
        },
    )


def lay_login(bench: Workbench, namespace: str, token: str, name: str = "login") -> None:
    """Lay a Secret with a token."""
    metadata = {"name": name, "namespace": namespace}
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
    bench.document(f"secret-{namespace}-{name}", {**body, "stringData": {"token": token}})


def values(outcome: Outcome) -> dict[str, str]:
    """Return the value by namespace."""
    return {
        one.namespace: one.data["k"].reveal().decode()
        for one in outcome.secrets
        if isinstance(one, SecretObject)
    }


def errors(outcome: Outcome) -> list[tuple[str, str, str]]:
    """Return whose error it is, its rule, and in which file it is told."""
    return [
        (
            one.ref.namespace if one.ref else "",
            one.error.rule,
            Path(one.error.at.file).name if one.error.at else "",
        )
        for one in outcome.failures
    ]


def agreed(bench: Workbench) -> Outcome:
    """Render, and hold the plan to what was asked."""
    planned = bench.plan()
    outcome = bench.render()
    assert {one.store: one.calls for one in planned.forecasts} == {
        one.store: one.calls for one in outcome.calls
    }
    assert not any(one.unknown for one in planned.forecasts)
    return outcome


def test_stores_without_credentials_are_one_over_namespaces(bench: Workbench) -> None:
    """One read serves ten namespaces, each with a store of its own."""
    for number in range(10):
        lay_store(bench, f"team-{number}", FAKE, "fake")
        lay(bench, f"team-{number}", "fake")

    outcome = agreed(bench)

    assert values(outcome) == {f"team-{number}": "v" for number in range(10)}
    assert [one.calls for one in outcome.calls] == [{"read": 1}]


def test_cluster_stores_of_equal_settings_are_one(bench: Workbench) -> None:
    """Whatever their names; also with the stores of namespaces."""
    lay_store(bench, "", FAKE, "fake")
    lay(bench, "a", "fake", "ClusterSecretStore")
    lay_store(bench, "b", FAKE, "fake")
    lay(bench, "b", "fake")

    assert [one.calls for one in agreed(bench).calls] == [{"read": 1}]


@pytest.mark.parametrize(
    "other",
    [
        {"provider": {"fake": {"data": [*FAKE["fake"]["data"], {"key": "x", "value": "w"}]}}},
        {"provider": FAKE, "retrySettings": {"maxRetries": 7}},
    ],
    ids=["other settings", "other retries"],
)
def test_others_stay_apart(bench: Workbench, other: dict[str, Any]) -> None:
    """Each is asked for itself."""
    lay_store(bench, "a", FAKE, "fake")
    lay_store(bench, "b", name="fake", **other)
    lay(bench, "a", "fake")
    lay(bench, "b", "fake")

    assert [one.calls for one in agreed(bench).calls] == [{"read": 1}, {"read": 1}]


def test_what_is_said_of_single_stores_keeps_all_apart(bench: Workbench) -> None:
    """With `--store-auth NAME=…`, two that look alike may not be one."""
    bench.flags = StoreFlags(store_auth=["other=ambient"])
    for namespace in "ab":
        lay_store(bench, namespace, FAKE, "fake")
        lay(bench, namespace, "fake")

    assert [one.calls for one in agreed(bench).calls] == [{"read": 1}, {"read": 1}]


def test_equal_credentials_are_one_identity(
    bench: Workbench, vault: tuple[TokenVault, dict[str, Any]]
) -> None:
    """The same token in each namespace, under names of their own: one call."""
    server, provider = vault
    for namespace in "abc":
        selector = {"name": f"login-of-{namespace}", "key": "token"}
        named = {"vault": {**provider["vault"], "auth": {"tokenSecretRef": selector}}}
        lay_store(bench, namespace, named)
        lay_login(bench, namespace, "t1", f"login-of-{namespace}")
        lay(bench, namespace)

    outcome = agreed(bench)

    assert values(outcome) == dict.fromkeys("abc", "for t1")
    assert server.asked == {"t1": 1}


def test_other_credentials_get_their_own_answers(
    bench: Workbench, vault: tuple[TokenVault, dict[str, Any]]
) -> None:
    """Nobody gains a value that its own credentials could not have read."""
    server, provider = vault
    for namespace, token in {"a": "t1", "b": "t2", "c": "t1", "d": "t1\n"}.items():
        lay_store(bench, namespace, provider)
        lay_login(bench, namespace, token)
        lay(bench, namespace)

    outcome = agreed(bench)

    assert values(outcome)["a"] == values(outcome)["c"] == "for t1"
    assert values(outcome)["b"] == "for t2"
    assert server.asked["t2"] == 1
    assert [one.calls for one in outcome.calls] == [{"read": 1}, {"read": 1}, {"read": 1}]


def test_a_referent_cluster_store_is_one_for_equal_credentials(
    bench: Workbench, vault: tuple[TokenVault, dict[str, Any]]
) -> None:
    """It signs in with the Secret of each namespace; where these are equal it asks once."""
    server, provider = vault
    lay_store(bench, "", provider)
    for namespace, token in {"a": "t1", "b": "t1", "c": "t2"}.items():
        lay_login(bench, namespace, token)
        lay(bench, namespace, kind="ClusterSecretStore")

    assert values(agreed(bench)) == {"a": "for t1", "b": "for t1", "c": "for t2"}
    assert server.asked == {"t1": 1, "t2": 1}


@pytest.mark.parametrize("lacking", ["a", "b", "c"])
def test_a_store_without_its_credentials_fails_alone(
    bench: Workbench, vault: tuple[TokenVault, dict[str, Any]], lacking: str
) -> None:
    """At its own place; the others are one all the same."""
    server, provider = vault
    for namespace in "abc":
        lay_store(bench, namespace, provider)
        if namespace != lacking:
            lay_login(bench, namespace, "t1")
        lay(bench, namespace)

    outcome = bench.render()

    assert errors(outcome) == [(lacking, "ES0205", f"store-{lacking}-main.yaml")]
    assert sorted(values(outcome)) == sorted({"a", "b", "c"} - {lacking})
    assert server.asked == {"t1": 1}


def test_a_refusal_is_told_at_each_ones_place(
    bench: Workbench, vault: tuple[TokenVault, dict[str, Any]]
) -> None:
    """One call is refused; each ExternalSecret has that error at its own entry."""
    server, provider = vault
    for namespace in "ab":
        lay_store(bench, namespace, provider)
        lay_login(bench, namespace, "revoked")
        lay(bench, namespace)

    outcome = bench.render()

    assert errors(outcome) == [
        ("a", "ES0304", "es-a-main.yaml"),
        ("b", "ES0304", "es-b-main.yaml"),
    ]
    assert server.asked == {"revoked": 1}


def test_a_condition_counts_for_each_store(bench: Workbench) -> None:
    """A namespace that a store refuses gains nothing from an equal one that does not."""
    lay_store(bench, "a", FAKE, "fake")
    lay(bench, "a", "fake")
    lay_store(bench, "", FAKE, "fake", conditions=[{"namespaces": ["elsewhere"]}])
    lay(bench, "b", "fake", "ClusterSecretStore")

    outcome = bench.render()

    assert values(outcome) == {"a": "v"}
    assert [namespace for namespace, _, _ in errors(outcome)] == ["b"]


def test_leave_for_the_process_identity_is_not_shared(bench: Workbench) -> None:
    """`--allow-ambient` names one of two equal stores: the other stays refused."""
    aws = {"aws": {"service": "SecretsManager", "region": "eu-central-1"}}
    bench.flags = StoreFlags(allow_ambient=["a/main"], timeout="5s")
    bench.over_after = 0  # no store is asked
    for namespace in "ab":
        lay_store(bench, namespace, aws)
        lay(bench, namespace)

    assert dict(one[:2] for one in errors(bench.render())) == {"a": "ES0305", "b": "ES0352"}


def test_credentials_of_the_cluster_make_the_plan_an_upper_bound(
    bench: Workbench, vault: tuple[TokenVault, dict[str, Any]]
) -> None:
    """The plan does not read them, and says "at most"; the run compares them."""
    server, provider = vault
    for namespace in "ab":
        lay_store(bench, namespace, provider)
        lay(bench, namespace)

    planned = bench.plan()

    assert [(one.total, one.unknown) for one in planned.forecasts] == [(1, 1), (1, 1)]
    for namespace in "ab":
        lay_login(bench, namespace, "t1")
    assert values(agreed(bench)) == {"a": "for t1", "b": "for t1"}
    assert server.asked == {"t1": 1}
