"""Azure Key Vault as a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from esync.identity.azure import KeptToken, Wire
from esync.identity.azure.clouds import is_own_vault
from esync.identity.hosts import Origin
from esync.providers.azure.calls import Calls
from esync.providers.azure.challenge import resource_of
from esync.providers.azure.key_vault import KeyVault
from esync.providers.azure.sign_in import source_of
from esync.providers.azure.spec import errors_of, read_spec
from esync.providers.azure.tariffs import KEY_VAULT
from esync.providers.tariff import Calling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esync.errors import EsyncError
    from esync.identity.access import Access
    from esync.manifests.store import Store
    from esync.providers.contract import Provider


class AzureKv:
    """Opens one key vault."""

    provides: ClassVar[Mapping[str, type[Provider]]] = {"": KeyVault}
    has_ambient_identity: ClassVar[bool] = True

    @classmethod
    def check(cls, store: Store) -> Sequence[EsyncError]:
        """Return what is wrong with the settings; asks nobody and imports no SDK."""
        return errors_of(store)

    @classmethod
    def shares_namespaces(cls, store: Store) -> bool:  # noqa: ARG003 - holds for all of them
        """Nothing but references makes the identity depend on who asks."""
        return True

    @classmethod
    def calling(cls, store: Store) -> Calling:  # noqa: ARG003 - the same for all of them
        """Return how a vault will be asked: object by object."""
        return Calling(KEY_VAULT, ("GET object",), ("GET object",), lambda _: ("GET list",))

    @classmethod
    def open(cls, store: Store, access: Access) -> Provider:
        """Make a client; credentials are read with the first request.

        Raises:
            EsyncError: the settings cannot work, the store may not use the identity of the
                process, or credentials may not go to a host.
        """
        spec = read_spec(store)
        origin = Origin.PROVIDER if is_own_vault(spec.vault) else Origin.STORE
        access.allow_host(spec.vault, origin, "vaultUrl")
        wire = Wire(access)
        source = source_of(spec, store, wire, access)
        tokens = KeptToken(lambda: source(resource_of(spec, wire)), access.clock)
        return KeyVault(Calls(wire, tokens, spec.vault), is_legacy=not spec.use_azure_sdk)
