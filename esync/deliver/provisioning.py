"""What ClusterExternalSecrets ask for: to changes of ExternalSecrets, and to status. Pure.

Source:
    External Secrets Operator 2.9: status of a ClusterExternalSecret; its condition has neither a
    reason nor a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import EXTERNAL_SECRETS
from esync.flow.change import Action, Change, FieldChange, Mark, Result
from esync.flow.manifest import ManifestObject
from esync.flow.plan import Planned
from esync.manifests.document import ObjectRef
from esync.manifests.externalsecret import CreationPolicy, Pending

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from esync.flow.change import Done
    from esync.flow.provision import Provision, Wanted
    from esync.manifests.externalsecret import ExternalSecret

_SOME_FAILED: Final = "one or more namespaces failed"
_EXISTS: Final = "external secret already exists in namespace"
_EXISTS_RULE: Final = "ES0119"
_MAPS: Final = ("labels", "annotations")


def provisioning(wanted: Wanted) -> Change | None:
    """Return what is to be written for an ExternalSecret to be as it should; None for nothing."""
    one = wanted.external_secret
    if one.pending is Pending.NOTHING:
        return None
    creates = one.pending is Pending.CREATE
    return Change(
        wanted.ref,
        Action.CREATE if creates else Action.UPDATE,
        Planned(one, wanted.ref, ()),
        fields=() if creates else tuple(_differences(wanted.live or {}, one.document.body)),
        manifest=ManifestObject(one.document.body),
        resource=EXTERNAL_SECRETS,
    )


def removal(one: ExternalSecret) -> Change:
    """Return the deletion of an ExternalSecret that its ClusterExternalSecret made."""
    ref = ObjectRef(EXTERNAL_SECRETS.kind, one.namespace, one.name)
    reason = f"ClusterExternalSecret {one.origin} asks for it no more"
    target = one.spec.target
    if target.creation_policy is CreationPolicy.OWNER:
        kind = target.manifest.kind if target.manifest else "Secret"
        reason += f"; {kind} {one.target_name} goes with it, by the garbage collector"
    return Change(
        ref,
        Action.DELETE,
        Planned(one, ref, ()),
        reason=reason,
        manifest=ManifestObject(one.document.body),
        resource=EXTERNAL_SECRETS,
    )


def cluster_wide_status(provision: Provision, ends: Mapping[ObjectRef, Done]) -> dict[str, Any]:
    """Return the members of a ClusterExternalSecret's status, None for those that go.

    Args:
        provision: what it asked for.
        ends: what became of the ExternalSecrets that were to be written, by their names.
    """
    failed = {
        namespace: _EXISTS if error.rule == _EXISTS_RULE else error.message
        for namespace, error in provision.failed.items()
    }
    refs = [one.ref for one in provision.wanted]
    refs += [ObjectRef(EXTERNAL_SECRETS.kind, one.namespace, one.name) for one in provision.stale]
    for ref in refs:
        end = ends.get(ref)
        if end and end.result in {Result.FAILED, Result.NOT_DONE}:
            told = end.error.message if end.error else "; ".join(end.notes)
            failed.setdefault(ref.namespace, told)
    there = sorted({one.ref.namespace for one in provision.wanted} - failed.keys())
    ready: dict[str, Any] = {"type": "Ready", "status": "False" if failed else "True"}
    if failed:
        ready["message"] = _SOME_FAILED
    listed = [{"namespace": name, "reason": reason} for name, reason in sorted(failed.items())]
    told_anyway = {"failedNamespaces": listed or None, "conditions": [ready]}
    if provision.is_broken:
        return told_anyway
    return {
        "externalSecretName": provision.of.external_secret_name,
        "provisionedNamespaces": there or None,
        **told_anyway,
    }


def _differences(live: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[FieldChange]:
    before, after = live.get("metadata") or {}, body["metadata"]
    for name in _MAPS:
        yield from _marks(name, before.get(name) or {}, after.get(name) or {})
    if before.get("ownerReferences") != after["ownerReferences"]:
        yield FieldChange("ownerReferences", "", Mark.CHANGED)
    yield from _marks("spec", live.get("spec") or {}, body["spec"])


def _marks(
    field: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterable[FieldChange]:
    for key in sorted(before.keys() | after.keys()):
        if key not in before:
            yield FieldChange(field, key, Mark.ADDED)
        elif key not in after:
            yield FieldChange(field, key, Mark.REMOVED)
        elif before[key] != after[key]:
            yield FieldChange(field, key, Mark.CHANGED)
