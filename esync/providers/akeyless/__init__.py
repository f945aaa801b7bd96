"""Akeyless as a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from esync.identity.kept import KeptToken
from esync.identity.wire import Wire
from esync.providers.akeyless.address import SERVICE, Address
from esync.providers.akeyless.calls import Calls
from esync.providers.akeyless.items import Items, is_latest
from esync.providers.akeyless.sign_in import sign_in
from esync.providers.akeyless.spec import errors_of, read_spec
from esync.providers.refusals import may_pass
from esync.providers.tariff import Calling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esync.errors import EsyncError
    from esync.identity.access import Access
    from esync.manifests.externalsecret import Find
    from esync.manifests.store import Store
    from esync.providers.contract import Provider


class Akeyless:
    """Opens Akeyless: the service itself, or a gateway of one's own."""

    provides: ClassVar[Mapping[str, type[Provider]]] = {"": Items}
    has_ambient_identity: ClassVar[bool] = True

    @classmethod
    def check(cls, store: Store) -> Sequence[EsyncError]:
        """Return what is wrong with the settings; asks nobody."""
        return errors_of(store)

    @classmethod
    def shares_namespaces(cls, store: Store) -> bool:  # noqa: ARG003 - holds for all of them
        """Nothing but references makes the identity depend on who asks."""
        return True

    @classmethod
    def calling(cls, store: Store) -> Calling:  # noqa: ARG003 - the same for all of them
        """Return how items will be asked for, if they are static; a list for each tag."""
        command = ("get-secret-value",)
        return Calling(
            read=command,
            metadata=command,
            find=_lists,
            read_many=command[0],
            batch_size=Items.batch_size,
            can_batch=is_latest,
        )

    @classmethod
    def open(cls, store: Store, access: Access) -> Provider:
        """Make a client; credentials are read with the first secret.

        Raises:
            EsyncError: the settings cannot work, the store may not use the identity of the
                process, or credentials may not go to a host.
        """
        spec = read_spec(store)
        address = Address.allowed(spec.url, access)
        wire = Wire(access, access.ca_bundle(spec.ca_bundle, spec.ca_provider))
        calls = Calls(wire, address)
        proof = sign_in(spec.auth, spec.url or SERVICE, access)
        token = KeptToken(lambda: calls.sign_in(proof()), access.clock, may_pass)
        return Items(calls.signed_by(token), ignores_cache=spec.ignore_cache)


def _lists(wanted: Find) -> tuple[str, ...]:
    return ("list-items",) * (1 if wanted.name else max(len(wanted.tags or ()), 1))
