"""The composition root: from flags to the request and the world of one run."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from esync import deliver, resolve, shape
from esync.cli.options import SelectionFlags
from esync.cli.store_auth import StoreAuth
from esync.cluster.contract import SERVICE_ACCOUNTS
from esync.cluster.kubeconfig import default_namespace
from esync.cluster.lazy import LazyCluster
from esync.cluster.options import ConnectOptions
from esync.errors import EsyncError, Refused
from esync.gocompat.durations import DurationError, parse_duration
from esync.identity.hosts import Rules
from esync.identity.references import StoreAccess
from esync.load import LoadRequest, Selection
from esync.load.policy import read_policy
from esync.pipeline import Request, World
from esync.providers import PROVIDERS
from esync.providers.sameness import StoreDoor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esync.cli.ending import Ending
    from esync.cli.options import ClusterFlags, GuardFlags, InputFlags, StoreFlags
    from esync.cluster.contract import Cluster, Login, Object, Resource, Visitor
    from esync.cluster.overlay import InputFirst
    from esync.fetch import Door
    from esync.flow.plan import StoreUse
    from esync.manifests.policy import Policy
    from esync.manifests.store import Store
    from esync.pipeline import DoorOf
    from esync.secret import SecretValue

NANOSECONDS: Final = 10**9
CLUSTER: Final = "cluster"


class Usage(EsyncError):
    """The command line cannot be meant like this."""

    rule = "ES0001"


class BuiltIn(Usage):
    """A package would take the place of a provider that is built in."""

    rule = "ES0474"


class WrongContext(Refused):
    """The kubeconfig points at another cluster than ``--expect-context`` says."""

    rule = "ES0510"


def request(
    inputs: InputFlags,
    cluster: ClusterFlags,
    stores: StoreFlags,
    guards: GuardFlags | None = None,
    shard: str = "",
    selection: SelectionFlags | None = None,
) -> Request:
    """Return what the user asked for.

    Raises:
        Usage: the flags contradict each other or name nothing to read.
    """
    part = _shard(shard)
    from_files = bool(inputs.filename or inputs.kustomize)
    chosen = _selection(selection or SelectionFlags(), inputs, cluster)
    if chosen and from_files:
        raise Usage("--from-cluster and files exclude each other")
    if not (chosen or from_files):
        raise Usage("nothing to read", hint="pass manifests with -f or -k")
    if inputs.filename.count("-") > 1:
        raise Usage("standard input can be read only once", hint="pass -f - one time")
    wanted = LoadRequest(
        files=tuple(inputs.filename),
        kustomize=tuple(inputs.kustomize),
        recursive=inputs.recursive,
        namespace=inputs.namespace,
        default_namespace=_default_namespace(cluster),
        trusted_paths=tuple(path for path in inputs.trust if path != CLUSTER),
        trust_cluster=CLUSTER in inputs.trust,
        plugins=_plugins(stores),
        selection=chosen,
    )
    return Request(
        load=wanted,
        resolve=resolve.Options(
            stores.controller_class,
            stores.allow_generic_targets,
            part,
        ),
        guards=_guards(guards),
        concurrency=part.portion(stores.concurrency),
        run_id=f"{time.time_ns() // 1_000_000:x}",
        policy=_policy(inputs),
    )


def _policy(inputs: InputFlags) -> Policy | None:
    """Read ``--policy``; an empty word is a name, as of a variable that a pipeline lacks."""
    if inputs.policy is None:
        return None
    return read_policy(inputs.policy, (*inputs.filename, *inputs.kustomize))


def _plugins(flags: StoreFlags) -> frozenset[str]:
    for name in flags.allow_plugin:
        if name in PROVIDERS:
            raise BuiltIn(
                f'--allow-plugin "{name}": this provider is built in, and no package replaces it',
                hint="drop the flag, or give the package's provider another name",
            )
    return frozenset(flags.allow_plugin)


def _selection(
    flags: SelectionFlags, inputs: InputFlags, cluster: ClusterFlags
) -> Selection | None:
    if not flags.from_cluster:
        if flags.all_namespaces or flags.selector or flags.name:
            raise Usage("-A, -l and --name choose from the cluster", hint="add --from-cluster")
        if flags.expand:
            hint = "add --from-cluster; what files ask for is always delivered so"
            raise Usage("--expand is for ClusterExternalSecrets of the cluster", hint=hint)
        return None
    if cluster.offline:
        raise Usage("--from-cluster needs a cluster", hint="drop --offline")
    chosen = namespaces(cluster, inputs.namespace, everywhere=flags.all_namespaces)
    return Selection(chosen, flags.selector, tuple(flags.name), flags.expand)


def namespaces(flags: ClusterFlags, named: str, *, everywhere: bool) -> tuple[str, ...]:
    """Return the namespaces that are meant; none stands for all, whatever is named beside."""
    return () if everywhere else (named or _default_namespace(flags),)


def world(cluster: ClusterFlags, stores: StoreFlags, ending: Ending) -> World:
    """Return the real world: a cluster that is asked when it is needed, providers, clock, chance.

    Raises:
        Usage: a flag cannot be read.
        WrongContext: the context is not the expected one.
    """
    there = None if cluster.offline else live(cluster, ending)
    return World(
        cluster=there,
        door_of=doors(stores, there),
        chance=shape.Chance(time.time_ns, os.urandom),
        over=ending.over,
        pause=ending.pause,
    )


def seconds(duration: str) -> float:
    """Read ``--timeout``.

    Raises:
        Usage: it is no Go duration, or not above zero.
    """
    try:
        parsed = parse_duration(duration)
    except DurationError:
        parsed = 0
    if parsed <= 0:
        raise Usage(f'--timeout "{duration}" is no duration', hint="as 90s, 10m or 1h30m")
    return parsed / NANOSECONDS


def _shard(words: str) -> resolve.Shard:
    """Read ``--shard``; empty is the whole."""
    if not words:
        return resolve.Shard()
    index, slash, count = words.partition("/")
    if not (slash and index.isascii() and index.isdecimal() and count.isascii()):
        raise Usage(f'--shard "{words}" is not I/N', hint="as 0/4 for the first of four")
    if not count.isdecimal() or int(count) < 1:
        raise Usage(f'--shard "{words}" is not I/N', hint="as 0/4 for the first of four")
    if int(index) >= int(count):
        raise Usage(
            f'--shard "{words}": there is no such part',
            hint="parts count from 0, as JOB_COMPLETION_INDEX does",
        )
    return resolve.Shard(int(index), int(count))


def _guards(flags: GuardFlags | None) -> deliver.Guards:
    if flags is None:
        return deliver.Guards()
    return deliver.Guards(flags.adopt, flags.allow_empty, flags.delete_limit, flags.force)


def _options(flags: ClusterFlags, deadline: float | None = None) -> ConnectOptions:
    options = ConnectOptions(
        kubeconfig=flags.kubeconfig,
        context=flags.context,
        as_user=flags.as_user,
        as_groups=tuple(flags.as_group),
    )
    return options if deadline is None else replace(options, deadline=deadline)


def _default_namespace(flags: ClusterFlags) -> str:
    return default_namespace(_options(flags))


def live(flags: ClusterFlags, ending: Ending) -> Cluster:
    """Return the cluster, which is asked when it is needed.

    Raises:
        WrongContext: the context is not the expected one.
    """
    cluster = LazyCluster(_options(flags, ending.deadline))
    if flags.expect_context and cluster.context != flags.expect_context:
        raise WrongContext(
            f'the context is "{cluster.context}", not "{flags.expect_context}"',
            hint="nothing was read or written; choose it with --context",
        )
    return cluster


def doors(flags: StoreFlags, live: Cluster | None) -> DoorOf:
    """Return what leads to stores: their providers, with credentials as the flags allow."""
    auth = StoreAuth.parse(flags.store_auth)

    def door_of(store: Store, use: StoreUse, inputs: InputFirst, *, several: bool) -> Door:
        rules = Rules(
            allow_hosts=frozenset(flags.allow_host),
            allow_http=frozenset(flags.allow_http),
            allow_ambient=frozenset(flags.allow_ambient),
            several_namespaces=several,
            default_audience=frozenset(flags.allow_default_audience),
        )
        access = StoreAccess(
            store=store,
            namespace=use.namespace,
            cluster=_Credentials(inputs, live),
            rules=rules,
            environ=os.environ,
            ambient=auth.is_ambient(store),
        )
        # Where something was said of single stores, two that look alike may not be one.
        return StoreDoor(store, access, is_alone=bool(auth.by_name))

    return door_of


class _Credentials:
    """Where stores read credentials: objects from the input first, tokens from the cluster."""

    def __init__(self, inputs: InputFirst, live: Cluster | None) -> None:
        self._inputs = inputs
        self._live = live
        self._read: dict[tuple[Resource, str, str], Object] = {}
        self.server = live.server if live else ""

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Return the object, or None if there is none; what was read once is not read again."""
        key = resource, namespace, name
        if key not in self._read:
            found = self._inputs.get(resource, namespace, name)
            if found is None:
                return None
            self._read.setdefault(key, found)
        return self._read[key]

    def token(
        self, namespace: str, name: str, audiences: Sequence[str], seconds: int | None = None
    ) -> SecretValue:
        """Return a token for a service account, which only a cluster can make.

        Raises:
            BrokenInInput: the input has the service account, with errors.
        """
        self._inputs.own(SERVICE_ACCOUNTS, namespace, name)
        if self._live is None:
            raise Usage(
                f"a token for service account {namespace}/{name} needs a cluster",
                hint="drop --offline, or pass --store-auth ambient",
            )
        return self._live.token(namespace, name, audiences, seconds)

    def acting_as(self, login: Login | None) -> Visitor:
        """Return the cluster as ``login`` sees it, with what this run made; None is us."""
        return self._inputs.seen_by(self._live.acting_as(login) if self._live else None)


def require_cluster(flags: ClusterFlags, command: str) -> None:
    """Refuse ``--offline`` for a command that looks at a cluster.

    Raises:
        Usage: it was given.
    """
    if flags.offline:
        raise Usage(f"{command} needs a cluster", hint="drop --offline, or use render")
