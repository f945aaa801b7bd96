"""The smaller provider that the operator has for OpenBao: read-only, one folder deep.

Source:
    External Secrets Operator 2.9, OpenBao provider.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, ClassVar, Final, Self

from esync.manifests.formats import NONEMPTY, Choice
from esync.manifests.reader import examine, read
from esync.manifests.store import CaProvider, SecretSelector  # noqa: TC001 - the reader looks
from esync.providers.contract import FindBy, ProviderError, Unsupported
from esync.providers.names import name_pattern
from esync.providers.selectors import selector_errors
from esync.providers.vault.ambient import OPENBAO_TOKENS
from esync.providers.vault.calls import LIST, Response, fetch, inner_data, listed_names, mapping
from esync.providers.vault.connect import open_session
from esync.providers.vault.paths import KvVersion
from esync.providers.vault.payload import OpenBaoPayload
from esync.providers.vault.spec import AppRole, Auth, UserPass, VaultSpec
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from esync.errors import EsyncError
    from esync.gocompat.values import Value
    from esync.identity.access import Access
    from esync.manifests.externalsecret import Find
    from esync.manifests.store import Store
    from esync.payload.payload import Payload
    from esync.providers.vault.session import Session
    from esync.secret import SecretValue

_PATH: Final = ("spec", "provider", "openBao")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class OpenBaoAppRole:
    """A role id, and its secret id in a Secret."""

    CHOICES: ClassVar[tuple[Choice, ...]] = (Choice(("roleId", "roleRef")),)

    secret_ref: SecretSelector
    path: str = "approle"
    role_id: str = field(default="", metadata=NONEMPTY)
    role_ref: SecretSelector | None = None


@dataclass(frozen=True, slots=True)
class OpenBaoAuth:
    """How the store signs in: by exactly one method."""

    CHOICES: ClassVar[tuple[Choice, ...]] = (Choice(("appRole", "tokenSecretRef", "userPass")),)

    namespace: str = ""
    app_role: OpenBaoAppRole | None = None
    token_secret_ref: SecretSelector | None = None
    user_pass: UserPass | None = None


@dataclass(frozen=True, slots=True)
class OpenBaoSpec:
    """What stands under ``spec.provider.openBao``."""

    CHOICES: ClassVar[tuple[Choice, ...]] = (Choice(("caBundle", "caProvider"), least=0),)

    server: str
    path: str = "kv"
    version: KvVersion = KvVersion.V2
    namespace: str = ""
    ca_bundle: str = ""
    ca_provider: CaProvider | None = None
    auth: OpenBaoAuth | None = None


class OpenBao:
    """Reads the secrets of one mount. A missing secret is an error here, never a NoSecret.

    One instance serves one store, and may be called from several threads at once.
    """

    has_ambient_identity: ClassVar[bool] = True
    converts_found_keys: ClassVar[bool] = False
    finds_by: ClassVar[tuple[FindBy, ...]] = (FindBy.NAME, FindBy.PATH)

    def __init__(self, session: Session, mount: str, version: KvVersion) -> None:
        self._session = session
        self._mount = mount
        self._version = version

    @classmethod
    def check(cls, store: Store) -> Sequence[EsyncError]:
        """Return what is wrong with the settings; asks nobody."""
        spec, errors = examine(OpenBaoSpec, store.settings, at_path=_PATH, document=store.document)
        if spec is None:
            return errors
        return list(_namespace_errors(spec.auth, store)) if spec.auth else []

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
        spec = read(OpenBaoSpec, store.settings, at_path=_PATH, document=store.document)
        session = open_session(_as_vault(spec), access, tokens=OPENBAO_TOKENS)
        return cls(session, spec.path, spec.version)

    def read(self, key: str, version: str = "") -> Payload:
        """Return a secret; of a deleted version nothing is left, and that is no error.

        Args:
            key: within the mount.
            version: a number; KV v1 has none.

        Raises:
            Unsupported: the version is no number, or the engine has none.
            ProviderError: also for a secret that does not exist; this is no NoSecret.
        """
        self._check_version(version)
        about = f'secret "{key}"' + (f' at version "{version}"' if version else "")
        query = (("version", version),) if version else ()
        response = fetch(self._session, f"{self._folder('data')}/{key}", about, query=query)
        if response is None:
            raise ProviderError(
                f"{about} does not exist",
                hint="deletionPolicy has no effect here; use provider vault if it should",
            )
        return OpenBaoPayload(self._data(response, about))

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the secrets of one folder that match; folders in it are left out.

        Raises:
            Unsupported: the search is not by name alone.
        """
        if wanted.tags is not None or wanted.name is None:
            raise Unsupported(
                "the openBao provider finds by name only",
                hint="give find.name.regexp and no tags, or use provider vault",
            )
        matches = name_pattern(wanted.name)
        # ESO lists the folder, but reads the names from the top of the mount, which is never meant.
        folder = f"{wanted.path}/" if wanted.path else ""
        names = [name for name in self._names(folder) if matches(name)]
        return {name: self.read(folder + name).value() for name in names}

    def close(self) -> None:
        """Give back the token, if it is our own, and close the connections."""
        self._session.close()

    def _folder(self, of_v2: str) -> str:
        return f"{self._mount}/{of_v2}" if self._version is KvVersion.V2 else self._mount

    def _check_version(self, version: str) -> None:
        if version and self._version is KvVersion.V1:
            raise Unsupported("KV v1 has no versions", hint="leave version out")
        if version and not _INTEGER.fullmatch(version):
            raise Unsupported(f'version "{version}" is no number', hint="write it as 3")

    def _data(self, response: Response, about: str) -> Mapping[bytes, Value] | None:
        data = response.data
        if self._version is KvVersion.V2:
            data = inner_data(data, about)
            if data is None:
                return None
        return mapping(data, about)

    def _names(self, folder: str) -> Iterator[str]:
        """Yield the names of the secrets in one folder; none if there is no such folder."""
        about = f'the list of "{folder}"'
        path = f"{self._folder('metadata')}/{folder}"
        response = fetch(self._session, path, about, query=LIST, capability="list")
        if response is not None:
            names = listed_names(response.data, about)
            yield from (name for name in names if not name.endswith("/"))


def _namespace_errors(auth: OpenBaoAuth, store: Store) -> Iterator[EsyncError]:
    yield from selector_errors(store, auth.token_secret_ref, "auth", "tokenSecretRef")
    if role := auth.app_role:
        yield from selector_errors(store, role.role_ref, "auth", "appRole", "roleRef")
        yield from selector_errors(store, role.secret_ref, "auth", "appRole", "secretRef")
    if user := auth.user_pass:
        yield from selector_errors(store, user.secret_ref, "auth", "userPass", "secretRef")


def _as_vault(spec: OpenBaoSpec) -> VaultSpec:
    """Return the same store in the words of the larger provider."""
    auth = None
    if spec.auth:
        role = spec.auth.app_role
        auth = Auth(
            namespace=spec.auth.namespace,
            token_secret_ref=spec.auth.token_secret_ref,
            app_role=AppRole(role.secret_ref, role.path, role.role_id, role.role_ref)
            if role
            else None,
            user_pass=spec.auth.user_pass,
        )
    return VaultSpec(
        spec.server,
        namespace=spec.namespace,
        ca_bundle=spec.ca_bundle,
        ca_provider=spec.ca_provider,
        auth=auth,
    )
