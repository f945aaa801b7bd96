"""What `plan` counts is what a run then asks, by our count and by the store's own."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from esync import pipeline, shape
from esync.cli import wiring
from esync.cli.options import StoreFlags
from esync.load import LoadRequest
from tests.bench.store import CannedStore, canned_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from esync.flow.outcome import Outcome

pytestmark = pytest.mark.integration

GROUP = "external-secrets.io/v1"
AWS = {"aws": {"service": "SecretsManager", "region": "eu-central-1"}}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CannedStore]:
    """Return a store that answers at once."""
    with canned_store(tmp_path_factory.mktemp("store"), latency=0) as running:
        yield running


def cluster_store(**spec: Any) -> dict[str, Any]:
    """Return the ClusterSecretStore that all use."""
    metadata = {"name": "aws"}
    spec = {"provider": AWS, **spec}
    return {"apiVersion": GROUP, "kind": "ClusterSecretStore", "metadata": metadata, "spec": spec}


def external_secret(name: str, namespace: str, **spec: Any) -> dict[str, Any]:
    """Return an ExternalSecret over it."""
    return {
        "apiVersion": GROUP,
        "kind": "ExternalSecret",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"secretStoreRef": {"name": "aws", "kind": "ClusterSecretStore"}, **spec},
    }


def entry(secret_key: str, key: str, **ref: str) -> dict[str, Any]:
    """Return an entry of `data`."""
    return {"secretKey": secret_key, "remoteRef": {"key": key, **ref}}


def own_store(namespace: str, key: str) -> list[dict[str, Any]]:
    """Return a namespace's store, the Secret that it signs in with, and who uses it."""
    ref = {"accessKeyIDSecretRef": selector("id"), "secretAccessKeySecretRef": selector("key")}
    spec = {"provider": {"aws": {**AWS["aws"], "auth": {"secretRef": ref}}}}
    meta = {"name": "own", "namespace": namespace}
    values = {"id": key, "key": f"secret-of-{key}"}
    return [
        {"apiVersion": GROUP, "kind": "SecretStore", "metadata": meta, "spec": spec},
        {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": values},
        external_secret("a", namespace, secretStoreRef={"name": "own"}, data=[entry("a", "db")]),
    ]


def selector(key: str) -> dict[str, str]:
    """Point at a key of a Secret."""
    return {"name": "own", "key": key}


EXTRACT = {"dataFrom": [{"extract": {"key": "db"}}]}
PROPERTIES = {"data": [entry(name, "db", property=name) for name in ("username", "password")]}
CASES: dict[str, tuple[list[dict[str, Any]], dict[str, int]]] = {
    "batches and a single rest": (
        [external_secret(f"e{n}", f"team-{n % 3}", data=[entry("a", f"k{n}")]) for n in range(41)],
        {"BatchGetSecretValue": 2, "GetSecretValue": 1},
    ),
    "properties, extract and namespaces share one call": (
        [
            external_secret("a", "one", **PROPERTIES),
            external_secret("b", "two", **EXTRACT),
            external_secret("c", "two", **PROPERTIES),
        ],
        {"GetSecretValue": 1},
    ),
    "versions are asked alone": (
        [external_secret("a", "one", data=[entry(v, "x", version=v) for v in ("V1", "V2")])],
        {"GetSecretValue": 2},
    ),
    "metadata is another question": (
        [
            external_secret(
                "a",
                "one",
                data=[entry("a", "db"), entry("tags", "db", metadataPolicy="Fetch")],
            )
        ],
        {"DescribeSecret": 1, "GetSecretValue": 1},
    ),
    "a chain asks in waves": (
        [
            external_secret("a", "one", data=[entry("a", "db")], target={"name": "templates"}),
            external_secret(
                "b",
                "one",
                data=[entry("a", "db")],
                target={
                    "template": {
                        "templateFrom": [{"secret": {"name": "templates", "items": [{"key": "a"}]}}]
                    }
                },
            ),
        ],
        {"GetSecretValue": 2},
    ),
    "stores of namespaces that sign in with equal keys": (
        [
            document
            for namespace, key in {"one": "K1", "two": "K1", "three": "K2", "four": "K1"}.items()
            for document in own_store(namespace, key)
        ],
        {"GetSecretValue": 2},
    ),
    "nothing to ask": ([], {}),
}


def run(command: str, folder: Path) -> Outcome:
    """Plan or render what lies in a folder."""
    files = LoadRequest(files=(str(folder),), default_namespace="default")
    world = pipeline.World(
        cluster=None,
        door_of=wiring.doors(StoreFlags(), None),
        chance=shape.Chance(clock=lambda: 0, random=lambda n: b"\7" * n),
        over=lambda: "",
    )
    outcome: Outcome = getattr(pipeline, command)(pipeline.Request(files), world)
    return outcome


def lay(folder: Path, documents: list[dict[str, Any]]) -> None:
    """Write manifests."""
    (folder / "all.yaml").write_text("\n---\n".join(map(json.dumps, documents)))


@pytest.mark.parametrize("case", CASES)
def test_plan_and_reality_agree(
    case: str, store: CannedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By operation as the report counts, and by the calls that the store has seen."""
    documents, expected = CASES[case]
    lay(tmp_path, [cluster_store(), *documents])
    for name, value in store.environment().items():
        monkeypatch.setenv(name, value)
    store.counts()

    planned = run("plan", tmp_path)
    assert store.counts() == {}  # nothing was asked
    rendered = run("render", tmp_path)

    assert rendered.failures == ()
    assert {one.store: one.calls for one in planned.forecasts} == {
        one.store: one.calls for one in rendered.calls
    }
    requests = sum((Counter(one.requests) for one in planned.forecasts), Counter[str]())
    assert requests == expected
    assert store.counts() == expected


def test_a_search_is_counted_at_least(
    store: CannedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One call is planned; a list and a batch are what the store sees."""
    rewrite = [{"regexp": {"source": "/", "target": "-"}}]
    wanted = {"dataFrom": [{"find": {"name": {"regexp": "^found/"}}, "rewrite": rewrite}]}
    lay(tmp_path, [cluster_store(), external_secret("a", "one", **wanted)])
    for name, value in store.environment().items():
        monkeypatch.setenv(name, value)
    store.counts()

    (planned,) = run("plan", tmp_path).forecasts
    rendered = run("render", tmp_path)

    assert rendered.failures == ()
    assert planned.searches == 1
    assert planned.calls == rendered.calls[0].calls == {"find": 1}
    seen = store.counts()
    assert seen == {"ListSecrets": 1, "BatchGetSecretValue": 1}
    assert sum(planned.requests.values()) <= sum(seen.values())
