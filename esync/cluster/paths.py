"""Where the API server has an object: what was asked for, and the path of its URL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from esync.cluster.contract import Invalid
from esync.records import dataclass

if TYPE_CHECKING:
    from esync.cluster.contract import Resource


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was asked for, in the words of RBAC."""

    verb: str
    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def target(self) -> str:
        """As errors name it: ``secrets "db" in namespace "orders"``."""
        group = f".{self.resource.group}" if self.resource.group else ""
        part = f"/{self.subresource}" if self.subresource else ""
        name = f' "{self.name}"' if self.name else ""
        return f"{self.resource.plural}{group}{part}{name}{self._where}"

    @property
    def _where(self) -> str:
        if self.namespace:
            return f' in namespace "{self.namespace}"'
        return " in all namespaces" if self.resource.namespaced else ""


def path(attempt: Attempt) -> str:
    """Return the path below the server's URL.

    Raises:
        Invalid: the name or the namespace would name another path.
    """
    resource = attempt.resource
    steps = [api(resource)]
    if resource.namespaced and (attempt.namespace or attempt.verb != "list"):
        steps += ["namespaces", _step(attempt, attempt.namespace)]
    steps.append(resource.plural)
    if attempt.verb not in {"list", "create"} or attempt.subresource:
        steps.append(_step(attempt, attempt.name))
    if attempt.subresource:
        steps.append(attempt.subresource)
    return "/".join(steps)


def api(resource: Resource) -> str:
    """Return the path of the group and version, where their resources are listed.

    Raises:
        Invalid: one of them would name another path.
    """
    attempt = Attempt("discover", resource)
    steps = ["/apis", _step(attempt, resource.group)] if resource.group else ["/api"]
    return "/".join([*steps, _step(attempt, resource.version)])


def _step(attempt: Attempt, text: str) -> str:
    if text in {"", ".", ".."} or "/" in text or "%" in text:
        raise Invalid(f'cannot {attempt.verb} {attempt.target}: "{text}" is no name of an object')
    return quote(text, safe="")
