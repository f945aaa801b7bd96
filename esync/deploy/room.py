"""From the input to everything that has to be applied before esync runs in a cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import CONFIG_MAPS
from esync.deploy.errors import NoImage, NoSubject, NothingToDeploy
from esync.deploy.hosts import hosts
from esync.deploy.membership import Membership, set_needs
from esync.deploy.needs import needs
from esync.deploy.network import network
from esync.deploy.parts import NAME, RBAC, Part
from esync.deploy.restarting import Restarting, restart_needs
from esync.deploy.roles import roles
from esync.deploy.workload import workload
from esync.providers.references import references
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from esync.deploy.needs import Need
    from esync.flow.catalog import Catalog
    from esync.flow.plan import Plan, Planned
    from esync.manifests.store import Store

# Whose stores use the identity of the process when they name no credentials.
_CLOUDS: Final = frozenset({"akeyless", "aws", "azurekv", "gcpsm", "ibm"})


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says.

    Attributes:
        image: what the CronJob runs.
        schedule: when, in the words of cron.
        pipeline: the Role for ``-f`` alone, for somebody who is there already.
        subject: who that is: ``User:NAME``, ``Group:NAME``, ``ServiceAccount:NAMESPACE/NAME``.
        flags: handed on to the program.
        shards: how many Pods share the work of a namespace.
        membership: the ApplySet that is kept; each CronJob has one in its own namespace.
        restarting: what uses changed Secrets is restarted.
        expand: ClusterExternalSecrets are delivered without ExternalSecrets.
    """

    image: str = ""
    schedule: str = "*/15 * * * *"
    pipeline: bool = False
    subject: str = ""
    flags: tuple[str, ...] = ()
    shards: int = 1
    membership: Membership | None = None
    restarting: Restarting | None = None
    expand: bool = False


def manifests(catalog: Catalog, plan: Plan, options: Options) -> list[Part]:
    """Return the manifests, ordered so that they can be applied as they come.

    Raises:
        NoImage, NoSubject: an option is missing.
        NothingToDeploy: there is nothing to sync.
    """
    by_namespace: dict[str, list[Planned]] = {}
    for one in plan.planned:
        by_namespace.setdefault(one.external_secret.namespace, []).append(one)
    if not by_namespace:
        raise NothingToDeploy
    if options.pipeline:
        return list(_for_pipeline(catalog, by_namespace, options))
    if not options.image:
        raise NoImage
    return [
        part
        for namespace, planned in sorted(by_namespace.items())
        for part in _for_namespace(catalog, planned, namespace, options)
    ]


def _for_namespace(
    catalog: Catalog, planned: Sequence[Planned], namespace: str, options: Options
) -> Iterator[Part]:
    used = {entry.ask.use.store for one in planned for entry in one.entries if entry.ask}
    stores = [catalog.stores[ref] for ref in sorted(used)]
    account, job = workload(
        namespace, options.image, options.schedule, options.flags, options.shards
    )
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": namespace}
    found = list(needs(catalog, planned, namespace, live=True, expand=options.expand))
    if options.membership:
        own = replace(options.membership.set, namespace=namespace)
        found.extend(set_needs(replace(options.membership, set=own), planned, live=True))
    if options.restarting:
        found.extend(restart_needs(options.restarting, namespace))
    comments = (*_ambient(stores, namespace), *_unknown_kinds(planned), *_without_reloader(options))
    yield replace(account, comments=comments)
    yield from roles([one for one in found if one.namespace == namespace], NAME, subject)
    # What lies elsewhere is named after who needs it: every namespace has an esync of its own.
    elsewhere = [one for one in found if one.namespace != namespace]
    yield from roles(elsewhere, f"{NAME}-{namespace}", subject)
    yield network(namespace, {host for store in stores for host in hosts(store)})
    yield job


def _ambient(stores: Sequence[Store], namespace: str) -> Iterator[str]:
    for store in stores:
        signs_in = any(one.kind != "ConfigMap" for one in references(store, namespace))
        if store.provider in _CLOUDS and not signs_in:
            yield f"{store.kind} {store.name} ({store.provider}) signs in as this service account:"
            yield "  let the cloud know it, by the annotations that its workload identity asks for"


def _unknown_kinds(planned: Sequence[Planned]) -> Iterator[str]:
    """Tell of targets whose resource only a cluster could name."""
    targets = [one.external_secret.spec.target.manifest for one in planned]
    for kind, version in sorted({(one.kind, one.api_version) for one in targets if one}):
        if (kind, version) != (CONFIG_MAPS.kind, CONFIG_MAPS.api_version):
            yield f"targets of kind {kind} ({version}) are not permitted below:"
            yield "  add get, create, update and, where they may be deleted, delete; to prune, list"


def _without_reloader(options: Options) -> Iterator[str]:
    if options.restarting and not options.restarting.reloader:
        yield "no Reloader is minded; if one runs in the cluster, both would restart workloads:"
        yield "  say where it runs with --reloader NAMESPACE"


def _for_pipeline(
    catalog: Catalog, by_namespace: dict[str, list[Planned]], options: Options
) -> Iterator[Part]:
    subject = _subject(options.subject)
    found: list[Need] = []
    for namespace, planned in by_namespace.items():
        found.extend(needs(catalog, planned, namespace, live=False))
        if options.restarting:
            found.extend(restart_needs(options.restarting, namespace))
    if options.membership:
        every = [one for planned in by_namespace.values() for one in planned]
        found.extend(set_needs(options.membership, every, live=False))
    yield from roles(found, f"{NAME}-pipeline", subject)


def _subject(words: str) -> dict[str, Any]:
    kind, _, name = words.partition(":")
    if kind in {"User", "Group"} and name:
        return {"apiGroup": RBAC, "kind": kind, "name": name}
    namespace, _, account = name.partition("/")
    if kind == "ServiceAccount" and namespace and account:
        return {"kind": kind, "name": account, "namespace": namespace}
    raise NoSubject(words)
