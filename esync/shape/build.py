"""Build the whole Secret from its content and what is live.

Source: External Secrets Operator 2.9: the order in which it clears, fills, owns and stamps a
Secret; key removal follows what its field manager wrote before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from esync.flow.applyset import PART_OF_LABEL
from esync.flow.kubernetes import (
    CREATED_BY_LABEL,
    DATA_CHANGED_ANNOTATION,
    DATA_HASH_ANNOTATION,
    MANAGED_LABEL,
    SecretObject,
)
from esync.gocompat.digest import created_by, data_hash, field_manager
from esync.manifests.externalsecret import CreationPolicy
from esync.shape.errors import TooLarge
from esync.shape.owners import owners_after

if TYPE_CHECKING:
    from esync.flow.desired import Content
    from esync.flow.plan import Planned
    from esync.manifests.externalsecret import ExternalSecret

LARGEST_SECRET: Final = 1024 * 1024
_LONGEST_MANAGER: Final = 63
_KEEPS_FOREIGN_KEYS: Final = frozenset({CreationPolicy.MERGE, CreationPolicy.CREATE_OR_MERGE})


def build(planned: Planned, content: Content, live: SecretObject | None, uid: str) -> SecretObject:
    """Return the Secret as it should be, on top of ``live`` if there is one.

    Args:
        planned: whose Secret it is.
        content: what the ExternalSecret brings.
        live: the Secret in the cluster; its foreign metadata stays.
        uid: of the ExternalSecret in the cluster; without one there is no owner reference.

    Raises:
        OwnedByAnother: another ExternalSecret or controller owns it.
        TooLarge: its values are more than 1 MiB, which the API server refuses.
    """
    one = planned.external_secret
    secret = live or SecretObject(planned.target.namespace, planned.target.name)
    frozen = one.spec.target.immutable and live is not None
    if one.spec.target.immutable:
        secret = replace(secret, immutable=True)
    if not frozen:
        secret = _fill(_clear(secret, one), content, one)
    _refuse_too_large(secret, one)
    return _stamp(_own(secret, one, uid))


def _clear(secret: SecretObject, one: ExternalSecret) -> SecretObject:
    """Drop what this ExternalSecret wrote before, and foreign keys where it owns the Secret."""
    manager = field_manager(one.name)
    # ESO does so too: for names of 28 to 63 characters this misses, and labels stay behind.
    plain = f"externalsecrets.external-secrets.io/{one.name}"
    metadata_manager = manager if len(one.name) > _LONGEST_MANAGER else plain
    keys: set[str] = set()
    labels: set[str] = set()
    annotations: set[str] = set()
    for entry in secret.managed:
        if entry.manager == manager:
            keys |= entry.data
        if entry.manager == metadata_manager:
            labels |= entry.labels
            annotations |= entry.annotations - {DATA_CHANGED_ANNOTATION}
    keeps = one.spec.target.creation_policy in _KEEPS_FOREIGN_KEYS
    return replace(
        secret,
        data={k: v for k, v in secret.data.items() if k not in keys} if keeps else {},
        # Whoever belongs to an ApplySet stays its member until a run of that set says otherwise.
        labels={k: v for k, v in secret.labels.items() if k not in labels or k == PART_OF_LABEL},
        annotations={k: v for k, v in secret.annotations.items() if k not in annotations},
    )


def _fill(secret: SecretObject, content: Content, one: ExternalSecret) -> SecretObject:
    finalizers = list(secret.finalizers)
    if not secret.deleting:
        finalizers += [name for name in content.finalizers if name not in finalizers]
    template = one.spec.target.template
    return replace(
        secret,
        data={**secret.data, **content.data},
        labels={**secret.labels, **content.labels},
        annotations={**secret.annotations, **content.annotations},
        finalizers=tuple(finalizers),
        type=(content.type if template else "") or secret.type,
    )


def _refuse_too_large(secret: SecretObject, one: ExternalSecret) -> None:
    if sum(len(value.reveal()) for value in secret.data.values()) > LARGEST_SECRET:
        raise TooLarge(
            f"{secret.ref} would be larger than 1 MiB",
            at=one.place("spec", "target"),
            hint="spread its keys over several ExternalSecrets",
        )


def _own(secret: SecretObject, one: ExternalSecret, uid: str) -> SecretObject:
    owners = owners_after(secret.owners, secret.labels, one, secret.ref, uid)
    labels = dict(secret.labels)
    labels.pop(CREATED_BY_LABEL, None)
    if one.spec.target.creation_policy is CreationPolicy.OWNER:
        labels[CREATED_BY_LABEL] = created_by(one.namespace, one.name)
    return replace(secret, owners=owners, labels=labels)


def _stamp(secret: SecretObject) -> SecretObject:
    stamp = data_hash({key: value.reveal() for key, value in secret.data.items()})
    return replace(
        secret,
        labels={**secret.labels, MANAGED_LABEL: "true"},
        annotations={**secret.annotations, DATA_HASH_ANNOTATION: stamp},
    )
