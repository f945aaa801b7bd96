"""AWS as a store: Secrets Manager, Parameter Store and Certificate Manager."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, assert_never

from esync.identity.aws import AwsService, sign_in
from esync.providers.aws.certificate_manager import CertificateManager
from esync.providers.aws.parameter_store import ParameterStore
from esync.providers.aws.secrets_manager import SecretsManager
from esync.providers.aws.spec import (
    ServiceName,
    SessionTagsPolicy,
    errors_of,
    identity_of,
    read_spec,
    retries_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esync.errors import EsyncError
    from esync.identity.access import Access
    from esync.manifests.store import Store
    from esync.providers.contract import Provider
    from esync.providers.tariff import Calling


class Aws:
    """Opens the provider of the service that a store names."""

    provides: ClassVar[Mapping[str, type[Provider]]] = {
        ServiceName.SECRETS_MANAGER: SecretsManager,
        ServiceName.PARAMETER_STORE: ParameterStore,
        ServiceName.CERTIFICATE_MANAGER: CertificateManager,
    }
    has_ambient_identity: ClassVar[bool] = True

    @classmethod
    def check(cls, store: Store) -> Sequence[EsyncError]:
        """Return what is wrong with the settings; asks nobody and imports no SDK."""
        return errors_of(store)

    @classmethod
    def shares_namespaces(cls, store: Store) -> bool:
        """Tell whether the role's session has no tag that names who asks."""
        return read_spec(store).session_tags_policy is SessionTagsPolicy.NONE

    @classmethod
    def calling(cls, store: Store) -> Calling:
        """Return how the store's service will be asked."""
        spec = read_spec(store)
        match spec.service:
            case ServiceName.SECRETS_MANAGER:
                return SecretsManager.calling(spec.prefix)
            case ServiceName.PARAMETER_STORE:
                return ParameterStore.calling(spec.prefix)
            case ServiceName.CERTIFICATE_MANAGER:
                return CertificateManager.calling()
            case other:
                assert_never(other)

    @classmethod
    def open(cls, store: Store, access: Access) -> Provider:
        """Make a client for the store's service; credentials are read when it first signs.

        Raises:
            EsyncError: the settings cannot work, the store may not use the identity of the
                process, or credentials may not go to a host.
        """
        spec = read_spec(store)
        retries = retries_of(store)
        session = sign_in(identity_of(spec, store, access.namespace), access)
        match spec.service:
            case ServiceName.SECRETS_MANAGER:
                client = session.client(AwsService.SECRETS_MANAGER, retries)
                return SecretsManager(client, spec.prefix)
            case ServiceName.PARAMETER_STORE:
                client = session.client(AwsService.PARAMETER_STORE, retries)
                return ParameterStore(client, spec.prefix)
            case ServiceName.CERTIFICATE_MANAGER:
                return CertificateManager(session.client(AwsService.CERTIFICATE_MANAGER, retries))
            case other:
                assert_never(other)
