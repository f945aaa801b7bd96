"""Read what is live, once, before anything is fetched.

Targets, the ExternalSecrets that exist there, Secrets left behind under old names, and the
ConfigMaps and Secrets that hold templates.
"""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import CONFIG_MAPS, EXTERNAL_SECRETS, SECRETS, Forbidden, NotServed
from esync.errors import EsyncError
from esync.flow.kubernetes import (
    CREATED_BY_LABEL,
    MANAGED_LABEL,
    SecretObject,
    creator_of,
    secret_from_object,
)
from esync.flow.manifest import LiveManifest, ManifestObject
from esync.flow.snapshot import Existing, Ready, Snapshot
from esync.flow.teller import teller_of
from esync.gocompat.digest import created_by
from esync.manifests.document import ObjectRef
from esync.manifests.externalsecret import CreationPolicy, Pending
from esync.records import dataclass, field
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from esync.cluster.contract import Inspector, Object, Reader, Visitor
    from esync.flow.plan import Planned


class BadKind(EsyncError):
    """A manifest target is of a kind that cannot be written."""

    rule = "ES0210"


class ExistsInCluster(EsyncError):
    """A ClusterExternalSecret would make an ExternalSecret that the cluster has from elsewhere."""

    rule = "ES0211"


# From so many targets in a namespace on, one list is cheaper than asking for each.
FEW: Final = 3


@dataclass(slots=True)
class _Reading:
    secrets: dict[ObjectRef, SecretObject] = field(default_factory=dict)
    orphans: dict[ObjectRef, tuple[SecretObject, ...]] = field(default_factory=dict)
    manifests: dict[ObjectRef, LiveManifest] = field(default_factory=dict)
    sources: dict[ObjectRef, Mapping[str, SecretValue]] = field(default_factory=dict)
    existing: dict[ObjectRef, Existing] = field(default_factory=dict)
    errors: dict[ObjectRef, EsyncError] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unsearched: dict[ObjectRef, EsyncError] = field(default_factory=dict)


def observe(
    planned: Sequence[Planned], *, inputs: Reader, cluster: Inspector | None, exact: bool = True
) -> Snapshot:
    """Return what is live for ``planned``.

    Args:
        planned: the ExternalSecrets of one wave.
        inputs: documents of the input first, then the cluster; holds template sources.
        cluster: what would be written to; None when nothing live is to be looked at (``render``).
        exact: ask for each target that no list showed. Without it such a target counts as missing:
            a writer learns from the conflict if it is not.

    An object that cannot be read is an error of the snapshot, for those who need it.
    """
    reading = _Reading()
    for ref in sorted(set(_sources(planned))):
        _read_source(reading, ref, inputs)
    if cluster is not None:
        generic = [one for one in planned if one.external_secret.spec.target.manifest]
        for one in generic:
            _read_manifest(reading, one, cluster)
            _read_external_secret(reading, one, cluster)
        by_namespace = _by_namespace(planned)
        from esync.cluster.permissions import PermittedOnly  # render looks at nothing live

        permitted = PermittedOnly(cluster, len(by_namespace))
        for namespace, some in by_namespace.items():
            if len(some) < FEW:
                _read_each(reading, namespace, some, permitted)
            else:
                _read_lists(reading, namespace, some, permitted, exact=exact)
        _refuse_clashes(reading, planned)
    return Snapshot(
        reading.secrets,
        reading.manifests,
        reading.orphans,
        reading.sources,
        reading.existing,
        reading.errors,
        tuple(reading.notes),
        reading.unsearched,
    )


def read_secret(cluster: Reader, ref: ObjectRef) -> SecretObject | None:
    """Return one live Secret, or None if there is none."""
    body = cluster.get(SECRETS, ref.namespace, ref.name)
    return None if body is None else secret_from_object(body)


def read_manifest(cluster: Visitor, one: Planned) -> LiveManifest:
    """Return what the cluster has under a target of another kind.

    Raises:
        BadKind: the cluster does not know the kind, or its objects have no namespace.
    """
    manifest = one.external_secret.spec.target.manifest
    if manifest is None:
        raise AssertionError("a Secret target is read elsewhere")
    group, slash, version = manifest.api_version.rpartition("/")
    resource = cluster.resource_of(group if slash else "", version, manifest.kind)
    at = one.place(("spec", "target", "manifest"))
    if resource is None:
        raise BadKind(f"the cluster knows no {manifest.kind} in {manifest.api_version}", at=at)
    if not resource.namespaced:
        raise BadKind(
            f"{manifest.kind} has no namespace; targets stay in the ExternalSecret's own", at=at
        )
    body = cluster.get(resource, one.target.namespace, one.target.name)
    return LiveManifest(resource, None if body is None else ManifestObject(body))


