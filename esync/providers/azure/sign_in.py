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
from esync.identity.azure.workload import CLIENT_ANNOTATION, TENANT_ANNOTATION, TENANT_VARIABLE
from esync.identity.hosts import Origin
from esync.providers.azure.spec import AuthType
from esync.providers.contract import BadStore

if TYPE_CHECKING:
    from esync.errors import Location
    from esync.identity.access import Access
    from esync.identity.azure import TokenSource, Wire
    from esync.identity.azure.exchange import Proof
    from esync.manifests.store import ServiceAccountSelector, Store
    from esync.providers.azure.spec import AzureSpec


def source_of(spec: AzureSpec, store: Store, wire: Wire, access: Access) -> TokenSource:
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
            proof = _proof(spec, store, access)
            return application_source(
                lambda: _service_principal(spec, store, authority, access), proof, wire, access
            )
        case AuthType.MANAGED_IDENTITY:
            return machine_source(wire, access, spec.identity_id)
        case AuthType.WORKLOAD_IDENTITY if spec.service_account_ref is None:
            return pod_source(authority, wire, access)
        case AuthType.WORKLOAD_IDENTITY:
            selector = spec.service_account_ref
            proof = service_account_proof(selector, access, "serviceAccountRef")
            return application_source(
                lambda: _service_account(spec, selector, store, authority, access),
                proof,
                wire,
                access,
            )
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


def _proof(spec: AzureSpec, store: Store, access: Access) -> Proof:
    """Return how the application of a store proves who it is."""
    ref, hint = spec.auth_secret_ref, "authType ServicePrincipal needs it"
    if not spec.tenant_id:
        raise BadStore("tenantId is missing", at=store.place(), hint=hint)
    if ref is None:
        raise BadStore("authSecretRef is missing", at=store.place(), hint=hint)
    at = store.place("authSecretRef")
    if ref.client_id is None:
        raise BadStore("authSecretRef needs clientId", at=at)
    secret, certificate = ref.client_secret, ref.client_certificate
    if secret is not None and certificate is not None:
        raise BadStore("authSecretRef has both clientSecret and clientCertificate", at=at)
    if secret is not None:
        return secret_proof(lambda: access.secret(secret, "authSecretRef", "clientSecret"))
    if certificate is not None:
        path = ("authSecretRef", "clientCertificate")
        return certificate_proof(lambda: access.secret(certificate, *path), access.clock)
    raise BadStore("authSecretRef needs clientSecret or clientCertificate", at=at)


def _service_principal(
    spec: AzureSpec, store: Store, authority: str, access: Access
) -> Application:
    return Application(authority, spec.tenant_id, _referred(spec, "clientId", store, access))


def _service_account(
    spec: AzureSpec,
    selector: ServiceAccountSelector,
    store: Store,
    authority: str,
    access: Access,
) -> Application:
    ids = ids_of_service_account(selector, access, "serviceAccountRef")
    at = store.place("serviceAccountRef")
    if spec.use_azure_sdk:
        client = ids.client_id
        tenant = spec.tenant_id or ids.tenant
    else:
        if spec.auth_secret_ref is not None and spec.auth_secret_ref.client_id is None:
            raise BadStore(
                "authSecretRef needs clientId",
                at=store.place("authSecretRef"),
                hint="or leave authSecretRef out",
            )
        named = _referred(spec, "tenantId", store, access) or spec.tenant_id
        client = _only(ids.client_id, _referred(spec, "clientId", store, access), "clientId", at)
        tenant = _only(ids.tenant, named, "tenantId", at)
        tenant = tenant or access.environ.get(TENANT_VARIABLE, "")
    for found, what, annotation in (
        (client, "clientId", CLIENT_ANNOTATION),
        (tenant, "tenantId", TENANT_ANNOTATION),
    ):
        if not found:
            hint = f"annotate the service account with {annotation}"
            raise BadStore(f"there is no {what} for the service account", at=at, hint=hint)
    return Application(authority, tenant, client)


def _only(annotated: str, named: str, what: str, at: Location) -> str:
    """Return whichever is there; both are an error, even if they are equal."""
    if annotated and named:
        raise BadStore(
            f"{what} is set in the store and at the service account",
            at=at,
            hint="remove one of the two, or set useAzureSDK: true",
        )
    return annotated or named


def _referred(spec: AzureSpec, name: str, store: Store, access: Access) -> str:
    """Return the text that a selector in ``authSecretRef`` points at, or an empty one."""
    ref = spec.auth_secret_ref
    if ref is None:
        return ""
    selector = ref.client_id if name == "clientId" else ref.tenant_id
    if selector is None:
        return ""
    try:
        return access.secret(selector, "authSecretRef", name).reveal().decode()
    except UnicodeDecodeError:
        pass
    raise BadStore(
        f"authSecretRef.{name} leads to a value that is no text",
        at=store.place("authSecretRef", name),
    )
