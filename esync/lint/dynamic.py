"""Credentials that Vault makes on each read, asked for as if they were kept.

Source: External Secrets Operator 2.9, Vault provider: a KV v2 store puts ``data`` into the path,
which other engines do not have; a v1 store reads once for each entry.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, ClassVar, Final

from esync.lint.rule import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.lint.view import Subject, View
    from esync.manifests.externalsecret import RemoteRef, SourceRef
    from esync.manifests.store import Store

_ENGINES: Final = (
    "ad|alicloud|aws|azure|consul|database|gcp|kubernetes|ldap|mongodbatlas|nomad|openldap|"
    "rabbitmq|terraform"
)
_IN_MOUNT: Final = re.compile(rf"/?(?:{_ENGINES})/creds/[^/]+/?")
_IN_ENGINE: Final = re.compile(r"/?creds/[^/]+/?")
# What the engine for databases answers; a KV secret may have the same path, and rarely has both.
_DATABASE: Final = re.compile(r"/?database/creds/[^/]+/?")
_DATABASE_PROPERTIES: Final = frozenset({"", "username", "password"})


class ReadKeyByKey(Finding):
    """A dynamic credential is read through a KV store."""

    rule = "ES0702"
    title: ClassVar = "Dynamic credentials from a KV store"


def read_key_by_key(view: View) -> Iterator[ReadKeyByKey]:
    """Look for keys under ``creds/`` of Vault's engines."""
    for subject in view.subjects:
        told: set[str] = set()
        reads = Counter(entry.remote_ref.key for entry in subject.spec.data)
        for path, ref, source in _refs(subject):
            if "creds/" not in ref.key or ref.key in told:
                continue
            store = view.store_of(subject, source)
            if store is None or store.provider not in {"vault", "openBao"}:
                continue
            is_kv1 = store.settings.get("version") == "v1"
            if _is_dynamic(store, ref) and (not is_kv1 or reads[ref.key] > 1):
                told.add(ref.key)
                yield ReadKeyByKey(
                    _why(ref.key, reads[ref.key], is_kv1=is_kv1),
                    about=subject.ref,
                    at=subject.place(*path, "key"),
                    hint="make a VaultDynamicSecret generator for it, "
                    "and name that in dataFrom[].sourceRef.generatorRef",
                )


def _refs(subject: Subject) -> Iterator[tuple[tuple[str | int, ...], RemoteRef, SourceRef | None]]:
    for index, single in enumerate(subject.spec.data):
        yield ("data", index, "remoteRef"), single.remote_ref, single.source_ref
    for index, entry in enumerate(subject.spec.data_from):
        if entry.extract:
            yield ("dataFrom", index, "extract"), entry.extract, entry.source_ref


def _is_dynamic(store: Store, ref: RemoteRef) -> bool:
    mount = store.settings.get("path")
    if not isinstance(mount, str) or not mount.strip("/"):
        return _IN_MOUNT.fullmatch(ref.key) is not None
    if mount.strip("/") in _ENGINES.split("|"):
        return _IN_ENGINE.fullmatch(ref.key) is not None
    is_database = _DATABASE.fullmatch(ref.key) is not None
    return is_database and ref.property in _DATABASE_PROPERTIES


def _why(key: str, reads: int, *, is_kv1: bool) -> str:
    if is_kv1:
        return f'"{key}" is read {reads} times, and Vault makes another credential each time'
    return f'"{key}" is no secret of a KV store: Vault makes a credential when it is read'
