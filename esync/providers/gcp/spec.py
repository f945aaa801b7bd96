"""The settings under ``spec.provider.gcpsm``, and what is wrong with them.

Source:
    External Secrets Operator 2.9, gcpsm provider.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final

from esync.identity.gcp import GcpAuth, combination_problems
from esync.manifests.formats import named
from esync.providers.contract import BadStore
from esync.providers.selectors import selector_errors
from esync.providers.settings import errors_in, usable
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from esync.errors import EsyncError
    from esync.manifests.store import Store

# Both become parts of URLs, and must not lead elsewhere.
_LOCATION: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_PROJECT: Final = re.compile(r"(?:[a-z0-9][a-z0-9.-]*:)?[a-z0-9][a-z0-9-]*")
_OR_FETCH: Final = "LatestOrFetch"


@dataclass(frozen=True, slots=True)
class GcpSpec:
    """What stands under ``spec.provider.gcpsm``."""

    project_id: str = field(default="", metadata=named("projectID"))
    location: str = ""
    secret_version_selection_policy: str = "LatestOrFail"
    auth: GcpAuth = field(default_factory=GcpAuth)

    @property
    def fetches_enabled(self) -> bool:
        """Whether the newest enabled version is taken where the newest is not enabled."""
        # ESO does so too: any other text means LatestOrFail.
        return self.secret_version_selection_policy == _OR_FETCH

    @property
    def cluster_project(self) -> str:
        """The project of the cluster, if the store names it."""
        identity = self.auth.workload_identity
        return identity.cluster_project_id if identity else ""


def read_spec(store: Store) -> GcpSpec:
    """Return the settings, defaulted.

    Raises:
        Rejected: they are not what the API accepts.
        BadStore: they can never work.
    """
    return usable(GcpSpec, store, _impossible)


def errors_of(store: Store) -> Sequence[EsyncError]:
    """Return everything that the operator's admission would refuse, and what can never work."""
    return errors_in(GcpSpec, store, _admission, _impossible)


def is_project(text: str) -> bool:
    """Tell whether a text is the id or number of a project, and nothing that leads elsewhere."""
    return _PROJECT.fullmatch(text) is not None


def _admission(spec: GcpSpec, store: Store) -> Iterator[BadStore]:
    if ref := spec.auth.secret_ref:
        path = ("auth", "secretRef", "secretAccessKeySecretRef")
        yield from selector_errors(store, ref.secret_access_key, *path)
    if identity := spec.auth.workload_identity:
        path = ("auth", "workloadIdentity", "serviceAccountRef")
        yield from selector_errors(store, identity.service_account_ref, *path)


def _impossible(spec: GcpSpec, store: Store) -> Iterator[BadStore]:
    if spec.location and not _LOCATION.fullmatch(spec.location):
        yield BadStore(
            "location is not the name of a region",
            at=store.place("location"),
            hint="write it as europe-west3",
        )
    for name, project in (
        ("projectID", spec.project_id),
        ("auth.workloadIdentity.clusterProjectID", spec.cluster_project),
    ):
        if project and not is_project(project):
            yield BadStore(
                f"{name} is not the id or number of a project", at=store.place(*name.split("."))
            )
    federation = spec.auth.workload_identity_federation
    if federation and not (spec.auth.secret_ref or spec.auth.workload_identity):
        where = "auth.workloadIdentityFederation"
        for problem in combination_problems(federation):
            yield BadStore(f"{where}: {problem}", at=store.place(*where.split(".")))
    if not spec.project_id and not spec.cluster_project and spec.auth.secret_ref:
        yield BadStore(
            "projectID is missing, and a key of a service account does not name it",
            at=store.place(),
            hint="set projectID to the project that owns the secrets",
        )
