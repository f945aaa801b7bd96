"""Every state that Secrets had, read from a watch that goes on when the API server comes back."""

from __future__ import annotations

import json
import ssl
from base64 import b64decode
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPSConnection
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.servers.process import PAUSE, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.servers.kubernetes import KubernetesServer

SECRETS = "/api/v1/secrets"
_MARKS = "default"


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one Secret; ``data`` is None when it was deleted."""

    namespace: str
    name: str
    data: Mapping[str, str] | None = field(repr=False)


class Watch:
    """Reads all Secrets of a server from the moment it is made.

    Attributes:
        seen: what happened, in order.
        interruptions: how often the stream broke and was taken up where it was.
    """

    def __init__(self, server: KubernetesServer) -> None:
        self.seen: list[Seen] = []
        self.interruptions = 0
        self._server = server
        self._ended = Event()
        self._failure = ""
        self._marks = 0
        listed = server.request("GET", f"{SECRETS}?limit=1").json()
        self._version = listed["metadata"]["resourceVersion"]
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def caught_up(self) -> list[Seen]:
        """Return what was seen, once everything that happened up to now is in it."""
        self._marks += 1
        name = f"mark-{id(self)}-{self._marks}"
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}}
        self._server.apply(f"/api/v1/namespaces/{_MARKS}/secrets/{name}", body)
        wait_until(lambda: self._failed() or self._has(name), "the watch saw everything")
        assert not self._failure, self._failure
        return [one for one in self.seen if one.namespace != _MARKS]

    def end(self) -> None:
        """Read no more."""
        self._ended.set()

    def _failed(self) -> bool:
        return bool(self._failure)

    def _has(self, name: str) -> bool:
        return any(one.name == name for one in reversed(self.seen))

    def _read(self) -> None:
        while not (self._ended.is_set() or self._failure):
            with suppress(OSError, HTTPException, ValueError):
                self._stream()
            self.interruptions += 1
            self._ended.wait(PAUSE)

    def _stream(self) -> None:
        context = ssl.create_default_context(cafile=str(self._server.ca))
        address = urlsplit(self._server.url).netloc
        connection = HTTPSConnection(address, timeout=60, context=context)
        try:
            path = f"{SECRETS}?watch=1&resourceVersion={self._version}"
            headers = {"Authorization": f"Bearer {self._server.token}"}
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            if response.status != 200:
                return
            while line := response.readline():
                self._note(json.loads(line))
        finally:
            connection.close()

    def _note(self, event: Mapping[str, Any]) -> None:
        body = event["object"]
        if event["type"] == "ERROR":
            self._failure = f"the watch has a gap: {body.get('message')}"
            return
        metadata = body["metadata"]
        gone = event["type"] == "DELETED"
        data = None if gone else {k: _text(v) for k, v in (body.get("data") or {}).items()}
        self.seen.append(Seen(metadata["namespace"], metadata["name"], data))
        self._version = metadata["resourceVersion"]


@contextmanager
def watching(server: KubernetesServer) -> Iterator[Watch]:
    """Watch the Secrets of ``server``."""
    watch = Watch(server)
    try:
        yield watch
    finally:
        watch.end()


def _text(encoded: str) -> str:
    return b64decode(encoded).decode()
