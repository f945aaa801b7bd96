"""What a store's settings point at: Secrets, ConfigMaps and service accounts, whatever its kind.

Read from the shape of the settings alone, so that it can be told without opening a store; the
providers follow the same references when they sign in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.manifests.document import Path
    from esync.manifests.store import Store

_ACCOUNTS: Final = frozenset({"serviceAccountRef", "serviceAccount"})
_AUTHORITY: Final = "caProvider"
# Google's configuration of an external account, which is no secret.
_CONFIG_MAPS: Final = frozenset({"credConfig"})
# Where a token is all that is asked of a service account; elsewhere its annotations count.
_TOKEN_ONLY: Final = {
    "kubernetes": ((),),
    "crd": ((),),
    "vault": (("auth", "kubernetes"), ("auth", "jwt")),
    "openBao": (("auth", "kubernetes"), ("auth", "jwt")),
}


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """One object that a store is opened with.

    Attributes:
        kind: ``Secret``, ``ConfigMap`` or ``ServiceAccount``.
        namespace: where it is read.
        path: where it stands under the provider block.
        is_read: the object itself is read; of a service account else only a token is requested.
    """

    kind: str
    namespace: str
    name: str
    path: Path
    is_read: bool = True


def references(store: Store, namespace: str) -> Iterator[Reference]:
    """Yield what ``store`` points at when it serves ``namespace``, in the order of its settings.

    Source:
        External Secrets Operator 2.9, reference rules: only a ClusterSecretStore may name another
        namespace, and one that names none reads that of the ExternalSecret.
    """
    for kind, found, path in _found(store.settings, ()):
        named = found.get("namespace")
        named = named if isinstance(named, str) else ""
        where = (named or namespace) if store.is_cluster_wide else (store.namespace or namespace)
        is_read = kind != "ServiceAccount" or not _is_token_only(store.provider, path)
        yield Reference(kind, where, found["name"], path, is_read)


def _found(settings: Any, path: Path) -> Iterator[tuple[str, dict[str, Any], Path]]:
    if isinstance(settings, dict):
        kind = _kind(settings, path)
        if kind:
            yield kind, settings, path
            return
        for key, value in settings.items():
            yield from _found(value, (*path, key))
    elif isinstance(settings, list):
        for index, value in enumerate(settings):
            yield from _found(value, (*path, index))


def _kind(settings: dict[str, Any], path: Path) -> str:
    """Return what a mapping points at, or nothing if it is no reference."""
    if not path or not isinstance(settings.get("name"), str):
        return ""
    word = str(path[-1])
    if word in _ACCOUNTS:
        return "ServiceAccount"
    if word == _AUTHORITY:
        return str(settings.get("type", ""))
    if word in _CONFIG_MAPS:
        return "ConfigMap"
    return "Secret" if "key" in settings or word.endswith("Ref") else ""


def _is_token_only(provider: str, path: Path) -> bool:
    return any(path[: len(start)] == start for start in _TOKEN_ONLY.get(provider, ()))
