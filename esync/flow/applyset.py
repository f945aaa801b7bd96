"""An ApplySet: objects that one input keeps, named by the conventions of kubectl.

A parent object says what the set is and where its members may be; each member carries the set's
id in a label.

Source: Kubernetes, ``kubectl apply --applyset``; the labels and annotations of the API reference.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from esync.manifests.document import ObjectRef
from esync.records import dataclass

if TYPE_CHECKING:
    from esync.manifests.document import Resource

PART_OF_LABEL: Final = "applyset.kubernetes.io/part-of"
ID_LABEL: Final = "applyset.kubernetes.io/id"
TOOLING_ANNOTATION: Final = "applyset.kubernetes.io/tooling"
KINDS_ANNOTATION: Final = "applyset.kubernetes.io/contains-group-kinds"
# Why a target is written that is not due: whatever else it is stays.
JOINS: Final = "it joins the ApplySet"
NAMESPACES_ANNOTATION: Final = "applyset.kubernetes.io/additional-namespaces"


@dataclass(frozen=True, slots=True)
class ApplySet:
    """A set, by its parent object.

    Attributes:
        resource: where the parent is: Secrets or ConfigMaps.
        namespace, name: of the parent.
    """

    resource: Resource
    namespace: str
    name: str

    @property
    def id(self) -> str:
        """What the label of each member says: a digest of the parent's name and kind."""
        words = f"{self.name}.{self.namespace}.{self.resource.kind}.{self.resource.group}"
        digest = urlsafe_b64encode(sha256(words.encode()).digest()).rstrip(b"=")
        return f"applyset-{digest.decode()}-v1"

    @property
    def ref(self) -> ObjectRef:
        """The parent's name."""
        return ObjectRef(self.resource.kind, self.namespace, self.name)

    def __str__(self) -> str:
        return f"{self.resource.plural}/{self.name} in namespace {self.namespace}"


@dataclass(frozen=True, slots=True)
class SetOptions:
    """What the command line says of a set.

    Attributes:
        prune: delete what no manifest asks for any more.
        allow_empty: also when nothing is asked for at all.
    """

    set: ApplySet
    prune: bool = False
    allow_empty: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Where members of a set may be.

    Attributes:
        kinds: each as ``Kind`` or ``Kind.group``.
        namespaces: all of them, also the parent's own.
    """

    kinds: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()

    def __or__(self, other: Scope) -> Scope:
        return Scope(self.kinds | other.kinds, self.namespaces | other.namespaces)


@dataclass(frozen=True, slots=True, order=True)
class Wanted:
    """An object that a manifest asks for."""

    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Prune:
    """A member that no manifest asks for any more.

    Attributes:
        uid, resource_version: of the object as it was judged; no other one is deleted.
        pods: running Pods that use it, as far as they could be listed.
    """

    ref: ObjectRef
    resource: Resource
    uid: str
    resource_version: str
    pods: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What people should know before it is deleted."""
        if not self.pods:
            return ()
        return (f"in use by {', '.join(f'pod {name}' for name in self.pods)}",)


def kind_word(kind: str, api_version: str) -> str:
    """Return a kind as the parent lists it: ``Secret``, ``Deployment.apps``."""
    group, slash, _ = api_version.rpartition("/")
    return f"{kind}.{group}" if slash else kind
