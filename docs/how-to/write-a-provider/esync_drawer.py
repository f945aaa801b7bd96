"""Reads the made-up service Drawer: ``GET URL/KEY`` with a token answers the value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

from esync.identity.wire import Wire
from esync.manifests.reader import examine, read
from esync.manifests.store import SecretSelector  # noqa: TC001 - the reader looks
from esync.payload.payload import JsonPayload, Lookup
from esync.providers.contract import (
    AccessDenied,
    BadStore,
    FindBy,
    NoSecret,
    ProviderError,
    Unavailable,
)
from esync.providers.names import name_pattern
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esync.errors import EsyncError
    from esync.identity.access import Access
    from esync.identity.wire import Answer
    from esync.manifests.externalsecret import Find
    from esync.manifests.store import Store
    from esync.payload.payload import Payload

PATH = ("spec", "provider", "drawer")
OK, DENIED, MISSING = 200, (401, 403), 404


@dataclass(frozen=True, slots=True)
class DrawerSpec:
    """What stands under ``spec.provider.drawer``."""

    url: str
    token_ref: SecretSelector


class Drawer:
    """Reads one drawer; may be called from several threads at once."""

    converts_found_keys: ClassVar[bool] = False
    finds_by: ClassVar[tuple[FindBy, ...]] = (FindBy.NAME,)

    def __init__(self, spec: DrawerSpec, access: Access) -> None:
        self._spec = spec
        self._access = access
        self._wire = Wire(access)

    @classmethod
    def check(cls, store: Store) -> Sequence[EsyncError]:
        """Return what is wrong with the settings; asks nobody."""
        _, errors = examine(DrawerSpec, store.settings, at_path=PATH, document=store.document)
        return errors

    @classmethod
    def open(cls, store: Store, access: Access) -> Drawer:
        """Make a client, after the host was found allowed."""
        spec = read(DrawerSpec, store.settings, at_path=PATH, document=store.document)
        if access.ambient:
            raise BadStore("drawer has no identity of the process", at=store.place())
        access.allow_host(spec.url)  # before any credential is read
        return cls(spec, access)

    def read(self, key: str, version: str = "") -> Payload:  # noqa: ARG002 - it has no versions
        """Return the value of a key."""
        return JsonPayload(SecretValue(self._get(key).body), Lookup.PATH)

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the values of all keys whose names match."""
        if wanted.name is None:
            raise ProviderError("drawer finds by name only", hint="give find.name.regexp")
        matches = name_pattern(wanted.name)
        names = [str(name) for name in self._get("").json().get("names", ())]
        return {name: self.read(name).value() for name in names if matches(name)}

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _get(self, key: str) -> Answer:
        token = self._access.secret(self._spec.token_ref, "tokenRef").reveal().decode()
        url = f"{self._spec.url}/{quote(key, safe='')}"
        answer = self._wire.send("GET", url, {"Authorization": f"Bearer {token}"})
        told = answer.outage or f"status {answer.status}"
        if answer.status == MISSING:
            raise NoSecret(f'drawer has no "{key}"')
        if answer.status in DENIED:
            denied = AccessDenied(f'"{key}": drawer denies access', hint="look at the token")
            raise denied.of_store()  # whatever was asked for: told with the store's place
        if answer.status != OK:  # never the service's own words: they may hold a value
            raise Unavailable(f'"{key}": drawer does not answer ({told})')
        return answer
