"""Secrets of another namespace, or of another cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from esync.cluster.contract import SECRETS
from esync.cluster.labels import BadSelector, selector_text
from esync.gocompat.base64 import Base64Error, decode
from esync.manifests.externalsecret import LabelSelector
from esync.manifests.reader import examine, read
from esync.providers.contract import BadAnswer, FindBy, Unsupported
from esync.providers.kubernetes.failures import cluster_errors
from esync.providers.kubernetes.payload import Absent, MetadataPayload, SecretPayload, whole
from esync.providers.kubernetes.sign_in import SignIn, is_own_name
from esync.providers.kubernetes.spec import DEFAULT_SERVER, KubernetesSpec, sign_in_errors
from esync.providers.names import name_pattern
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esync.cluster.contract import Object, Reader
    from esync.errors import EsyncError
    from esync.identity.access import Access
    from esync.manifests.externalsecret import Find
    from esync.manifests.store import Store
    from esync.payload.payload import Payload

_PATH: Final = ("spec", "provider", "kubernetes")


class Kubernetes:
    """Reads the Secrets of one namespace."""

    has_ambient_identity: ClassVar[bool] = True
    converts_found_keys: ClassVar[bool] = True
    finds_by: ClassVar[tuple[FindBy, ...]] = (FindBy.NAME, FindBy.TAGS)

    def __init__(self, reader: Reader, namespace: str) -> None:
        self._reader = reader
        self._namespace = namespace

    @classmethod
    def check(cls, store: Store) -> Sequence[EsyncError]:
        """Return what the operator's admission would say of the settings."""
        spec, errors = examine(
            KubernetesSpec, store.settings, at_path=_PATH, document=store.document
        )
        return errors if spec is None else list(sign_in_errors(spec, store))

    @classmethod
    def shares_namespaces(cls, store: Store) -> bool:
        """Tell that a client with the same credentials reads the same for everybody.

        Only a store of the namespace that it reads has leave for that offline, see ``cluster_as``.
        """
        return store.namespace != cls.own_secrets(store)[0]

    @classmethod
    def own_secrets(cls, store: Store) -> tuple[str, bool]:
        """Return the namespace that is read; another URL may still lead to the same cluster."""
        settings = store.settings
        namespace = str(settings.get("remoteNamespace") or "default")
        server = settings.get("server")
        url = server.get("url") if isinstance(server, dict) else None
        is_own = is_own_name(url if isinstance(url, str) else DEFAULT_SERVER)
        return namespace, is_own and not settings.get("authRef")

    @classmethod
    def open(cls, store: Store, access: Access) -> Self:
        """Sign in; the cluster that is read is asked nothing yet.

        Raises:
            Rejected: the settings are not what the API accepts.
            BadStore: they cannot work.
            EsyncError: a credential cannot be read, or may not be used.
        """
        spec = read(KubernetesSpec, store.settings, at_path=_PATH, document=store.document)
        visitor = SignIn(spec, store, access, spec.remote_namespace).visitor()
        return cls(visitor, spec.remote_namespace)

    def read(self, key: str, version: str = "") -> Payload:  # noqa: ARG002 - ESO ignores it too
        """Return the data of the Secret ``key``, also if there is none: see :class:`Absent`.

        Raises:
            AccessDenied, Throttled, Unavailable, BadAnswer, ProviderError: as the class says.
        """
        found = self._get(key)
        return Absent(self._where(key)) if found is None else SecretPayload(self._data(key, found))

    def read_metadata(self, key: str, version: str = "") -> Payload:  # noqa: ARG002 - as above
        """Return labels and annotations of the Secret ``key``; errors as in ``read``."""
        found = self._get(key)
        if found is None:
            return Absent(self._where(key))
        metadata = found["metadata"]
        return MetadataPayload(metadata.get("labels"), metadata.get("annotations"))

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the data, as JSON, of the Secrets with these labels, else of that name.

        Raises:
            Unsupported: the search is neither by tags nor by name, or no label has such a value.
            BadPattern: the expression is none.
        """
        if wanted.tags is None and wanted.name is None:
            raise Unsupported(
                "the kubernetes provider finds by tags or by name", hint="give find.name.regexp"
            )
        selector = ""
        if wanted.tags is not None:
            try:
                selector = selector_text(LabelSelector(dict(wanted.tags)))
            except BadSelector as error:
                raise Unsupported(f"find.tags: {error.message}") from None
        is_wanted = name_pattern(wanted.name) if wanted.name and wanted.tags is None else None
        with cluster_errors(f'the Secrets of namespace "{self._namespace}"'):
            listed = list(self._reader.list(SECRETS, self._namespace, selector))
        named = {one["metadata"]["name"]: one for one in listed}
        return {
            name: SecretValue(whole(self._data(name, one)))
            for name, one in named.items()
            if is_wanted is None or is_wanted(name)
        }

    def close(self) -> None:
        """Nothing was borrowed."""

    def _where(self, key: str) -> str:
        return f"{self._namespace}/{key}"

    def _get(self, key: str) -> Object | None:
        with cluster_errors(f'Secret "{self._where(key)}"'):
            return self._reader.get(SECRETS, self._namespace, key)

    def _data(self, key: str, found: Object) -> dict[str, bytes]:
        data: Any = found.get("data") or {}
        try:
            return {str(name): decode((text or "").encode()) for name, text in data.items()}
        except (Base64Error, AttributeError):
            raise BadAnswer(
                f'cannot read Secret "{self._where(key)}": its data is not base64'
            ) from None
