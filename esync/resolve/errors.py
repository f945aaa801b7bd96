"""Why an ExternalSecret cannot be planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.errors import EsyncError, Location, near
from esync.manifests.document import ObjectRef

if TYPE_CHECKING:
    from collections.abc import Collection

    from esync.flow.catalog import Gaps


class ResolveError(EsyncError):
    """An ExternalSecret cannot be planned as it stands."""

    rule = "ES0010"


class StoreNotDefined(ResolveError):
    """An ExternalSecret names a store that neither the input nor the cluster has."""

    rule = "ES0012"

    def __init__(
        self, ref: ObjectRef, *, at: Location, known: Collection[ObjectRef], gaps: Gaps
    ) -> None:
        same_kind = {
            one.name for one in known if one.kind == ref.kind and one.namespace == ref.namespace
        }
        other = next(
            (one for one in sorted(known) if one.name == ref.name and one.kind != ref.kind), None
        )
        if ref in gaps.untrusted:
            hint = gaps.hint(ref, "")
        elif other:
            hint = f"there is a {other.kind} of that name: set kind: {other.kind}"
        else:
            pass_it = gaps.hint(ref, "pass its file with -f")
            hint = near(ref.name, same_kind, otherwise=pass_it)
        where = f' in namespace "{ref.namespace}"' if ref.namespace else ""
        super().__init__(f'{ref.kind} "{ref.name}" is not defined{where}', at=at, hint=hint)


class StoreNotUsable(ResolveError):
    """An ExternalSecret names a store whose own manifest has errors."""

    rule = "ES0011"

    def __init__(self, ref: ObjectRef, *, at: Location) -> None:
        super().__init__(
            f'{ref.kind} "{ref.name}" has errors of its own', at=at, hint="they are told apart"
        )


class StoreNotNamed(ResolveError):
    """An entry has no store: neither its own nor the ExternalSecret's."""

    rule = "ES0013"

    def __init__(self, *, at: Location) -> None:
        super().__init__(
            "no store is named for this entry", at=at, hint="set spec.secretStoreRef.name"
        )


class GeneratorUnderData(StoreNotNamed):
    """An entry of ``data`` names a generator, which the schema takes and nobody can serve."""

    def __init__(self, field: str, *, at: Location) -> None:
        ResolveError.__init__(
            self,
            f"{field} names no store, and an entry of data needs one",
            at=at,
            hint="generators go under spec.dataFrom",
        )


class StoreNotAllowed(ResolveError):
    """The conditions of a ClusterSecretStore exclude the namespace."""

    rule = "ES0014"

    def __init__(self, store: str, namespace: str, *, at: Location) -> None:
        super().__init__(
            f'cluster store "{store}" is not allowed from namespace "{namespace}"',
            at=at,
            hint="spec.conditions of the store has no condition that matches the namespace",
        )


class NamespaceUnknown(ResolveError):
    """A condition looks at the labels of a namespace that nobody can tell."""

    rule = "ES0015"

    def __init__(self, store: str, namespace: str, *, at: Location, gaps: Gaps) -> None:
        ref = ObjectRef("Namespace", "", namespace)
        if ref in gaps.broken:
            hint = f"{ref} is in the input, and has errors of its own"
        else:
            otherwise = "pass the Namespace document with -f, or let esync reach the cluster"
            hint = gaps.hint(ref, otherwise)
        super().__init__(
            f'cluster store "{store}" chooses namespaces by label, '
            f'and namespace "{namespace}" is not known',
            at=at,
            hint=hint,
        )


class StoreNotOurs(ResolveError):
    """A store belongs to another controller class."""

    rule = "ES0016"

    def __init__(self, store: str, controller: str, *, at: Location) -> None:
        super().__init__(
            f'store "{store}" belongs to controller class "{controller}"',
            at=at,
            hint="pass --controller-class with that name",
        )


class GenericTargetsOff(ResolveError):
    """A target of another kind than Secret, and nobody allowed those."""

    rule = "ES0021"

    def __init__(self, *, at: Location) -> None:
        super().__init__(
            "targets of other kinds than Secret are off",
            at=at,
            hint="pass --allow-generic-targets; a cluster does not treat what they hold as secret",
        )


class SecretAsManifest(ResolveError):
    """A manifest target that is a Secret, which would hold no values."""

    rule = "ES0022"

    def __init__(self, *, at: Location) -> None:
        super().__init__(
            "a Secret cannot be a manifest target",
            at=at,
            hint="leave spec.target.manifest out: a Secret is what is made without it",
        )


class ForbiddenType(ResolveError):
    """A template asks for a Secret of a type that esync never makes."""

    rule = "ES0023"

    def __init__(self, type_: str, *, at: Location) -> None:
        super().__init__(
            f"esync makes no Secret of type {type_}",
            at=at,
            hint="Secrets of that type belong to Kubernetes itself or to Helm",
        )


class ClusterScopedTarget(ResolveError):
    """A manifest target of a kind whose objects stand in no namespace."""

    rule = "ES0024"

    def __init__(self, kind: str, *, at: Location) -> None:
        super().__init__(
            f"{kind} has no namespace, and a target stays in that of its ExternalSecret", at=at
        )


class NotBuiltYet(ResolveError):
    """The operator knows a field that esync does not serve yet."""

    rule = "ES0017"

    def __init__(self, field: str, *, at: Location) -> None:
        super().__init__(f"{field} is not supported yet", at=at)


class DependencyCycle(ResolveError):
    """Two ExternalSecrets of one run need each other's Secrets."""

    rule = "ES0018"

    def __init__(self, one: ObjectRef, other: ObjectRef, *, at: Location, there: Location) -> None:
        super().__init__(
            f"{one} and {other} need each other's Secrets",
            at=at,
            hint=f"the other one stands at {there}",
        )


class UnsafeRegex(ResolveError):
    """A regular expression of a condition does not compile."""

    rule = "ES0019"
