"""Google Secret Manager as a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from esync.identity.gcp import GcpService, Wire, endpoint, metadata, sign_in
from esync.providers.contract import BadStore
from esync.providers.gcp.calls import Calls
from esync.providers.gcp.secret_manager import SecretManager
from esync.providers.gcp.spec import errors_of, is_project, read_spec
from esync.providers.gcp.tariffs import SECRET_MANAGER
from esync.providers.tariff import Calling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from esync.errors import EsyncError
    from esync.identity.access import Access
    from esync.manifests.store import Store
    from esync.providers.contract import Provider
    from esync.providers.gcp.spec import GcpSpec


class Gcp:
    """Opens Secret Manager, global or of one location."""

    provides: ClassVar[Mapping[str, type[Provider]]] = {"": SecretManager}
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
        """Return how secrets will be asked for: one by one."""
        return Calling(
            SECRET_MANAGER, ("AccessSecretVersion",), ("GetSecret",), lambda _: ("ListSecrets",)
        )

    @classmethod
    def open(cls, store: Store, access: Access) -> Provider:
        """Make a client; project and token are found out with the first read.

        Raises:
            EsyncError: the settings cannot work, the store may not use the identity of the
                process, or credentials may not go to a host.
        """
        spec = read_spec(store)
        base = endpoint(GcpService.SECRET_MANAGER, access, spec.location)
        wire = Wire(access)
        tokens = sign_in(spec.auth, wire, access, "auth")
        return SecretManager(
            Calls(wire, tokens, base),
            _project(spec, wire, access),
            spec.location,
            fetches_enabled=spec.fetches_enabled,
        )


def _project(spec: GcpSpec, wire: Wire, access: Access) -> Callable[[], str]:
    """Return what finds out the project that owns the secrets."""
    named = spec.project_id or spec.cluster_project

    def ask() -> str:
        if named:
            return named
        found = metadata("project/project-id", wire, access, instead="set projectID")
        if not is_project(found):
            raise BadStore("the metadata server tells no project", hint="set projectID")
        return found

    return ask
