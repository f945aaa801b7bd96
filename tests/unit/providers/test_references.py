"""What a store points at, told from its settings: the same that its provider asks for."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from esync.errors import EsyncError
from esync.identity.hosts import Rules
from esync.identity.references import StoreAccess
from esync.manifests.externalsecret import StoreKind
from esync.manifests.store import RetrySettings
from esync.providers import provider_class
from esync.providers.references import references
from tests.fakes.stores import MemoryCredentials, make_store

NOWHERE = "https://127.0.0.1:9"


def secret(name: str, **rest: str) -> dict[str, str]:
    """Spell a selector of a Secret."""
    return {"name": name, "key": "k", **rest}


# Provider, settings, and what they point at: kind, name, and whether the object itself is read.
STORES: list[tuple[str, dict[str, Any], set[tuple[str, str, bool]]]] = [
    ("fake", {"data": [{"key": "k", "value": "v"}]}, set()),
    (
        "aws",
        {
            "service": "SecretsManager",
            "region": "eu-central-1",
            "auth": {
                "secretRef": {
                    "accessKeyIDSecretRef": secret("id"),
                    "secretAccessKeySecretRef": secret("key"),
                }
            },
        },
        {("Secret", "id", True), ("Secret", "key", True)},
    ),
    (
        "aws",
        {
            "service": "SecretsManager",
            "region": "eu-central-1",
            "auth": {"jwt": {"serviceAccountRef": {"name": "robot"}}},
        },
        {("ServiceAccount", "robot", True)},
    ),
    (
        "kubernetes",
        {
            "server": {"url": NOWHERE},
            "auth": {"serviceAccount": {"name": "robot", "audiences": ["a"]}},
        },
        {("ServiceAccount", "robot", False)},
    ),
    (
        "kubernetes",
        {
            "server": {
                "url": NOWHERE,
                "caProvider": {"type": "ConfigMap", "name": "ca", "key": "k"},
            },
            "auth": {"token": {"bearerToken": secret("token")}},
        },
        {("ConfigMap", "ca", True), ("Secret", "token", True)},
    ),
    (
        "kubernetes",
        {"authRef": secret("kubeconfig")},
        {("Secret", "kubeconfig", True)},
    ),
    (
        "vault",
        {"server": NOWHERE, "path": "p", "auth": {"tokenSecretRef": secret("token")}},
        {("Secret", "token", True)},
    ),
    (
        "vault",
        {
            "server": NOWHERE,
            "path": "p",
            "auth": {
                "kubernetes": {
                    "mountPath": "kubernetes",
                    "role": "r",
                    "serviceAccountRef": {"name": "robot", "audiences": ["vault"]},
                }
            },
        },
        {("ServiceAccount", "robot", False)},
    ),
    (
        "vault",
        {
            "server": NOWHERE,
            "path": "p",
            "auth": {"cert": {"clientCert": secret("cert"), "secretRef": secret("key")}},
        },
        {("Secret", "cert", True), ("Secret", "key", True)},
    ),
    (
        "gcpsm",
        {
            "projectID": "p",
            "auth": {"secretRef": {"secretAccessKeySecretRef": secret("robot")}},
        },
        {("Secret", "robot", True)},
    ),
    (
        "azurekv",
        {
            "vaultUrl": "https://v.vault.azure.net",
            "tenantId": "t",
            "authSecretRef": {"clientId": secret("id"), "clientSecret": secret("key")},
        },
        {("Secret", "id", True), ("Secret", "key", True)},
    ),
    (
        "webhook",
        {
            "url": NOWHERE,
            "headers": {"login": "{{ .login.k }}"},
            "result": {"jsonPath": "$"},
            "secrets": [{"name": "login", "secretRef": {"name": "web"}}],
        },
        {("Secret", "web", True)},
    ),
    (
        "ibm",
        {"serviceUrl": NOWHERE, "auth": {"secretRef": {"secretApiKeySecretRef": secret("key")}}},
        {("Secret", "key", True)},
    ),
]


@pytest.mark.parametrize(("provider", "settings", "expected"), STORES)
def test_settings_tell_what_is_pointed_at(
    provider: str, settings: dict[str, Any], expected: set[tuple[str, str, bool]]
) -> None:
    """Nothing else, and all of it in the store's own namespace."""
    found = list(references(make_store(provider, settings), "orders"))

    assert {(one.kind, one.name, one.is_read) for one in found} == expected
    assert {one.namespace for one in found} <= {"orders"}


@pytest.mark.parametrize(("provider", "settings", "expected"), STORES)
def test_the_provider_asks_for_nothing_else(
    provider: str, settings: dict[str, Any], expected: set[tuple[str, str, bool]]
) -> None:
    """Whatever it asks for was told, and something is asked wherever something was told."""
    credentials = MemoryCredentials()
    for kind, name, _ in expected:
        # Clouds would be asked over the network: what they lack ends it before.
        if kind == "Secret" and provider not in {"aws", "azurekv"}:
            credentials.add_secret(name, {"k": "v"})
    store = make_store(provider, settings, retry=RetrySettings(max_retries=0))
    access = StoreAccess(store, "orders", credentials, Rules(), {})

    with suppress(EsyncError):  # nobody answers
        opened = provider_class(provider).open(store, access)
        with suppress(EsyncError):
            opened.read("group/arbitrary/name" if provider == "ibm" else "k")
        opened.close()

    read = {(kind, name, True) for kind, _, name in credentials.asked}
    tokens = {("ServiceAccount", one[1], False) for one in credentials.tokens}
    assert read <= expected
    assert tokens <= {(kind, name, False) for kind, name, _ in expected}
    assert bool(read | tokens) == bool(expected)


def test_a_cluster_store_names_namespaces_or_reads_those_who_ask() -> None:
    """A namespace of a SecretStore's selector counts for nothing."""
    auth = {
        "secretRef": {
            "accessKeyIDSecretRef": secret("id", namespace="safe"),
            "secretAccessKeySecretRef": secret("key"),
        }
    }

    def found(kind: StoreKind) -> list[tuple[str, str]]:
        store = make_store("aws", {"auth": auth}, kind=kind)
        return [(one.namespace, one.name) for one in references(store, "team")]

    assert found(StoreKind.CLUSTER_SECRET_STORE) == [("safe", "id"), ("team", "key")]
    assert found(StoreKind.SECRET_STORE) == [("orders", "id"), ("orders", "key")]
