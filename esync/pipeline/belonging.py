"""The ApplySet of one run: who belongs to it, and who does no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esync.deliver import applyset, members, pruning
from esync.deliver.set_errors import EmptySet, Kept, MembersUnknown, NotPruned, NotTheWholeSet
from esync.errors import EsyncError
from esync.flow.applyset import PART_OF_LABEL, Prune, Scope, Wanted, kind_word
from esync.flow.change import Result
from esync.flow.desired import Intent
from esync.flow.failure import Failure
from esync.manifests.document import ObjectRef
from esync.manifests.globs import matches_any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from esync.cluster.contract import Cluster, Object, Resource
    from esync.deliver import Writing
    from esync.flow.applyset import ApplySet, SetOptions
    from esync.flow.catalog import Catalog
    from esync.flow.change import Change, Done
    from esync.flow.desired import Desired
    from esync.flow.kubernetes import SecretObject
    from esync.flow.manifest import LiveManifest, ManifestObject
    from esync.flow.plan import Planned
    from esync.pipeline.world import Request


class Belonging:
    """What one run knows of its set.

    Raises:
        Refused: the input is a part of the set, or its parent is not ours.
        ClusterError: the parent cannot be read.

    Attributes:
        failures: those of the run; why nothing could be pruned is among them.
        warnings: why nothing was pruned, where other errors tell what went wrong.
        remarks: members that were left alone.
    """

    def __init__(self, options: SetOptions, request: Request, cluster: Cluster) -> None:
        if options.prune:
            _refuse_parts(request)
        self._options = options
        self._request = request
        self._cluster = cluster
        self._known: frozenset[tuple[str, str]] = frozenset()
        self._wanted: frozenset[Wanted] = frozenset()
        self._own = Scope()
        self._kept = Scope()
        self._brought = False
        self._joining: list[Change] = []
        self._hidden = False
        self._unfollowed = ""
        self._parent = members.Parent(cluster, options.set, request.run_id)
        self.failures: list[Failure] = []
        self.warnings: list[Failure] = []
        self.remarks: list[Failure] = []

    def learn(self, catalog: Catalog, failures: list[Failure]) -> None:
        """Learn what is asked for, and where the run tells of failures."""
        every = catalog.external_secrets
        self._known = frozenset((one.namespace, one.name) for one in every)
        self._wanted = frozenset(map(applyset.wanted, every))
        self._own = _scope(applyset.wanted(one) for one in every if applyset.makes(one))
        self._hidden = bool(catalog.cluster_external_secrets) and _sees_no_namespaces(self._request)
        self._unfollowed = catalog.unfollowed
        self.failures = failures

    @property
    def set(self) -> ApplySet:
        """The set."""
        return self._options.set

    def announce(self) -> None:
        """Let the parent say where members will be, before there are any."""
        if self._own.kinds and not self._is_told_only:
            self._parent.widen(self._own | self._home, dry_run=self._request.server_dry_run)

    def joined(self, settled: Desired) -> Desired:
        """Return a settled target as a member.

        Raises:
            Refused: it belongs elsewhere.
        """
        self._brought |= settled.intent in {Intent.WRITE, Intent.NOTHING}
        return self._joined(settled)

    def _joined(self, settled: Desired) -> Desired:
        return applyset.joined(settled, self.set, adopt=self._request.guards.adopt)

    def keep(
        self,
        planned: Planned,
        live: SecretObject | ManifestObject | None,
        generic: LiveManifest | None,
    ) -> None:
        """Take a target that is not due as it is: it counts as brought, and joins if it has not."""
        self._brought = True
        if live is None or live.labels.get(PART_OF_LABEL) == self.set.id:
            return
        try:
            self._joining.extend(applyset.joining(planned, live, generic, self._joined))
        except EsyncError as error:
            self.failures.append(Failure(planned.ref, error))

    def joining(self) -> Iterator[Change]:
        """Yield what only gets the label, once."""
        joining, self._joining = self._joining, []
        yield from joining

    def prunes(self, *, failed: bool, besides: Collection[ObjectRef] = ()) -> tuple[Prune, ...]:
        """Return what may be deleted, those in use first.

        Args:
            failed: something went wrong before, which forbids it.
            besides: what is deleted for another reason.
        """
        if not self._options.prune:
            return ()
        if failed:
            self.leave()
            return ()
        self._kept, self.remarks = Scope(), []  # an atomic run looks twice
        try:
            found = [one for one in self._unasked() if _ref(one[1]) not in besides]
            if found:
                self._refuse_doubts()
            return tuple(self._judged(found))
        except EsyncError as error:
            self.failures.append(Failure(None, error))
            return ()

    def leave(self) -> None:
        """Say that nothing was pruned, because of what others tell."""
        if self._options.prune and not self.warnings:
            error = NotPruned(
                "nothing was pruned, because something else failed",
                hint="what failed may stand for objects that are still asked for",
            )
            self.warnings.append(Failure(None, error))

    def pruned(
        self, prunes: Sequence[Prune], writing: Writing, after: Iterable[Done]
    ) -> Iterator[Done]:
        """Yield what ``after`` brings, and then, if all of that worked, the ends of ``prunes``."""
        failed = False
        for done in after:
            failed |= done.result in {Result.FAILED, Result.NOT_DONE}
            yield done
        if failed:
            self.leave()
            return
        ended: list[Done] = []
        for done in self._ends(prunes, writing):
            ended.append(done)
            yield done
        self._settle(ended)

    def refused(self, prunes: Sequence[Prune], refusal: EsyncError) -> Iterator[Done]:
        """Yield that nothing of it was done."""
        return (pruning.pruned(one, Result.FAILED, refusal) for one in prunes)

    def _ends(self, prunes: Sequence[Prune], writing: Writing) -> Iterator[Done]:
        if self._is_told_only:
            return map(pruning.pruned, prunes)
        return pruning.prune(self._cluster, self.set, prunes, writing)

    def _settle(self, done: Sequence[Done]) -> None:
        """Let the parent say where members are, when all that is unasked for was pruned."""
        pruned = all(one.result is Result.PRUNED for one in done)
        if not (self._options.prune and pruned and self._parent.exists):
            return
        if self._request.dry_run or self.failures or self.warnings:
            return
        try:
            self._parent.narrow(self._own | self._kept | self._home)
        except EsyncError as error:
            self.failures.append(Failure(None, error))

    @property
    def _home(self) -> Scope:
        return Scope(frozenset(), frozenset({self.set.namespace}))

    @property
    def _is_told_only(self) -> bool:
        return self._request.dry_run and not self._request.server_dry_run

    def _unasked(self) -> Iterator[tuple[Resource, Object]]:
        """Yield the members that no manifest asks for."""
        scope = self._parent.scope | self._own | self._home
        for resource, body in members.members(self._cluster, self.set, scope):
            ref = _ref(body)
            word = kind_word(resource.kind, resource.api_version)
            if Wanted(word, ref.namespace, ref.name) not in self._wanted and ref != self.set.ref:
                yield resource, body

    def _refuse_doubts(self) -> None:
        """Refuse to take members for gone when the input may not be all there is."""
        selection = self._request.load.selection
        chosen = set(selection.namespaces) if selection else set()
        covers = self._parent.scope.namespaces
        if self._unfollowed:
            raise MembersUnknown(
                "nothing was pruned: ClusterExternalSecrets, which may ask for it, cannot be read "
                f"({self._unfollowed})",
                hint="permit to list them",
            )
        if self._hidden:
            raise NotTheWholeSet(
                "nothing was pruned: which namespaces a ClusterExternalSecret chooses is not known",
                hint="pass --trust cluster too",
            )
        if chosen and not covers <= chosen:
            raise NotTheWholeSet(
                f"nothing was pruned: the ApplySet has members in {len(covers - chosen)} more "
                "namespaces than are read",
                hint="read all namespaces with -A, or keep a set for each",
            )
        if not (self._options.allow_empty or self._brought):
            nothing = "the stores have nothing of what is" if self._wanted else "nothing at all is"
            raise EmptySet(
                f"nothing was pruned: {nothing} asked for",
                hint="check input, account and region, or pass --allow-empty-set if it is meant",
            )

    def _judged(self, found: Sequence[tuple[Resource, Object]]) -> Iterator[Prune]:
        bodies = [body for _, body in found]
        claimed = members.claimed(self._cluster, self.set, bodies, self._known)
        free: list[tuple[Resource, Object]] = []
        for resource, body in found:
            why = applyset.why_kept(body, self.set)
            if not why and applyset.creator(body) in claimed:
                why = "an ExternalSecret in the cluster asks for it"
            why = why or self._policed(_ref(body))
            if why:
                self._keep(resource, body, why)
            else:
                free.append((resource, body))
        using = members.users(self._cluster, {_ref(body).namespace for _, body in free})
        prunes = [_prune(resource, body, using(_ref(body))) for resource, body in free]
        yield from sorted(prunes, key=lambda one: (not one.pods, one.ref))

    def _policed(self, ref: ObjectRef) -> str:
        spec = self._request.policy.spec if self._request.policy else None
        if spec is None:
            return ""
        judged = ((spec.namespaces, ref.namespace), (spec.targets, ref.name))
        allowed = all(some is None or matches_any(some, name) for some, name in judged)
        return "" if allowed else "the policy does not allow it"

    def _keep(self, resource: Resource, body: Object, why: str) -> None:
        ref = _ref(body)
        word = kind_word(resource.kind, resource.api_version)
        self._kept |= Scope(frozenset({word}), frozenset({ref.namespace}))
        self.remarks.append(Failure(ref, Kept(f"nothing asks for it, and it is kept: {why}")))


def _sees_no_namespaces(request: Request) -> bool:
    return request.load.is_guarded and not request.load.trust_cluster


def _refuse_parts(request: Request) -> None:
    """Refuse to prune by a part of the input, before anything is read or written."""
    selection = request.load.selection
    if not request.resolve.shard.is_whole:
        part = "--shard"
    elif selection and (selection.selector or selection.names):
        part = "-l" if selection.selector else "--name"
    else:
        return
    raise NotTheWholeSet(
        f"--prune and {part} exclude each other: what is not chosen would be taken for gone",
        hint="prune in a run over the whole set",
    )


def _scope(wanted: Iterable[Wanted]) -> Scope:
    every = list(wanted)
    return Scope(frozenset(one.kind for one in every), frozenset(one.namespace for one in every))


def _ref(body: Mapping[str, Any]) -> ObjectRef:
    metadata = body["metadata"]
    return ObjectRef(str(body["kind"]), metadata.get("namespace", ""), metadata["name"])


def _prune(resource: Resource, body: Object, pods: tuple[str, ...]) -> Prune:
    metadata = body["metadata"]
    return Prune(_ref(body), resource, metadata["uid"], metadata["resourceVersion"], pods)
