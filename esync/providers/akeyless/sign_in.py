"""From what a store says to a proof of who we are.

Source:
    External Secrets Operator 2.9, akeyless provider: ``authSecretRef``.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final

from esync.errors import EsyncError
from esync.identity.references import BadReference
from esync.manifests.store import SecretSelector
from esync.providers.akeyless.ambient import ambient_proof
from esync.providers.akeyless.cloud_id import CLOUD_TYPES, cloud_proof
from esync.providers.contract import BadStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esync.identity.access import Access
    from esync.manifests.store import ServiceAccountSelector
    from esync.providers.akeyless.spec import Auth, KubernetesAuth
    from esync.secret import SecretValue

_PATH: Final = ("authSecretRef", "secretRef")
_KUBERNETES: Final = ("authSecretRef", "kubernetesAuth")
_KEY_TYPES: Final = frozenset({"api_key", "access_key"})
_TOKEN_SECONDS: Final = 600


class UnknownAccessType(BadStore):
    """The type of an access id is none that esync can prove."""

    rule = "ES0467"


def sign_in(auth: Auth, url: str, access: Access) -> Callable[[], Mapping[str, str]]:
    """Return what makes the members of a sign-in; credentials are read when it is called.

    Args:
        auth: what the store says.
        url: where the proof goes.
        access: reads what ``auth`` points at.

    Raises:
        EsyncError: the store may not use the identity of the process.
    """
    if access.ambient:
        return ambient_proof(access)
    if kubernetes := auth.kubernetes_auth:
        return lambda: _of_kubernetes(kubernetes, url, access)
    return lambda: _of_access_id(auth, access)


def _of_access_id(auth: Auth, access: Access) -> Mapping[str, str]:
    ref = auth.secret_ref
    access_id = _text(ref.access_id, access, "accessID")
    kind = _text(ref.access_type, access, "accessType")
    param = ref.access_type_param
    given = _text(param, access, "accessTypeParam") if param.name else ""
    if kind in _KEY_TYPES:
        if not given:
            raise BadReference("authSecretRef.secretRef.accessTypeParam: the access key is empty")
        return {"access-id": access_id, "access-type": "access_key", "access-key": given}
    if kind == "k8s":
        raise BadStore(
            "access type k8s needs authSecretRef.kubernetesAuth",
            hint="write accessID and k8sConfName there",
        )
    if kind not in CLOUD_TYPES:
        raise UnknownAccessType(
            "the access type is none that can be proven",
            hint=f"known: api_key, {', '.join(sorted(CLOUD_TYPES))}; look for a line break",
        )
    return cloud_proof(kind, access_id, given, access, auth.service_account_ref)


def _of_kubernetes(method: KubernetesAuth, url: str, access: Access) -> Mapping[str, str]:
    if method.service_account_ref:
        token = _account_token(method.service_account_ref, url, access)
    elif method.secret_ref:
        ref = method.secret_ref
        keyed = SecretSelector(ref.name, ref.namespace, ref.key or "token")
        token = access.secret(keyed, *_KUBERNETES, "secretRef")
    else:
        raise BadStore(
            "authSecretRef.kubernetesAuth: serviceAccountRef or secretRef is missing",
            hint="name the service account whose token proves who we are",
        )
    return {
        "access-id": method.access_id,
        "access-type": "k8s",
        "k8s-auth-config-name": method.config_name,
        "k8s-service-account-token": b64encode(token.reveal()).decode(),
    }


def _account_token(selector: ServiceAccountSelector, url: str, access: Access) -> SecretValue:
    """Return a token that the account has in a Secret, as of old, else one that is requested."""
    path = (*_KUBERNETES, "serviceAccountRef")
    account = access.service_account(selector, *path)
    for one in account.get("secrets") or ():
        name = one.get("name") if isinstance(one, dict) else None
        if isinstance(name, str) and name:
            try:
                kept = SecretSelector(name, selector.namespace, "token")
                return access.secret(kept, *path)
            except EsyncError:
                continue  # ESO does so too: the first that can be read counts
    audiences = tuple(selector.audiences)
    return access.service_account_token(selector, audiences, _TOKEN_SECONDS, *path, to=url)


def _text(selector: SecretSelector, access: Access, name: str) -> str:
    try:
        return access.secret(selector, *_PATH, name).reveal().decode()
    except UnicodeDecodeError:
        pass
    raise BadReference(f"{'.'.join(_PATH)}.{name} is no text")
