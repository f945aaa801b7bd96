"""The least that writing can take: a client that does nothing but POST Secrets, several at once.

Run as ``python -m tests.bench.floor --server URL --ca FILE --namespace NAME --number N``, with the
token in ``TOKEN``; prints Secrets written in a second.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import ssl
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

WRITERS = 16


def main() -> None:
    """Write, and print the rate."""
    parser = argparse.ArgumentParser()
    for name in ("server", "ca", "namespace"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--number", type=int, required=True)
    chosen = parser.parse_args()
    trust = ssl.create_default_context(cafile=chosen.ca)
    bodies = [_body(chosen.namespace, number) for number in range(chosen.number)]
    start = time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as pool:
        parts = [bodies[part::WRITERS] for part in range(WRITERS)]
        list(pool.map(lambda part: _write(chosen.server, trust, chosen.namespace, part), parts))
    print(chosen.number / (time.perf_counter() - start))


def _body(namespace: str, number: int) -> bytes:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"floor-{number:05}",
            "namespace": namespace,
            "labels": {
                "app.kubernetes.io/name": f"app-{number:05}",
                "app.kubernetes.io/part-of": "bench",
                "reconcile.external-secrets.io/managed": "true",
                "reconcile.external-secrets.io/created-by": "0" * 56,
            },
            "annotations": {"reconcile.external-secrets.io/data-hash": "0" * 56},
        },
        "type": "Opaque",
        "data": {
            "username": b64encode(f"user-bench/{number:05}/user".encode()).decode(),
            "password": b64encode(b"0" * 64).decode(),
        },
    }
    return json.dumps(secret).encode()


def _write(server: str, trust: ssl.SSLContext, namespace: str, bodies: list[bytes]) -> None:
    parts = urlsplit(server)
    connection = http.client.HTTPSConnection(str(parts.hostname), parts.port, context=trust)
    headers = {
        "Authorization": f"Bearer {os.environ['TOKEN']}",
        "Content-Type": "application/json",
    }
    path = f"/api/v1/namespaces/{namespace}/secrets?fieldManager=floor"
    for body in bodies:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == http.client.CREATED, answer.status
    connection.close()


if __name__ == "__main__":
    main()
