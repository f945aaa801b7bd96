"""Clusters as stores: their Secrets (``kubernetes``), and any other objects (``crd``).

Source:
    External Secrets Operator 2.9, Kubernetes and CRD providers.
"""

from esync.providers.kubernetes.custom import Crd
from esync.providers.kubernetes.secrets import Kubernetes

__all__ = ["Crd", "Kubernetes"]
