"""ExternalSecrets for benchmarks: two keys each, over one ClusterSecretStore."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tests.bench.store import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

PER_NAMESPACE = 500
USERS_OF_ONE = 100

STORE = f"""\
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata:
  name: bench
spec:
  provider:
    aws:
      service: SecretsManager
      region: {REGION}
"""

TEMPLATE = """\
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: app-{number:05}
  namespace: {namespace}
  labels:
    app.kubernetes.io/name: app-{number:05}
    app.kubernetes.io/part-of: bench
spec:
  refreshInterval: 1h0m0s
  secretStoreRef:
    kind: ClusterSecretStore
    name: bench
  target:
    name: app-{number:05}
    creationPolicy: Owner
  data:
    - secretKey: username
      remoteRef:
        key: {first}
        property: username
    - secretKey: password
      remoteRef:
        key: {second}
        property: password
"""


class Variant(StrEnum):
    """How many remote secrets there are."""

    DISTINCT = "distinct"
    SHARED = "shared"


def namespaces(size: int, prefix: str) -> list[str]:
    """Return the namespaces over which ``size`` ExternalSecrets are spread."""
    return [f"{prefix}-{number}" for number in range(-(-size // PER_NAMESPACE))]


def distinct(size: int, variant: Variant) -> int:
    """Return how many remote secrets are needed."""
    return 2 * size if variant is Variant.DISTINCT else -(-size // USERS_OF_ONE)


def documents(size: int, variant: Variant, prefix: str) -> Iterator[str]:
    """Yield the store and ``size`` ExternalSecrets, as YAML."""
    yield STORE
    for number in range(size):
        if variant is Variant.DISTINCT:
            first, second = f"bench/{number:05}/user", f"bench/{number:05}/login"
        else:
            first = second = f"bench/shared/{number % distinct(size, variant):05}"
        yield TEMPLATE.format(
            number=number,
            namespace=f"{prefix}-{number // PER_NAMESPACE}",
            first=first,
            second=second,
        )