def _read_manifest(reading: _Reading, one: Planned, cluster: Visitor) -> None:
    try:
        reading.manifests[one.target] = read_manifest(cluster, one)
    except EsyncError as error:
        reading.errors[one.target] = error


def _by_namespace(planned: Sequence[Planned]) -> dict[str, list[Planned]]:
    grouped: dict[str, list[Planned]] = {}
    for one in planned:
        if not one.external_secret.spec.target.manifest:
            grouped.setdefault(one.target.namespace, []).append(one)
    return grouped


def _read_each(
    reading: _Reading, namespace: str, planned: Sequence[Planned], cluster: Reader
) -> None:
    """List what these ExternalSecrets created, and ask by name for the rest."""
    makers = _makers(planned)
    found = None
    if makers:
        selector = f"{CREATED_BY_LABEL} in ({','.join(sorted(makers))})"
        found = _listed(reading, namespace, selector, makers, cluster)
    _take_targets(reading, planned, found or ())
    _note_orphans(reading, makers, found or ())
    for one in planned:
        if one.target not in reading.secrets:
            _read_target(reading, one, cluster)
        _read_external_secret(reading, one, cluster)


def _read_lists(
    reading: _Reading, namespace: str, planned: Sequence[Planned], cluster: Reader, *, exact: bool
) -> None:
    """List what is managed in the namespace; ask by name only where that does not settle it."""
    makers = _makers(planned)
    found = _listed(reading, namespace, f"{MANAGED_LABEL}=true", makers, cluster)
    _take_targets(reading, planned, found or ())
    for one in planned:
        merges = one.external_secret.spec.target.creation_policy is CreationPolicy.MERGE
        if one.target not in reading.secrets and (exact or merges or found is None):
            _read_target(reading, one, cluster)
    _note_orphans(reading, makers, found or ())
    _list_external_secrets(reading, namespace, planned, cluster)


def _take_targets(
    reading: _Reading, planned: Sequence[Planned], found: Iterable[SecretObject]
) -> None:
    targets = {one.target for one in planned}
    for secret in found:
        if secret.ref in targets:
            reading.secrets[secret.ref] = secret


def _listed(
    reading: _Reading,
    namespace: str,
    selector: str,
    makers: Mapping[str, Planned],
    cluster: Reader,
) -> list[SecretObject] | None:
    """Return the Secrets of a list; None if it cannot be had, which is told.

    Where it is not permitted that is how it shall be. Any other trouble is one of each of the
    ``makers``: what they left behind would stay, and nobody would look again.
    """
    try:
        return [secret_from_object(body) for body in cluster.list(SECRETS, namespace, selector)]
    except EsyncError as error:
        if not isinstance(error, Forbidden):
            reading.unsearched.update({one.ref: error for one in makers.values()})
        reading.notes.append(
            f"Secrets of namespace {namespace} cannot be listed ({error.message}): "
            "what renamed targets left behind stays"
        )
        return None


def _makers(planned: Sequence[Planned]) -> dict[str, Planned]:
    """Return the ExternalSecrets that own what they create, by the label of their creations."""
    return {
        created_by(one.target.namespace, one.external_secret.name): one
        for one in planned
        if one.external_secret.spec.target.creation_policy is CreationPolicy.OWNER
    }


def _note_orphans(
    reading: _Reading, makers: Mapping[str, Planned], found: Iterable[SecretObject]
) -> None:
    for secret in found:
        maker = makers.get(secret.labels.get(CREATED_BY_LABEL, ""))
        if maker and maker.target != secret.ref:
            reading.orphans[maker.ref] = (*reading.orphans.get(maker.ref, ()), secret)


