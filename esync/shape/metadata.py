"""Which labels and annotations an ExternalSecret passes on to its Secret.

The operator copies all of them when there is no template. Those with which other tools track what
they applied are left out here: on a Secret they would make such a tool believe that it owns it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.flow.kubernetes import DATA_CHANGED_ANNOTATION, OWNER_REFERENCE_ANNOTATION

if TYPE_CHECKING:
    from collections.abc import Mapping

_RESERVED: Final = (
    "applyset.kubernetes.io/",
    "reconcile.external-secrets.io/",
    # Whoever could write it could have workloads restarted without any change.
    DATA_CHANGED_ANNOTATION,
)
_TRACKING: Final = (
    "argocd.argoproj.io/",
    "kustomize.toolkit.fluxcd.io/",
    "helm.toolkit.fluxcd.io/",
    "meta.helm.sh/",
    "helm.sh/",
    "fluxcd.io/",
)
_TRACKING_NAMES: Final = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        # What esync alone reads, on the ExternalSecret alone.
        OWNER_REFERENCE_ANNOTATION,
        # Argo CD's default tracking label.
        "app.kubernetes.io/instance",
    }
)


def copied(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return what of an ExternalSecret's labels or annotations goes onto its Secret."""
    return {
        name: value
        for name, value in metadata.items()
        if not is_reserved(name) and not is_tracking(name, value)
    }


def is_reserved(name: str) -> bool:
    """Tell whether a label or annotation belongs to the bookkeeping of esync or kubectl."""
    return name.startswith(_RESERVED)


def is_tracking(name: str, value: str) -> bool:
    """Tell whether a label or annotation tracks what another tool applied."""
    if name == "app.kubernetes.io/managed-by":
        return value == "Helm"
    return name in _TRACKING_NAMES or name.startswith(_TRACKING)
