"""A canned store for benchmarks: speaks Secrets Manager's protocol, and answers after a set time.

Run by :func:`canned_store` as a process of its own. It signs nobody in and knows every secret: the
value of a name is made from the name. ``GET /counts`` tells how often each call was made.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from tests.servers.http import answers, request
from tests.servers.process import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGION = "eu-central-1"
MISSING = "missing/"


@dataclass(frozen=True, slots=True)
class CannedStore:
    """A running store."""

    url: str

    def environment(self) -> dict[str, str]:
        """Return what makes every AWS SDK talk to this store, and ask nobody for credentials."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def counts(self) -> dict[str, int]:
        """Return how often each call was made since the last time, and start from 0 again."""
        answer = request("GET", f"{self.url}/counts")
        assert answer.status == 200
        found: dict[str, int] = json.loads(answer.body)
        return found


@contextmanager
def canned_store(folder: Path, latency: float) -> Iterator[CannedStore]:
    """Run a store that waits ``latency`` seconds before each answer, with its log in ``folder``."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.bench.store", "--port", str(port)]
    command += ["--latency", str(latency)]
    with running(command, log=folder / "store.log", ready=lambda: answers(f"{url}/counts")):
        yield CannedStore(url)


def secret_of(name: str) -> dict[str, str]:
    """Return the members of the JSON object that a secret is."""
    return {"username": f"user-{name}", "password": sha256(name.encode()).hexdigest()}


class _Connection(asyncio.Protocol):
    """One client; a request is answered before the next one is sent."""

    def __init__(self, latency: float, counts: Counter[str]) -> None:
        self._latency = latency
        self._counts = counts
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        headers = _headers(head)
        if len(body) < int(headers.get("content-length", "0")):
            return
        self._received = b""
        if head.startswith(b"GET /counts"):
            counted = json.dumps(self._counts).encode()
            self._counts.clear()
            self._send(counted)
            return
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        self._counts[operation] += 1
        answer = json.dumps(_answer(operation, json.loads(body))).encode()
        asyncio.get_running_loop().call_later(self._latency, self._send, answer)

    def _send(self, body: bytes) -> None:
        assert self._transport is not None
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n"
            b"x-amzn-RequestId: bench\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )


def _headers(head: bytes) -> dict[str, str]:
    pairs = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return {name.decode().lower(): value.strip().decode() for name, _, value in pairs}


def _answer(operation: str, asked: dict[str, object]) -> dict[str, object]:
    if operation == "GetSecretValue":
        return _secret(str(asked["SecretId"]))
    if operation == "BatchGetSecretValue":
        names = asked.get("SecretIdList")
        listed = [str(name) for name in names] if isinstance(names, list) else []
        return {
            "SecretValues": [_secret(name) for name in listed if not name.startswith(MISSING)],
            "Errors": [
                {"SecretId": name, "ErrorCode": "ResourceNotFoundException", "Message": "none"}
                for name in listed
                if name.startswith(MISSING)
            ],
        }
    if operation == "ListSecrets":
        return {"SecretList": [{"Name": "found/a"}, {"Name": "found/b"}]}
    return {"Tags": [{"Key": "team", "Value": "bench"}]}


def _secret(name: str) -> dict[str, object]:
    return {
        "ARN": f"arn:aws:secretsmanager:{REGION}:123456789012:secret:{name}-AbCdEf",
        "Name": name,
        "VersionId": "6b4b7f1e-6f0e-4a53-8f0e-0d0f0a0b0c0d",
        "SecretString": json.dumps(secret_of(name)),
        "VersionStages": ["AWSCURRENT"],
        "CreatedDate": 1_700_000_000.0,
    }


async def _serve(port: int, latency: float) -> None:
    counts: Counter[str] = Counter()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(latency, counts), "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency", type=float, required=True)
    chosen = parser.parse_args()
    asyncio.run(_serve(chosen.port, chosen.latency))


if __name__ == "__main__":
    main()
