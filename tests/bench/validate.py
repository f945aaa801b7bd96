"""How long it takes to validate 1,000 documents, as a multiple of parsing them.

Run it with ``python -m tests.bench.validate``. Both are measured in turns, in one process that has
imported everything; the median counts. The documents are those of one repository: ExternalSecrets
with and without templates, searches, a few stores.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from esync import pipeline
from esync.cli import wiring
from esync.cli.options import StoreFlags
from esync.load import LoadRequest
from esync.load.documents import Scope, read_documents
from esync.shape import Chance

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENTS: Final = 1000
ROUNDS: Final = 9
LIMIT: Final = 3.0

STORES = """\
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata:
  name: vault
spec:
  conditions:
    - namespaceRegexes: ["^team-[0-9]+$"]
  provider:
    vault:
      server: https://vault.example.com
      path: kv
      version: v2
      auth:
        kubernetes:
          mountPath: kubernetes
          role: external-secrets
          serviceAccountRef: {name: external-secrets, namespace: external-secrets}
---
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata:
  name: doppler
spec:
  conditions:
    - namespaces: [team-1, team-2]
  provider:
    doppler:
      auth:
        secretRef:
          dopplerToken: {name: doppler, namespace: external-secrets, key: token}
"""
PLAIN = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: service-{number}
  namespace: team-{team}
  labels:
    app.kubernetes.io/name: service-{number}
spec:
  refreshInterval: 1h
  secretStoreRef:
    kind: ClusterSecretStore
    name: vault
  target:
    name: service-{number}
    creationPolicy: Owner
  data:
    - secretKey: username
      remoteRef:
        key: services/{number}/database
        property: username
    - secretKey: password
      remoteRef:
        key: services/{number}/database
        property: password
"""
TEMPLATED = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: service-{number}
  namespace: team-{team}
spec:
  refreshInterval: 1h
  secretStoreRef:
    kind: ClusterSecretStore
    name: vault
  target:
    template:
      type: Opaque
      metadata:
        labels:
          app.kubernetes.io/name: service-{number}
      data:
        config.yaml: |
          service: {number}
          database:
            url: "postgres://{{{{ .username }}}}:{{{{ .password | urlquery }}}}@db-{number}/app"
          {{{{- if .debug }}}}
          debug: {{{{ .debug | quote }}}}
          {{{{- end }}}}
  data:
    - secretKey: username
      remoteRef: {{key: services/{number}/database, property: username}}
    - secretKey: password
      remoteRef: {{key: services/{number}/database, property: password}}
    - secretKey: debug
      remoteRef: {{key: services/{number}/debug}}
"""
SEARCH = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: service-{number}
  namespace: team-{team}
spec:
  secretStoreRef:
    kind: ClusterSecretStore
    name: vault
  dataFrom:
    - find:
        path: services/{number}
        name:
          regexp: "^env-"
      rewrite:
        - regexp:
            source: "^env-(.*)$"
            target: "$1"
"""
KINDS = (PLAIN, TEMPLATED, PLAIN, SEARCH, PLAIN, TEMPLATED)


def documents() -> str:
    """Return the whole repository as one stream."""
    made = [
        KINDS[number % len(KINDS)].format(number=number, team=number % 25)
        for number in range(DOCUMENTS - 2)
    ]
    return "---\n".join([STORES, *made])


def main() -> None:
    """Print milliseconds of both, and their ratio."""
    text = documents().encode()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "all.yaml")
        file.write_bytes(text)
        flags = StoreFlags()
        world = pipeline.World(
            cluster=None,
            door_of=wiring.doors(flags, None),
            chance=Chance(time.time_ns, bytes),
            over=str,
        )
        request = pipeline.Request(LoadRequest(files=(str(file),)))
        outcome = pipeline.validate(request, world)
        if outcome.failures or outcome.warnings:
            raise SystemExit(f"these are no right documents: {outcome.failures[:1]}")
        parsing, validating = [], []
        for _ in range(ROUNDS):
            parsing.append(_milliseconds(lambda: list(read_documents(text, "all", Scope()))))
            validating.append(_milliseconds(lambda: pipeline.validate(request, world)))
    parse, validate = statistics.median(parsing), statistics.median(validating)
    print(f"parse {parse:.0f} ms, validate {validate:.0f} ms, ratio {validate / parse:.2f}")
    print(f"limit {LIMIT}: {'kept' if validate <= LIMIT * parse else 'broken'}")


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
