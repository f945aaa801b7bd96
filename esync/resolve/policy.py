"""What ``--policy`` leaves of the input: ExternalSecrets that it refuses are failures.

Nothing of a refused one goes further: no credential of its stores is read for it, no call is made.
Which hosts are allowed is known only where a store is opened, so that stores carry that with them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from esync.errors import Refused
from esync.flow.failure import Failure
from esync.manifests.document import ObjectRef
from esync.manifests.externalsecret import StoreKind
from esync.manifests.globs import matches_any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from esync.errors import EsyncError, Location
    from esync.flow.catalog import Catalog
    from esync.flow.provision import Provision
    from esync.manifests.document import Path
    from esync.manifests.externalsecret import ExternalSecret, RemoteRef
    from esync.manifests.policy import Policy

_ANY_KEY: Final = "**"
# No compatibility form makes a slash or backslash of these, and some servers do.
_LIKE_SLASHES: Final = frozenset("\N{FRACTION SLASH}\N{DIVISION SLASH}\N{BIG SOLIDUS}\N{SET MINUS}")
_ESCAPED: Final = re.compile("%[0-9A-Fa-f]{2}")


class NamespaceNotInPolicy(Refused):
    """The policy does not allow a namespace."""

    rule = "ES0142"


class TargetNotInPolicy(Refused):
    """The policy does not allow the name of what would be built."""

    rule = "ES0143"


class ProviderNotInPolicy(Refused):
    """The policy does not allow the provider of a store."""

    rule = "ES0144"


class KeyNotInPolicy(Refused):
    """The policy does not allow a remote key."""

    rule = "ES0145"


class AmbiguousKey(Refused):
    """A store could read a remote key as another one than the policy judges."""

    rule = "ES0146"


class SearchNotInPolicy(Refused):
    """What a search finds is not known beforehand, and the policy allows some keys only."""

    rule = "ES0147"


def narrowed(catalog: Catalog, policy: Policy) -> Catalog:
    """Return ``catalog`` without the ExternalSecrets that ``policy`` refuses.

    Each refusal is a failure of the catalog; stores are told the hosts that are left to them.

    Args:
        catalog: complete, with the ExternalSecrets of ClusterExternalSecrets.
        policy: what is allowed.
    """
    judge = _Judge(catalog, policy)
    kept = []
    failures = list(catalog.failures)
    for one in catalog.external_secrets:
        refusals = list(judge.refusals(one))
        ref = ObjectRef("ExternalSecret", one.namespace, one.name)
        failures.extend(Failure(ref, error) for error in refusals)
        if not refusals:
            kept.append(one)
    provisions = tuple(_narrowed(one, judge, failures) for one in catalog.provisions)
    hosts = policy.spec.hosts
    stores = {ref: replace(store, only_hosts=hosts) for ref, store in catalog.stores.items()}
    return replace(
        catalog,
        external_secrets=tuple(kept),
        stores=stores,
        failures=tuple(failures),
        provisions=provisions,
    )


def _narrowed(provision: Provision, judge: _Judge, failures: list[Failure]) -> Provision:
    """Return ``provision`` without the removals that the policy refuses, which are failures."""
    told = {failure.ref for failure in failures}
    kept = []
    for one in provision.stale:
        refusals = list(judge.where(one))
        ref = ObjectRef("ExternalSecret", one.namespace, one.name)
        failures.extend(Failure(ref, error) for error in refusals if ref not in told)
        kept.extend([] if refusals else [one])
    return replace(provision, stale=tuple(kept))


def target_refusal(policy: Policy | None, target: ObjectRef, *, at: Location) -> EsyncError | None:
    """Return why ``target`` may not be written or deleted, or None if it may."""
    allowed = policy.spec.targets if policy else None
    if policy is None or allowed is None or matches_any(allowed, target.name):
        return None
    return TargetNotInPolicy(
        f'the policy does not allow the target "{target.name}"',
        at=at,
        hint=_hint(policy, "targets"),
    )


class _Judge:
    """Holds ExternalSecrets against one policy."""

    def __init__(self, catalog: Catalog, policy: Policy) -> None:
        self._stores = catalog.stores
        self._policy = policy
        self._spec = policy.spec

    def refusals(self, one: ExternalSecret) -> Iterator[EsyncError]:
        """Yield everything about ``one`` that is not allowed."""
        yield from self.where(one)
        yield from self._providers(one)
        if self._spec.remote_keys is not None:
            yield from self._keys(one)

    def where(self, one: ExternalSecret) -> Iterator[EsyncError]:
        """Yield why ``one`` may not write, or take away, what it builds."""
        allowed = self._spec.namespaces
        if allowed is not None and not matches_any(allowed, one.namespace):
            yield NamespaceNotInPolicy(
                f'the policy does not allow the namespace "{one.namespace}"',
                at=one.place("metadata", "namespace"),
                hint=_hint(self._policy, "namespaces"),
            )
        target = ObjectRef("", one.namespace, one.target_name)
        at = one.place("spec", "target", "name")
        refused = target_refusal(self._policy, target, at=at)
        if refused:
            yield refused

    def _providers(self, one: ExternalSecret) -> Iterator[EsyncError]:
        if self._spec.providers is None:
            return
        for name in dict.fromkeys(_store_refs(one)):
            store = self._stores.get(name)
            if store and store.provider not in self._spec.providers:
                yield ProviderNotInPolicy(
                    f'the policy does not allow the provider "{store.provider}" of {store.ref}',
                    at=one.place("spec", "secretStoreRef", "name"),
                    hint=_hint(self._policy, "providers"),
                )

    def _keys(self, one: ExternalSecret) -> Iterator[EsyncError]:
        for index, many in enumerate(one.spec.data_from):
            path: Path = ("spec", "dataFrom", index)
            if many.find and _ANY_KEY not in (self._spec.remote_keys or ()):
                yield SearchNotInPolicy(
                    "the policy allows some remote keys only, and a search may find others",
                    at=one.place(*path, "find"),
                    hint="name the keys under data or dataFrom.extract",
                )
            if many.extract:
                yield from self._key(one, (*path, "extract"), many.extract)
        for index, single in enumerate(one.spec.data):
            yield from self._key(one, ("spec", "data", index, "remoteRef"), single.remote_ref)

    def _key(self, one: ExternalSecret, path: Path, asked: RemoteRef) -> Iterator[EsyncError]:
        judged = (
            ("key", _is_plain(asked.key)),
            ("version", not asked.version or _is_plain(asked.version)),
            ("property", not _climbs(asked.property.split("/"))),  # a webhook's URL may have it
        )
        for name, is_clear in judged:
            if not is_clear:
                yield AmbiguousKey(
                    f"a store could read this {name} as another one than the policy judges",
                    at=one.place(*path, name),
                    hint="write it without . and .. and empty parts, escapes, backslashes and "
                    "characters that are not seen",
                )
                return
        if not matches_any(self._spec.remote_keys or (), asked.key, "/"):
            yield KeyNotInPolicy(
                f'the policy does not allow the remote key "{asked.key}"',
                at=one.place(*path, "key"),
                hint=_hint(self._policy, "remoteKeys"),
            )


def _is_plain(word: str) -> bool:
    """Tell whether everybody reads the same parts in ``word``, however they simplify it."""
    folded = normalize("NFKC", word)
    is_hidden = not word.isprintable() or "\\" in folded or _LIKE_SLASHES & set(folded)
    if is_hidden or _ESCAPED.search(folded):
        return False
    first, *parts = folded.split("/")
    if _climbs([first, *parts]) or "" in parts:
        return False
    return folded.count("/") == word.count("/")


def _climbs(parts: Iterable[str]) -> bool:
    """Tell whether a part leads elsewhere, also to servers that drop parameters first."""
    return any(part.partition(";")[0].strip() in {".", ".."} for part in parts)


def _store_refs(one: ExternalSecret) -> Iterator[ObjectRef]:
    for ref in one.store_refs():
        cluster_wide = ref.kind is StoreKind.CLUSTER_SECRET_STORE
        yield ObjectRef(ref.kind.value, "" if cluster_wide else one.namespace, ref.name)


def _hint(policy: Policy, field: str) -> str:
    return f"what it allows stands under spec.{field} at {policy.place(field)}"
