"""KV v2 on OpenBao, read by both providers; a secret there is a map, and a value one member of it.

The suite's values are the member ``value`` of their secret, and its names begin with a slash, which
Vault does not keep: a thin cover over the provider tells the one from the other.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from esync.payload.payload import JsonPayload, Lookup
from esync.providers.contract import Finds, Provider, ReadsMetadata
from esync.secret import SecretValue
from tests.contract.case import Ability, Case, Fault
from tests.fakes.clock import Clock
from tests.fakes.stores import MemoryCredentials
from tests.fakes.vault import (
    NO_RETRY,
    TOKEN_REF,
    open_openbao,
    open_vault,
    root_of,
    vault_stub,
    write,
)
from tests.servers.web import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pytest

    from esync.manifests.externalsecret import Find
    from esync.payload.payload import Payload
    from tests.servers.openbao import OpenBaoServer

MEMBER = "value"
USES = 10
POLICY = 'path "MOUNT/*" {capabilities = ["read", "list"]}'
SYSTEM = {"created_time", "current_version", "delete_version_after"}
FAULTS = {
    Fault.THROTTLED: Response(429, {"errors": ["hunter2"]}, {"Retry-After": "0"}),
    Fault.MALFORMED: Response(200, "hunter2 {"),
}


@dataclass(frozen=True)
class Member:
    """One member of a secret, as if it were all of it."""

    payload: Payload

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return the member; nothing is inside of it."""
        return self.payload.value(property or MEMBER)

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return what the member has."""
        return self.payload.members(property or MEMBER)


class Cover:
    """A provider that gives members, of a store without metadata."""

    converts_found_keys: ClassVar[bool] = False

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def read(self, key: str, version: str = "") -> Payload:
        """Return the member of a secret."""
        return Member(self.provider.read(key, version))

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the members of what is found, by names with a slash before them."""
        assert isinstance(self.provider, Finds)
        found = self.provider.find(wanted)
        slash = "" if wanted.path else "/"
        return {slash + name: _member(value) for name, value in found.items()}

    def close(self) -> None:
        """Pass it on."""
        self.provider.close()


class CoverWithMetadata(Cover):
    """A provider that gives members, and metadata without the fields of the system."""

    def read_metadata(self, key: str, version: str = "") -> Payload:
        """Return what was written as tags."""
        assert isinstance(self.provider, ReadsMetadata)
        known = json.loads(self.provider.read_metadata(key, version).value().reveal())
        assert known.keys() >= SYSTEM
        tags = {name: text for name, text in known.items() if name not in SYSTEM}
        return JsonPayload(SecretValue(json.dumps(tags).encode()), Lookup.PATH)


def _member(value: SecretValue) -> SecretValue:
    text: str = json.loads(value.reveal())[MEMBER]
    return SecretValue(text.encode())


class OpenBaoCase:
    """The smaller provider."""

    proven_on = "OpenBao server"
    abilities = frozenset(
        {
            Ability.ANY_VALUE,
            Ability.EMPTY,
            Ability.VERSIONS,
            Ability.EXTRACT,
            Ability.FIND_NAME,
        }
    )
    faults = frozenset(Fault)
    longest = 1 << 20
    tags_at = ""
    separator = "/"

    def __init__(self, server: OpenBaoServer) -> None:
        self._server = server
        self._mount = server.mount_kv()
        self._secret_id = ""

    def open(self) -> Provider:
        """Return the provider with the root token."""
        return self._open(self._server.url, self._server.token)

    def name(self, short: str) -> str:
        """Names begin with a slash."""
        return f"/{short}"

    def put(self, name: str, value: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Write the member of a secret, or a new version of it."""
        data = {"data": {MEMBER: value.decode()}}
        write(self._server, f"{self._mount}/data{name}", data)
        if tags:
            about = {"custom_metadata": dict(tags)}
            write(self._server, f"{self._mount}/metadata{name}", about)
        return name

    def version(self, name: str, number: int) -> str:  # noqa: ARG002 - the case's contract
        """Its number."""
        return str(number)

    @contextmanager
    def broken(self, fault: Fault) -> Iterator[Provider]:
        """Give a token that nobody knows, ask a stub, or a port where nobody listens."""
        if fault is Fault.DENIED:
            yield self._open(self._server.url, "s.unknown")
        elif fault is Fault.UNREACHABLE:
            yield self._open("http://127.0.0.1:9", "s.any")
        else:
            with vault_stub() as stub:
                stub.answers.clear()
                stub.tell("", FAULTS[fault])
                yield self._open(stub.url, "s.any")

    def sign_ins(self) -> int:
        """Count how often the secret id was used."""
        path = f"auth/{self._mount}/role/app/secret-id/lookup"
        found = write(self._server, path, {"secret_id": self._secret_id})
        return USES - int(found["data"]["secret_id_num_uses"])

    def long_run(self) -> tuple[Provider, Callable[[], None]]:
        """Give a provider that logs in, and what revokes its token."""
        server, mount, clock = self._server, self._mount, Clock()
        role = f"auth/{mount}/role/app"
        write(server, f"sys/auth/{mount}", {"type": "approle"})
        write(server, f"sys/policies/acl/{mount}", {"policy": POLICY.replace("MOUNT", mount)})
        write(server, role, {"token_policies": [mount], "token_ttl": "1h"})
        role_id = write(server, f"{role}/role-id", None, "GET")["data"]["role_id"]
        made = write(server, f"{role}/secret-id", {"num_uses": USES})
        self._secret_id = made["data"]["secret_id"]
        cluster = MemoryCredentials()
        cluster.add_secret("vault", {"id": self._secret_id})
        login = {"path": mount, "roleId": role_id, "secretRef": {"name": "vault", "key": "id"}}
        settings = {"server": server.url, "path": mount, "auth": {"appRole": login}}

        def end() -> None:
            write(server, f"sys/leases/revoke-prefix/auth/{mount}/login", {}, "PUT")

        return self._cover(settings, cluster, clock=clock.now), clock.passing(end)

    def _open(self, url: str, token: str) -> Provider:
        cluster = root_of(self._server)
        cluster.add_secret("vault", {"token": token})
        return self._cover({"server": url, "path": self._mount, "auth": TOKEN_REF}, cluster)

    def _cover(self, settings: Mapping[str, Any], cluster: Any, **more: Any) -> Provider:
        return Cover(open_openbao(settings, cluster, **more))


class VaultCase(OpenBaoCase):
    """The larger provider."""

    abilities = OpenBaoCase.abilities | {
        Ability.NO_SECRET,
        Ability.METADATA,
        Ability.FIND_TAGS,
        Ability.FIND_PATH,
    }

    def _cover(self, settings: Mapping[str, Any], cluster: Any, **more: Any) -> Provider:
        return CoverWithMetadata(open_vault(settings, cluster, retry=NO_RETRY, **more))


def vault(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Yield an empty KV v2 engine for the larger provider."""
    yield VaultCase(request.getfixturevalue("openbao_server"))


def openbao(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Yield an empty KV v2 engine for the smaller provider."""
    yield OpenBaoCase(request.getfixturevalue("openbao_server"))
