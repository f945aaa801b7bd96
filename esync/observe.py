"""Read what is live, once, before anything is fetched.

Targets, the ExternalSecrets that exist there, Secrets left behind under old names, and the
ConfigMaps and Secrets that hold templates.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from esync.cluster.contract import CONFIG_MAPS, EXTERNAL_SECRETS, SECRETS
from esync.errors import EsyncError
from esync.flow.kubernetes import CREATED_BY_LABEL, SecretObject, secret_from_object
from esync.flow.snapshot import Existing, Snapshot
from esync.gocompat.digest import created_by
from esync.manifests.document import ObjectRef
from esync.manifests.externalsecret import CreationPolicy
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from esync.cluster.contract import Object, Reader
    from esync.flow.plan import Planned


@dataclass(slots=True)
class _Reading:
    secrets: dict[ObjectRef, SecretObject] = field(default_factory=dict)
    orphans: dict[ObjectRef, tuple[SecretObject, ...]] = field(default_factory=dict)
    sources: dict[ObjectRef, Mapping[str, SecretValue]] = field(default_factory=dict)
    existing: dict[ObjectRef, Existing] = field(default_factory=dict)
    errors: dict[ObjectRef, EsyncError] = field(default_factory=dict)


def observe(planned: Sequence[Planned], *, inputs: Reader, cluster: Reader | None) -> Snapshot:
    """Return what is live for ``planned``.

    Args:
        planned: the ExternalSecrets of one wave.
        inputs: documents of the input first, then the cluster; holds template sources.
        cluster: what would be written to; None when nothing live is to be looked at (``render``).

    An object that cannot be read is an error of the snapshot, for those who need it.
    """
    reading = _Reading()
    for ref in sorted(set(_sources(planned))):
        _read_source(reading, ref, inputs)
    if cluster is not None:
        for one in planned:
            _read_target(reading, one, cluster)
            _read_external_secret(reading, one, cluster)
        _read_orphans(reading, planned, cluster)
    return Snapshot(
        reading.secrets, reading.orphans, reading.sources, reading.existing, reading.errors
    )


def read_secret(cluster: Reader, ref: ObjectRef) -> SecretObject | None:
    """Return one live Secret, or None if there is none."""
    body = cluster.get(SECRETS, ref.namespace, ref.name)
    return None if body is None else secret_from_object(body)


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
        reading.existing[one.ref] = Existing(secret.uid, secret.generation)
        return
    try:
        body = cluster.get(EXTERNAL_SECRETS, secret.namespace, secret.name)
    except EsyncError as error:
        reading.errors[one.ref] = error
        return
    if body is not None:
        meta = body["metadata"]
        reading.existing[one.ref] = Existing(meta["uid"], meta.get("generation", 0))


def _read_orphans(reading: _Reading, planned: Sequence[Planned], cluster: Reader) -> None:
    """Find Secrets that an ExternalSecret created under another name; one list per namespace."""
    makers = {
        created_by(one.target.namespace, one.external_secret.name): one
        for one in planned
        if one.external_secret.spec.target.creation_policy is CreationPolicy.OWNER
    }
    for namespace in sorted({one.target.namespace for one in makers.values()}):
        try:
            bodies = list(cluster.list(SECRETS, namespace, CREATED_BY_LABEL))
        except EsyncError:
            # Not permitted to list: nothing is known to be left behind, so nothing is removed.
            continue
        for body in bodies:
            secret = secret_from_object(body)
            maker = makers.get(secret.labels.get(CREATED_BY_LABEL, ""))
            if maker and maker.target.name != secret.name:
                reading.orphans[maker.ref] = (*reading.orphans.get(maker.ref, ()), secret)
