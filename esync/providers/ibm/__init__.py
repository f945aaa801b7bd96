"""IBM Cloud Secrets Manager as a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from esync.identity.kept import KeptToken
from esync.identity.wire import Wire
from esync.providers.ibm.calls import Calls
from esync.providers.ibm.iam import Iam
from esync.providers.ibm.patience import Patience
from esync.providers.ibm.secrets_manager import SecretsManager
from esync.providers.ibm.sign_in import sign_in
from esync.providers.ibm.spec import allow_service, errors_of, read_spec, retries_of
from esync.providers.refusals import may_pass
from esync.providers.tariff import Calling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esync.errors import EsyncError
    from esync.identity.access import Access
    from esync.manifests.store import Store
    from esync.providers.contract import Provider


class Ibm:
    """Opens an instance of Secrets Manager."""

    provides: ClassVar[Mapping[str, type[Provider]]] = {"": SecretsManager}
    has_ambient_identity: ClassVar[bool] = True

    @classmethod
    def check(cls, store: Store) -> Sequence[EsyncError]:
        """Return what is wrong with the settings; asks nobody and opens no file."""
        return errors_of(store)

    @classmethod
    def shares_namespaces(cls, store: Store) -> bool:  # noqa: ARG003 - holds for all of them
        """Nothing but references makes the identity depend on who asks."""
        return True

    @classmethod
    def calling(cls, store: Store) -> Calling:  # noqa: ARG003 - the same for all of them
        """Return how secrets will be asked for: one by one."""
        return Calling(read=("GetSecret",), metadata=("GetSecret",))

    @classmethod
    def open(cls, store: Store, access: Access) -> Provider:
        """Make a client; credentials are read with the first secret.

        Raises:
            EsyncError: the settings cannot work, the store may not use the identity of the
                process, or credentials may not go to a host.
        """
        spec = read_spec(store)
        allow_service(spec.service_url, access)
        patience = Patience(Wire(access), retries_of(store))
        way = sign_in(spec.auth, access)
        iam = Iam(patience, way, access.clock)
        token = KeptToken(iam.fetch, access.clock, may_pass)
        return SecretsManager(Calls(patience, token, spec.service_url))
