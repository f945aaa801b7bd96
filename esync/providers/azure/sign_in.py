"""From what a store says to a source of tokens; with ``useAzureSDK`` some rules are others.

Source:
    External Secrets Operator 2.9, azurekv provider: its two code paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from esync.identity.azure import (
    Application,
    ambient_source,
    application_source,
    certificate_proof,
    custom_authority,
    endpoints_of,
    ids_of_service_account,
    machine_source,
    pod_source,
    secret_proof,
    service_account_proof,
)
from esync.identity.hosts import Origin
from esync.providers.azure.spec import AuthType
from esync.providers.contract import BadStore

if TYPE_CHECKING:
    from esync.identity.access import Access
    from esync.identity.azure import TokenSource, Wire
    from esync.manifests.store import SecretSelector, ServiceAccountSelector
    from esync.providers.azure.spec import AzureSpec

_TENANT_VARIABLE = "AZURE_TENANT_ID"


def source_of(spec: AzureSpec, wire: Wire, access: Access) -> TokenSource:
    """Return what fetches tokens; credentials are read when the first one is needed.

    Raises:
        BadStore: the settings name half an identity, or one and a half.
        EsyncError: the store may not use the identity of the process, or a credential may not go
            to the authority.
    """
    authority = _authority(spec, access)
    if access.ambient:
        return ambient_source(authority, spec.tenant_id, wire, access)
    match spec.auth_type:
        case AuthType.SERVICE_PRINCIPAL:
            return _service_principal(spec, authority, wire, access)
        case AuthType.MANAGED_IDENTITY:
            return machine_source(wire, access, spec.identity_id)
        case AuthType.WORKLOAD_IDENTITY if spec.service_account_ref is None:
            return pod_source(authority, wire, access)
        case AuthType.WORKLOAD_IDENTITY:
            selector = spec.service_account_ref
            return _service_account(spec, selector, authority, wire, access)
        case other:
            assert_never(other)


def _authority(spec: AzureSpec, access: Access) -> str:
    custom = spec.custom_cloud_config
    if custom is not None:
        path = ("customCloudConfig", "activeDirectoryEndpoint")
        return custom_authority(custom.active_directory_endpoint, access, *path)
    url = endpoints_of(spec.environment_type).authority
    access.allow_host(url, Origin.PROVIDER, "environmentType")
    return url


def _service_principal(spec: AzureSpec, authority: str, wire: Wire, access: Access) -> TokenSource:
    ref = spec.auth_secret_ref
    if not spec.tenant_id:
        raise BadStore("tenantId is missing", hint="authType ServicePrincipal needs it")
    if ref is None:
        raise BadStore("authSecretRef is missing", hint="authType ServicePrincipal needs it")
    client_id, secret, certificate = ref.client_id, ref.client_secret, ref.client_certificate
    if client_id is None:
        raise BadStore("authSecretRef needs clientId")
    if secret is not None and certificate is not None:
        raise BadStore("authSecretRef has both clientSecret and clientCertificate")
    if secret is not None:
        proof = secret_proof(lambda: access.secret(secret, "authSecretRef", "clientSecret"))
    elif certificate is not None:
        path = ("authSecretRef", "clientCertificate")
        proof = certificate_proof(lambda: access.secret(certificate, *path), access.clock)
    else:
        raise BadStore("authSecretRef needs clientSecret or clientCertificate")

    def find() -> Application:
        return Application(authority, spec.tenant_id, _text(client_id, access, "clientId"))

    return application_source(find, proof, wire, access)


def _service_account(
    spec: AzureSpec, selector: ServiceAccountSelector, authority: str, wire: Wire, access: Access
) -> TokenSource:
    def find() -> Application:
        ids = ids_of_service_account(selector, access, "serviceAccountRef")
        if spec.use_azure_sdk:
            client = _only(ids.client_id, "", "clientId")
            tenant = spec.tenant_id or ids.tenant
        else:
            client = _only(ids.client_id, _referred_client(spec, access), "clientId")
            named = _referred_tenant(spec, access) or spec.tenant_id
            tenant = _only(ids.tenant, named, "tenantId", optional=True)
            tenant = tenant or access.environ.get(_TENANT_VARIABLE, "")
        if not tenant:
            raise BadStore(
                "there is no tenantId, neither in the store nor at the service account",
                hint="set tenantId, or annotate with azure.workload.identity/tenant-id",
            )
        return Application(authority, tenant, client)

    proof = service_account_proof(selector, access, "serviceAccountRef")
    return application_source(find, proof, wire, access)


def _only(annotated: str, named: str, what: str, *, optional: bool = False) -> str:
    """Return whichever is there; both are an error, even if they are equal."""
    annotation = f"azure.workload.identity/{'client' if what == 'clientId' else 'tenant'}-id"
    if annotated and named:
        raise BadStore(
            f"{what} is set in the store and at the service account",
            hint=f"remove one of the two: the store's, or the annotation {annotation}",
        )
    if not annotated and not named and not optional:
        raise BadStore(
            f"there is no {what} at the service account",
            hint=f"annotate it with {annotation}",
        )
    return annotated or named


def _referred_client(spec: AzureSpec, access: Access) -> str:
    ref = spec.auth_secret_ref
    if ref is None:
        return ""
    if ref.client_id is None:
        raise BadStore("authSecretRef needs clientId", hint="or leave authSecretRef out")
    return _text(ref.client_id, access, "clientId")


def _referred_tenant(spec: AzureSpec, access: Access) -> str:
    ref = spec.auth_secret_ref
    return _text(ref.tenant_id, access, "tenantId") if ref and ref.tenant_id else ""


def _text(selector: SecretSelector, access: Access, name: str) -> str:
    try:
        return access.secret(selector, "authSecretRef", name).reveal().decode()
    except UnicodeDecodeError:
        pass
    raise BadStore(f"authSecretRef.{name} leads to a value that is no text")
