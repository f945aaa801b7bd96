"""Who owns a target, and whether it may be written.

Source: External Secrets Operator 2.9: another ExternalSecret's target is refused whatever the
policy; another controller's only to Owner. The UID of an owner does not count, its name does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.flow.kubernetes import CREATED_BY_LABEL, EXTERNAL_SECRETS_GROUP, controlled_by
from esync.gocompat.digest import created_by
from esync.manifests.externalsecret import CreationPolicy
from esync.shape.errors import OwnedByAnother

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.flow.kubernetes import OwnerReference
    from esync.manifests.document import ObjectRef
    from esync.manifests.externalsecret import ExternalSecret


def owners_after(
    owners: tuple[OwnerReference, ...],
    labels: Mapping[str, str],
    one: ExternalSecret,
    target: ObjectRef,
    uid: str,
) -> tuple[OwnerReference, ...]:
    """Return the owner references as they should be.

    Args:
        owners: those of the live object.
        labels: of the live object.
        one: the ExternalSecret that writes.
        target: what it writes, for errors.
        uid: of the ExternalSecret in the cluster; without one nobody could be asked for it, and
            what is there stays.

    Raises:
        OwnedByAnother: it may not be written.
    """
    refuse_foreign(owners, labels, one, target)
    if one.spec.target.creation_policy is not CreationPolicy.OWNER:
        return tuple(owner for owner in owners if not _is_ours(owner, one))
    if not uid:
        return owners
    ours = controlled_by(one.name, uid)
    if not any(_is_ours(owner, one) for owner in owners):
        return (*owners, ours)
    return tuple(ours if _is_ours(owner, one) else owner for owner in owners)


def refuse_foreign(
    owners: tuple[OwnerReference, ...],
    labels: Mapping[str, str],
    one: ExternalSecret,
    target: ObjectRef,
) -> None:
    """Refuse a live object that is not this ExternalSecret's to write.

    Raises:
        OwnedByAnother: by its owner references or its label.
    """
    at = one.place("spec", "target")
    controller = next((owner for owner in owners if owner.controller), None)
    if controller and _is_external_secret(controller):
        if controller.name != one.name:
            raise OwnedByAnother(f"{target} is owned by another ExternalSecret", at=at)
        return
    if controller and one.spec.target.creation_policy is CreationPolicy.OWNER:
        raise OwnedByAnother(
            f"{target} is controlled by a {controller.kind}",
            at=at,
            hint="choose another target name, or creationPolicy: Merge",
        )
    mark = labels.get(CREATED_BY_LABEL)
    if not controller and mark and mark != created_by(one.namespace, one.name):
        raise OwnedByAnother(
            f"{target} was created by another ExternalSecret",
            at=at,
            hint=f"its label {CREATED_BY_LABEL} says so",
        )


def _is_external_secret(owner: OwnerReference) -> bool:
    return owner.kind == "ExternalSecret" and owner.group == EXTERNAL_SECRETS_GROUP


def _is_ours(owner: OwnerReference, one: ExternalSecret) -> bool:
    return _is_external_secret(owner) and owner.name == one.name
