"""Secrets of a real API server, by the administrator; a value is the one key of its Secret."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from esync.identity.references import StoreAccess
from esync.providers.contract import Provider, ReadsMetadata
from esync.providers.kubernetes import Kubernetes
from esync.secret import SecretValue
from tests.contract.case import Ability, Case, Fault
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pytest

    from esync.manifests.externalsecret import Find
    from esync.payload.payload import Payload
    from tests.servers.kubernetes import KubernetesServer

KEY = "value"
TOKEN = {"token": {"bearerToken": {"name": "login", "key": "token"}}}
FAULTS = {
    Fault.THROTTLED: Response(429, {"message": "hunter2"}),
    Fault.MALFORMED: Response(200, "hunter2 {"),
}


@dataclass(frozen=True)
class OneKey:
    """One key of a Secret, as if it were all of it."""

    payload: Payload

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return the key, or what is inside of it."""
        return self.payload.value(f"{KEY}.{property}" if property else KEY)

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return the key by its name."""
        return self.payload.members(property)


class Cover:
    """A provider of Secrets that have one key."""

    converts_found_keys: ClassVar[bool] = True

    def __init__(self, provider: Kubernetes) -> None:
        self.provider = provider

    def read(self, key: str, version: str = "") -> Payload:
        """Return the key; a missing Secret is told when its value is asked for."""
        found = OneKey(self.provider.read(key, version))
        found.value()
        return found

    def read_metadata(self, key: str, version: str = "") -> Payload:
        """Return labels and annotations."""
        assert isinstance(self.provider, ReadsMetadata)
        return self.provider.read_metadata(key, version)

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the keys of what is found."""
        return {
            name: SecretValue(json.loads(value.reveal())[KEY].encode())
            for name, value in self.provider.find(wanted).items()
        }

    def close(self) -> None:
        """Pass it on."""
        self.provider.close()


class KubernetesCase:
    """A namespace of a cluster that is not that of the run."""

    proven_on = "kube-apiserver"
    # A missing Secret is a plain error to a single value, as with the operator.
    abilities = frozenset(
        {
            Ability.ANY_VALUE,
            Ability.BINARY,
            Ability.EMPTY,
            Ability.INSIDE,
            Ability.UNPARSED,
            Ability.METADATA,
            Ability.FIND_NAME,
            Ability.FIND_TAGS,
        }
    )
    faults = frozenset(Fault)
    longest = 1_000_000
    tags_at = "labels"
    separator = "n-"

    def __init__(self, server: KubernetesServer) -> None:
        self._server = server
        self._namespace = f"t-{uuid4().hex[:12]}"
        server.create_namespace(self._namespace)

    def open(self) -> Provider:
        """Return the provider with the administrator's token."""
        return self._open(self._server.url, self._server.token)

    def name(self, short: str) -> str:
        """Every name of lower-case letters is taken."""
        return short

    def put(self, name: str, value: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Create a Secret of one key."""
        body: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "labels": dict(tags or {})},
            "data": {KEY: b64encode(value).decode()},
        }
        self._server.apply(f"/api/v1/namespaces/{self._namespace}/secrets/{name}", body)
        return name

    def version(self, name: str, number: int) -> str:
        """Refuse: it has no versions."""
        raise AssertionError((name, number))

    def calls(self) -> int:
        """Count what was read in the namespace, by the API server's audit log."""
        events = self._server.audit_events()
        return sum(
            one.verb == "get" and one.resource == "secrets"
            for one in events
            if one.namespace == self._namespace
        )

    @contextmanager
    def broken(self, fault: Fault) -> Iterator[Provider]:
        """Give a token that nobody knows, ask a stub, or a port where nobody listens."""
        if fault is Fault.DENIED:
            yield self._open(self._server.url, "hunter2")
        elif fault is Fault.UNREACHABLE:
            yield self._open("http://127.0.0.1:9", "any")
        else:

            def answer(_: Request) -> Response:
                return FAULTS[fault]

            with serving(answer) as port:
                yield self._open(f"http://127.0.0.1:{port}", "any")

    def _open(self, url: str, token: str) -> Provider:
        credentials = MemoryCredentials()
        credentials.add_secret("login", {"token": token})
        ca = b64encode(self._server.ca.read_bytes()).decode()
        settings = {
            "server": {"url": url, "caBundle": ca},
            "auth": TOKEN,
            "remoteNamespace": self._namespace,
        }
        store = make_store("kubernetes", settings)
        return Cover(Kubernetes.open(store, StoreAccess(store, "orders", credentials)))


def secrets(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Yield an empty namespace."""
    yield KubernetesCase(request.getfixturevalue("second_kubernetes_server"))
