"""Reads Vault's key-value engines, v1 and v2.

Source:
    External Secrets Operator 2.9, Vault provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Self

from esync.providers.contract import BadAnswer, FindBy, NoSecret, ProviderError, Unsupported
from esync.providers.names import name_pattern
from esync.providers.vault.calls import LIST, fetch, inner_data, listed_names, mapping
from esync.providers.vault.checks import errors_of, read_spec
from esync.providers.vault.connect import open_session
from esync.providers.vault.paths import KvVersion, data_path, metadata_path
from esync.providers.vault.payload import EmptyPayload, VaultPayload
from esync.providers.vault.values import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from esync.errors import EsyncError
    from esync.identity.access import Access
    from esync.manifests.externalsecret import Find
    from esync.manifests.store import Store
    from esync.payload.payload import Payload
    from esync.providers.vault.session import Session
    from esync.secret import SecretValue

_SYSTEM_FIELDS: Final = (b"created_time", b"current_version", b"delete_version_after")
_DEEPEST: Final = 100


class Vault:
    """Reads the secrets of one mount, or of any if the store names none.

    One instance serves one store, and may be called from several threads at once.
    """

    has_ambient_identity: ClassVar[bool] = True
    converts_found_keys: ClassVar[bool] = False
    finds_by: ClassVar[tuple[FindBy, ...]] = (FindBy.NAME, FindBy.TAGS, FindBy.PATH)

    def __init__(self, session: Session, mount: str | None, version: KvVersion) -> None:
        self._session = session
        self._mount = mount
        self._version = version

    @classmethod
    def check(cls, store: Store) -> Sequence[EsyncError]:
        """Return what is wrong with the settings; asks nobody."""
        return errors_of(store)

    @classmethod
    def shares_namespaces(cls, store: Store) -> bool:  # noqa: ARG003 - holds for all of them
        """Nothing but references makes the identity depend on who asks."""
        return True

    @classmethod
    def open(cls, store: Store, access: Access) -> Self:
        """Make a client; it signs in when it is asked for the first time.

        Raises:
            EsyncError: the settings cannot work, the store may not use the identity of the
                process, its host is not allowed, or its certificates cannot be read.
        """
        spec = read_spec(store)
        return cls(open_session(spec, access, store.retry), spec.path, spec.version)

    def read(self, key: str, version: str = "") -> Payload:
        """Return a secret.

        Args:
            key: with or without the mount.
            version: a number; KV v1 does not look at it.

        Raises:
            NoSecret: there is none, or this version of it was deleted.
            ProviderError: see :func:`esync.providers.vault.calls.fetch`.
        """
        return self._read(data_path(self._mount, self._version, key), key, version)

    def read_metadata(self, key: str, version: str = "") -> Payload:  # noqa: ARG002 - all alike
        """Return what is known about a secret: times, the number of its version, its own words.

        Raises:
            Unsupported: KV v1 has none.
            ProviderError: also for a secret that does not exist; this is no NoSecret.
        """
        if self._version is KvVersion.V1:
            raise Unsupported(
                "KV v1 keeps no metadata", hint="leave metadataPolicy out, or use a KV v2 mount"
            )
        found = self._metadata(key)
        return VaultPayload(found) if found else EmptyPayload()

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the secrets below a folder that match, by name within the mount.

        Names keep ``find.path``. A name wins over tags; with neither, everything matches.

        Raises:
            NoSecret: the folder, or one below it, is not there.
            Unsupported: tags are asked for, and KV v1 has none.
        """
        if wanted.tags is not None and self._version is KvVersion.V1:
            raise Unsupported("KV v1 has no metadata to find by tags", hint="use find.name")
        matches = self._matcher(wanted)
        start = "" if wanted.path is None else f"{wanted.path}/"
        found = {}
        for name in self._names(start):
            if matches(name):
                try:
                    found[name] = self._read(self._listed_path(name), name, "").value()
                except NoSecret:
                    continue  # its newest version was deleted, and it is still listed
        return found

    def close(self) -> None:
        """Give back the token, if it is our own, and close the connections."""
        self._session.close()

    def _matcher(self, wanted: Find) -> Callable[[str], bool]:
        if wanted.name is not None:
            return name_pattern(wanted.name)
        tags = {key.encode(): value.encode() for key, value in (wanted.tags or {}).items()}
        return lambda name: not tags or tags.items() <= self._metadata(name).items()

    def _read(self, path: str, key: str, version: str) -> VaultPayload:
        about = f'secret "{key}"' + (f' at version "{version}"' if version else "")
        query = (("version", version),) if version else ()
        response = fetch(self._session, path, about, query=query)
        data = None if response is None else response.data
        if self._version is KvVersion.V2 and response is not None:
            data = inner_data(data, about)
        if data is None:
            raise NoSecret(f"{about} does not exist")
        return VaultPayload(mapping(data, about))

    def _metadata(self, key: str) -> dict[bytes, bytes]:
        about = f'metadata of secret "{key}"'
        response = fetch(self._session, metadata_path(self._mount, self._version, key), about)
        if response is None or response.data is None:
            mount = self._mount
            repeats = mount is not None and key.startswith(f"{mount}/")
            hint = "leave the mount out of the key" if repeats else ""
            raise ProviderError(f"{about}: there is none", hint=hint)
        known = mapping(response.data, about)
        own = known.get(b"custom_metadata") or {}
        listed = {name: known[name] for name in _SYSTEM_FIELDS if known.get(name) is not None}
        return {name: render(value) for name, value in (listed | own).items()}

    def _names(self, folder: str, depth: int = 0) -> Iterator[str]:
        """Yield the names of all secrets below ``folder``, which ends in a slash or is empty."""
        about = f'the list of "{folder}"'
        if depth > _DEEPEST:
            raise BadAnswer(f"{about}: folders are nested too deep")
        path = metadata_path(self._mount, self._version, folder)
        response = fetch(self._session, path, about, query=LIST, capability="list")
        if response is None:
            raise NoSecret(f"{about}: there is no such folder")
        for name in listed_names(response.data, about):
            if name.endswith("/"):
                yield from self._names(folder + name, depth + 1)
            else:
                yield folder + name

    def _listed_path(self, name: str) -> str:
        """Return the data path of a name from a list, which never repeats the mount.

        ESO would take a folder that is named like the mount for the mount, and read another secret.
        """
        if self._mount is None:
            return data_path(None, self._version, name)
        between = "/data/" if self._version is KvVersion.V2 else "/"
        return f"{self._mount}{between}{name}"
