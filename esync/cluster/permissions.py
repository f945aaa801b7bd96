"""What an identity may do in a namespace, and a reader that does not ask for what it may not.

Source:
    Kubernetes, "Authorization Overview": SelfSubjectRulesReview. Every authenticated user may ask
    for it (``system:basic-user``). Where not all authorizers list their rules it is incomplete:
    what it shows is permitted, and what it does not show may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import ClusterError
from esync.cluster.paths import Attempt
from esync.cluster.refusals import refusal
from esync.cluster.wire import Answer
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.cluster.contract import Inspector, Object, Resource

_ALL: Final = "*"
# In so many namespaces, one question for all of them may spare one in each.
MANY: Final = 3
_MEMBERS: Final = ("verbs", "apiGroups", "resources", "resourceNames")
_FORBIDDEN: Final = Answer(403)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; without names it is for objects of any name."""

    verbs: frozenset[str]
    groups: frozenset[str]
    plurals: frozenset[str]
    names: frozenset[str] = frozenset()

    def covers(self, verb: str, resource: Resource, name: str = "") -> bool:
        """Tell whether the rule permits ``verb`` on an object, or on every one."""
        asked = (verb, self.verbs), (resource.group, self.groups), (resource.plural, self.plurals)
        fits = all(word in known or _ALL in known for word, known in asked)
        return fits and (not self.names or name in self.names)


@dataclass(frozen=True, slots=True)
class Permissions:
    """What is permitted in one namespace; without any knowledge, everything may be."""

    rules: tuple[Rule, ...] = ()
    is_complete: bool = False

    def denies(self, verb: str, resource: Resource, name: str = "") -> bool:
        """Tell whether the server would certainly refuse ``verb`` on an object, or on all."""
        return self.is_complete and not any(one.covers(verb, resource, name) for one in self.rules)


UNKNOWN: Final = Permissions()


def permissions_of(status: Mapping[str, Any]) -> Permissions:
    """Read the status of a SelfSubjectRulesReview."""
    rules = tuple(
        Rule(*(frozenset(one.get(member) or ()) for member in _MEMBERS))
        for one in status.get("resourceRules") or ()
    )
    is_complete = not status.get("incomplete") and not status.get("evaluationError")
    return Permissions(rules, is_complete)


class PermittedOnly:
    """Reads what the rules permit; the rest is refused here, in the server's words.

    Nothing is asked about the rules before the first list: whoever reads single objects finds out.

    Args:
        cluster: what is read.
        namespaces: in how many lists may be asked for.
    """

    def __init__(self, cluster: Inspector, namespaces: int) -> None:
        self._cluster = cluster
        self._namespaces = namespaces
        self._everywhere: dict[Resource, bool] = {}
        self._known: set[str] = set()

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Return the object, or None if there is none.

        Raises:
            Forbidden: it may not be read, as was found out with a list before, or is now.
            ClusterError: anything else.
        """
        if namespace in self._known:
            rules = self._cluster.permissions(namespace)
            if rules.denies("get", resource, name):
                raise refusal(Attempt("get", resource, namespace, name), _FORBIDDEN)
        return self._cluster.get(resource, namespace, name)

    def list(self, resource: Resource, namespace: str = "", selector: str = "") -> Iterator[Object]:
        """Yield the objects of a namespace.

        Raises:
            Forbidden: they may not be listed.
            ClusterError: anything else.
        """
        if not self._is_everywhere(resource):
            self._known.add(namespace)
            if self._cluster.permissions(namespace).denies("list", resource):
                raise refusal(Attempt("list", resource, namespace), _FORBIDDEN)
        yield from self._cluster.list(resource, namespace, selector)

    def _is_everywhere(self, resource: Resource) -> bool:
        """Tell whether lists are known to be permitted in all namespaces."""
        if self._namespaces < MANY:
            return False
        if resource not in self._everywhere:
            try:
                self._everywhere[resource] = self._cluster.may("list", resource)
            except ClusterError:
                self._everywhere[resource] = False
        return self._everywhere[resource]