def _sources(planned: Iterable[Planned]) -> Iterable[ObjectRef]:
    for one in planned:
        template = one.external_secret.spec.target.template
        for entry in template.template_from if template else ():
            if entry.config_map:
                yield ObjectRef("ConfigMap", one.target.namespace, entry.config_map.name)
            if entry.secret:
                yield ObjectRef("Secret", one.target.namespace, entry.secret.name)


def _read_source(reading: _Reading, ref: ObjectRef, inputs: Reader) -> None:
    resource = CONFIG_MAPS if ref.kind == "ConfigMap" else SECRETS
    try:
        body = inputs.get(resource, ref.namespace, ref.name)
    except EsyncError as error:
        reading.errors[ref] = error
        return
    if body is not None:
        reading.sources[ref] = _held(ref.kind, body)


def _held(kind: str, body: Object) -> dict[str, SecretValue]:
    data = body.get("data") or {}
    if kind == "Secret":
        return {key: SecretValue(b64decode(text or "")) for key, text in data.items()}
    return {key: SecretValue(text.encode("utf-8", "surrogateescape")) for key, text in data.items()}


def _read_target(reading: _Reading, one: Planned, cluster: Reader) -> None:
    try:
        live = read_secret(cluster, one.target)
    except EsyncError as error:
        reading.errors[one.target] = error
        return
    if live is not None:
        reading.secrets[one.target] = live


def _read_external_secret(reading: _Reading, one: Planned, cluster: Reader) -> None:
    """Learn the uid for the owner reference; a cluster without the kind has none."""
    secret = one.external_secret
    if secret.uid:
        _exists(reading, secret.document.body)
    if secret.uid or secret.pending is Pending.CREATE:
        return
    try:
        body = cluster.get(EXTERNAL_SECRETS, secret.namespace, secret.name)
    except EsyncError as error:
        _without_owner(reading, one.ref.namespace, error)
        return
    if body is not None:
        _exists(reading, body)


def _list_external_secrets(
    reading: _Reading, namespace: str, planned: Sequence[Planned], cluster: Reader
) -> None:
    for one in planned:
        if one.external_secret.uid:
            _exists(reading, one.external_secret.document.body)
    known = [one.external_secret for one in planned]
    if all(one.uid or one.pending is Pending.CREATE for one in known):
        return
    try:
        for body in cluster.list(EXTERNAL_SECRETS, namespace):
            _exists(reading, body)
    except Forbidden as error:
        reading.notes.append(
            f"ExternalSecrets of namespace {namespace} cannot be listed ({error.message}): "
            "each is asked for by name"
        )
        told = len(reading.notes)
        for one in planned:
            _read_external_secret(reading, one, cluster)
            if len(reading.notes) > told:  # not even that is permitted
                return
    except EsyncError as error:
        _without_owner(reading, namespace, error)


def _exists(reading: _Reading, body: Mapping[str, Any]) -> None:
    meta = body["metadata"]
    ref = ObjectRef("ExternalSecret", meta["namespace"], meta["name"])
    status = body.get("status") or {}
    reading.existing[ref] = Existing(
        meta["uid"],
        meta.get("generation", 0),
        meta.get("labels") or {},
        meta.get("annotations") or {},
        status.get("syncedResourceVersion") or "",
        status.get("refreshTime") or "",
        creator_of(body),
        body.get("spec") or {},
        _ready(status),
        teller_of(body),
    )


def _ready(status: Mapping[str, Any]) -> Ready:
    for one in status.get("conditions") or ():
        if one.get("type") == "Ready":
            return Ready(one.get("status", ""), one.get("reason", ""), one.get("message", ""))
    return Ready()


def _refuse_clashes(reading: _Reading, planned: Iterable[Planned]) -> None:
    """Note what the operator would not touch: an ExternalSecret that is not its creator's."""
    for one in planned:
        origin, existing = one.external_secret.origin, reading.existing.get(one.ref)
        if origin and existing and existing.creator != origin:
            reading.errors[one.ref] = ExistsInCluster(
                f"{one.ref} exists already, and ClusterExternalSecret {origin} did not make it",
                at=one.place(),
                hint="set spec.externalSecretName, or take the other one away",
            )


def _without_owner(reading: _Reading, namespace: str, error: EsyncError) -> None:
    if isinstance(error, NotServed):
        return
    reading.notes.append(
        f"ExternalSecrets of namespace {namespace} cannot be read ({error.message}): "
        "Secrets get no owner reference"
    )
