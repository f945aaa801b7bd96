"""Kinds defined on an API server without their schemas: the operator's, and one of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.servers.kubernetes import KubernetesServer

GROUP = "external-secrets.io"
KINDS = ("ExternalSecret", "ClusterExternalSecret", "SecretStore", "ClusterSecretStore")


VAULT = {"group": "stores.example", "version": "v1", "kind": "Vault"}
"""A kind of objects with a namespace that nobody but a store reads."""


def install_external_secrets(server: KubernetesServer) -> None:
    """Define the four kinds."""
    server.install_crds([_definition(GROUP, kind) for kind in KINDS])


def install_vaults(server: KubernetesServer) -> None:
    """Define the kind ``VAULT``, whose objects hold anything."""
    server.install_crds([_definition(VAULT["group"], VAULT["kind"])])


def _definition(group: str, kind: str) -> dict[str, Any]:
    plural = f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "scope": "Cluster" if kind.startswith("Cluster") else "Namespaced",
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                    "subresources": {"status": {}},
                }
            ],
        },
    }
