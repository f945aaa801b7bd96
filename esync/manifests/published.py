"""Fields that published examples use and the API does not have: where the right ones are.

Source: External Secrets Operator 2.9, its API reference against its guides and older versions.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from esync.manifests.errors import UnknownField

if TYPE_CHECKING:
    from collections.abc import Iterable

    from esync.errors import Location
    from esync.manifests.document import Path

# The wrong path without indices, and what to write.
_MEANT: Final = MappingProxyType(
    {
        "spec.provider.vault.auth.jwt.serviceAccountRef": (
            "use kubernetesServiceAccountToken.serviceAccountRef"
        ),
        "spec.provider.vault.auth.jwt.serviceAccount": (
            "use kubernetesServiceAccountToken.serviceAccountRef"
        ),
        "spec.provider.vault.auth.jwt.audiences": "use kubernetesServiceAccountToken.audiences",
        "spec.provider.vault.auth.jwt.mountPath": "use path",
        "spec.provider.vault.auth.kubernetes.path": "use mountPath",
        "spec.provider.vault.auth.appRole.secretId": "use secretRef, which names a Secret",
        "spec.provider.vault.auth.appRole.mountPath": "use path",
        "spec.provider.vault.auth.token": "use tokenSecretRef",
        "spec.provider.vault.auth.aws": "use iam",
        "spec.provider.vault.auth.userpass": "use userPass",
        "spec.provider.vault.auth.approle": "use appRole",
        "spec.provider.vault.tls.clientCert": "use certSecretRef",
        "spec.provider.vault.tls.secretRef": "use keySecretRef",
        "spec.provider.aws.auth.serviceAccountRef": "use jwt.serviceAccountRef",
        "spec.provider.gcpsm.auth.serviceAccountRef": "use workloadIdentity.serviceAccountRef",
        "spec.provider.azurekv.auth": "use authSecretRef or serviceAccountRef",
        "spec.provider.kubernetes.auth.serviceAccountRef": "use serviceAccount",
        "spec.secretStoreRef.namespace": (
            "a SecretStore is looked up in the namespace of the ExternalSecret; "
            "use a ClusterSecretStore to reach further"
        ),
        "spec.secretStoreRef.apiVersion": "remove it: name and kind say which store is meant",
        "spec.storeRef": "use secretStoreRef",
        "spec.creationPolicy": "use target.creationPolicy",
        "spec.deletionPolicy": "use target.deletionPolicy",
        "spec.template": "use target.template",
        "spec.rewrite": "use dataFrom[].rewrite",
        "spec.target.type": "use template.type",
        "spec.target.labels": "use template.metadata.labels",
        "spec.target.annotations": "use template.metadata.annotations",
        "spec.target.metadata": "use template.metadata",
        "spec.target.templateFrom": "use template.templateFrom",
        "spec.target.template.labels": "use metadata.labels",
        "spec.target.template.annotations": "use metadata.annotations",
        "spec.target.template.stringData": "use data; values are text there",
        "spec.data.key": "use remoteRef.key",
        "spec.data.property": "use remoteRef.property",
        "spec.data.version": "use remoteRef.version",
        "spec.data.storeRef": "use sourceRef.storeRef",
        "spec.data.secretStoreRef": "use sourceRef.storeRef",
        "spec.dataFrom.key": "use extract.key",
        "spec.dataFrom.property": "use extract.property",
        "spec.dataFrom.version": "use extract.version",
        "spec.dataFrom.remoteRef": "use extract",
        "spec.dataFrom.generatorRef": "use sourceRef.generatorRef",
        "spec.dataFrom.storeRef": "use sourceRef.storeRef",
        "spec.dataFrom.secretStoreRef": "use sourceRef.storeRef",
        "spec.dataFrom.extract.rewrite": "move it up, beside extract",
        "spec.dataFrom.find.rewrite": "move it up, beside find",
        "spec.dataFrom.find.regexp": "use name.regexp",
    }
)
_EMBEDDED: Final = ("spec", "externalSecretSpec")


class PublishedField(UnknownField):
    """A field that examples show and the API does not have; the hint names the right one."""

    rule = "ES0703"

    def __init__(self, path: Path, *, at: Location, hint: str) -> None:
        super().__init__(path, at=at, known=())
        self.hint = hint


def unknown_field(path: Path, *, at: Location, known: Iterable[str]) -> UnknownField:
    """Return the error for a field that the API does not have."""
    own = ("spec", *path[2:]) if path[:2] == _EMBEDDED else path
    hint = _MEANT.get(".".join(step for step in own if isinstance(step, str)))
    if hint:
        return PublishedField(path, at=at, hint=hint)
    return UnknownField(path, at=at, known=known)
