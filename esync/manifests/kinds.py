"""Which kinds of documents there are, in which versions, and what each is to esync."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from esync.manifests.errors import UnknownGroup, UnknownKind, UnknownVersion
from esync.manifests.externalsecret import GENERATOR_KINDS

if TYPE_CHECKING:
    from esync.manifests.document import Document

GROUP: Final = "external-secrets.io"
GENERATOR_GROUP: Final = "generators.external-secrets.io"
_RBAC_GROUP: Final = "rbac.authorization.k8s.io"
V1: Final = "v1"
V1BETA1: Final = "v1beta1"


class Role(StrEnum):
    """What a document is to esync."""

    EXTERNAL_SECRET = "ExternalSecret"
    CLUSTER_EXTERNAL_SECRET = "ClusterExternalSecret"
    STORE = "store"
    GENERATOR = "generator"
    OBJECT = "object"
    OTHER = "other"


_ROLES: Final = MappingProxyType(
    {
        "ExternalSecret": Role.EXTERNAL_SECRET,
        "ClusterExternalSecret": Role.CLUSTER_EXTERNAL_SECRET,
        "SecretStore": Role.STORE,
        "ClusterSecretStore": Role.STORE,
        "PushSecret": Role.OTHER,
        "ClusterPushSecret": Role.OTHER,
    }
)
_OBJECTS: Final = frozenset({"Secret", "ConfigMap", "ServiceAccount", "Namespace"})
_CLUSTER_SCOPED: Final = frozenset(
    {
        (GROUP, "ClusterExternalSecret"),
        (GROUP, "ClusterSecretStore"),
        (GROUP, "ClusterPushSecret"),
        (GENERATOR_GROUP, "ClusterGenerator"),
        (_RBAC_GROUP, "ClusterRole"),
        (_RBAC_GROUP, "ClusterRoleBinding"),
        ("", "Namespace"),
        ("", "Node"),
        ("", "PersistentVolume"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        ("certificates.k8s.io", "CertificateSigningRequest"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("networking.k8s.io", "IngressClass"),
        ("node.k8s.io", "RuntimeClass"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("storage.k8s.io", "CSINode"),
        ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "VolumeAttachment"),
    }
)
# A group at least so much like ours is a slip: external-secret.io, externalsecrets.io.
_ALIKE: Final = 0.8
_GENERATORS: Final = frozenset({*GENERATOR_KINDS, "GeneratorState"})

# The keys under spec.provider that v1 has.
PROVIDERS: Final = frozenset(
    [
        "akeyless",
        "aws",
        "azurekv",
        "barbican",
        "beyondtrust",
        "beyondtrustworkloadcredentials",
        "bitwardensecretsmanager",
        "chef",
        "cloudrusm",
        "conjur",
        "crd",
        "delinea",
        "doppler",
        "dvls",
        "fake",
        "fortanix",
        "gcpsm",
        "github",
        "gitlab",
        "ibm",
        "infisical",
        "keepersecurity",
        "kubernetes",
        "nebiusmysterybox",
        "ngrok",
        "onboardbase",
        "onepassword",
        "onepasswordSDK",
        "openBao",
        "oracle",
        "ovh",
        "passbolt",
        "passworddepot",
        "previder",
        "pulumi",
        "scaleway",
        "secretserver",
        "senhasegura",
        "vault",
        "volcengine",
        "webhook",
        "yandexcertificatemanager",
        "yandexlockbox",
    ]
)


def group_of(document: Document) -> str:
    """Return the API group, empty for the core."""
    return document.api_version.rpartition("/")[0]


def version_of(document: Document) -> str:
    """Return the API version without its group."""
    return document.api_version.rpartition("/")[2]


def is_cluster_scoped(api_version: str, kind: str) -> bool:
    """Tell whether objects of this kind stand in no namespace, as far as esync knows the kind."""
    return (api_version.rpartition("/")[0], kind) in _CLUSTER_SCOPED


def is_cluster_kind(kind: str) -> bool:
    """Tell the same of a kind of which the group is not known."""
    return any(kind == one for _, one in _CLUSTER_SCOPED)


def is_access(document: Document) -> bool:
    """Tell whether a document grants rights: a Role or a ClusterRole."""
    return group_of(document) == _RBAC_GROUP and document.kind in {"Role", "ClusterRole"}


def role_of(document: Document) -> Role:
    """Return what the document is to esync.

    Raises:
        UnknownKind: the group is External Secrets' own, and has no such kind.
        UnknownVersion: the kind has no such version.
        UnknownGroup: the kind is ours, and its group nearly.
    """
    group = group_of(document)
    if group == GROUP:
        return _role_in_group(document)
    if group == GENERATOR_GROUP:
        return _generator_role(document)
    if group == "" and document.kind in _OBJECTS:
        _check_version(document, V1)
        return Role.OBJECT
    _refuse_slips(document, group)
    return Role.OTHER


def _refuse_slips(document: Document, group: str) -> None:
    """Refuse one of our kinds in a group that nobody else has."""
    homes = {
        GROUP: (document.kind in _ROLES, V1),
        GENERATOR_GROUP: (document.kind in _GENERATORS, "v1alpha1"),
        "": (document.kind in _OBJECTS, V1),
    }
    for home, (is_there, version) in homes.items():
        if is_there and _is_slip(group.lower(), home):
            meant = f"{home}/{version}" if home else version
            at = document.place(("apiVersion",))
            raise UnknownGroup(document.kind, group, at=at, meant=meant)


def _is_slip(group: str, home: str) -> bool:
    if not home:
        return group == "core"
    if not group:
        return True
    from difflib import SequenceMatcher  # only for kinds that are called like ours

    return SequenceMatcher(None, group, home).ratio() >= _ALIKE


def _role_in_group(document: Document) -> Role:
    role = _ROLES.get(document.kind)
    if role is None:
        raise UnknownKind(document.kind, at=document.place(("kind",)), known=_ROLES)
    _check_version(document, *(("v1alpha1",) if role is Role.OTHER else (V1, V1BETA1)))
    return role


def _generator_role(document: Document) -> Role:
    if document.kind not in _GENERATORS:
        raise UnknownKind(document.kind, at=document.place(("kind",)), known=_GENERATORS)
    _check_version(document, "v1alpha1")
    return Role.GENERATOR if document.kind in GENERATOR_KINDS else Role.OTHER


def _check_version(document: Document, *versions: str) -> None:
    if version_of(document) not in versions:
        at = document.place(("apiVersion",))
        raise UnknownVersion(document.api_version, document.kind, at=at, known=versions)
