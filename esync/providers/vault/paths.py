"""Which API path a key means: mounts, the ``data/`` and ``metadata/`` of KV v2, safe URLs.

Source:
    External Secrets Operator 2.9, Vault provider; Vault's HTTP API of KV v1 and v2.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from urllib.parse import quote

from esync.providers.contract import BadStore, ProviderError

# What Go leaves as it is in the path of a URL, beside letters, digits and "-_.~".
_PLAIN: Final = "$&+,:;=@"


class KvVersion(StrEnum):
    """The two generations of the key-value engine."""

    V1 = "v1"
    V2 = "v2"


class UnsafeKey(ProviderError):
    """A key would leave the folder it stands in."""

    rule = "ES0340"

    def __init__(self) -> None:
        super().__init__(
            'the path of a secret has a ".." segment',
            hint="write the path out; a key never leads out of its mount",
        )


def data_path(mount: str | None, version: KvVersion, key: str) -> str:
    """Return the path under which ``key`` is read.

    Args:
        mount: the store's ``path``; None is not the same as empty.
        version: of the engine.
        key: as the manifest has it; it may repeat the mount, and then also ``data/``.
    """
    newer = version is KvVersion.V2
    if mount is not None:
        rest = key.removeprefix(f"{mount}/")
        if newer and rest != key:
            rest = rest.removeprefix("data/")
        return f"{mount}/data/{rest}" if newer else f"{mount}/{rest}"
    if not newer or "/data/" in key:
        return key
    # ESO does so too: without a mount, the first segment is taken for it.
    first, _, rest = key.partition("/")
    return f"{first}/data/{rest}"


def metadata_path(mount: str | None, version: KvVersion, key: str) -> str:
    """Return the path of the metadata of a key, or of the list of a folder.

    Raises:
        BadStore: v1, and the store has no ``path``.
        ProviderError: v2 without ``path``, and the key does not spell ``data``.
    """
    if version is KvVersion.V1:
        if mount is None:
            raise BadStore("path is missing, and is needed to list a KV v1 mount")
        return f"{mount}/{key}"
    if mount is not None:
        # ESO does so too: a key that repeats the mount has its data, but no metadata.
        return f"{mount}/metadata/{key}"
    if "data" not in key:
        raise ProviderError(
            f'"{key}" does not say where its metadata is',
            hint="give the store a path, or write the key as MOUNT/data/NAME",
        )
    return key.replace("/data/", "/metadata/", 1)


def url_path(path: str) -> str:
    """Return ``path`` for a URL: no empty segments, no ``.``, everything else percent-encoded.

    Raises:
        UnsafeKey: it has a ``..`` segment, which the operator would follow.
    """
    segments = [segment for segment in path.split("/") if segment not in {"", "."}]
    if ".." in segments:
        raise UnsafeKey
    return "/".join(quote(segment, safe=_PLAIN) for segment in segments)
