"""From needs to Roles, ClusterRoles and their bindings, with as few rules as say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from esync.deploy.parts import RBAC, Part, metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from esync.deploy.needs import Need

Object = dict[str, Any]
_API: Final = f"{RBAC}/v1"


def roles(needs: Iterable[Need], name: str, subject: Object) -> Iterator[Part]:
    """Yield a Role, or ClusterRole, and its binding for each namespace that is needed.

    Args:
        needs: what is to be permitted.
        name: of every object.
        subject: whom the roles are bound to.
    """
    by_namespace: dict[str, set[Need]] = {}
    for need in needs:
        by_namespace.setdefault(need.namespace, set()).add(need)
    for namespace, some in sorted(by_namespace.items()):
        kind = "Role" if namespace else "ClusterRole"
        meta = metadata(name, namespace)
        comments = tuple(_reasons(some))
        yield Part(
            {"apiVersion": _API, "kind": kind, "metadata": meta, "rules": _rules(some)}, comments
        )
        yield Part(
            {
                "apiVersion": _API,
                "kind": f"{kind}Binding",
                "metadata": meta,
                "roleRef": {"apiGroup": RBAC, "kind": kind, "name": name},
                "subjects": [subject],
            }
        )


def _rules(needs: Iterable[Need]) -> list[Object]:
    """Return the rules: what holds for every object swallows what holds for a name."""
    names: dict[tuple[str, str, str], set[str]] = {}
    for need in needs:
        names.setdefault((need.group, need.resource, need.verb), set()).add(need.name)
    verbs: dict[tuple[str, str, tuple[str, ...]], set[str]] = {}
    for (group, resource, verb), some in names.items():
        chosen = () if "" in some else tuple(sorted(some))
        verbs.setdefault((group, resource, chosen), set()).add(verb)
    return [_rule(*key, found) for key, found in sorted(verbs.items())]


def _rule(group: str, resource: str, names: tuple[str, ...], verbs: set[str]) -> Object:
    rule: Object = {"apiGroups": [group], "resources": [resource]}
    if names:
        rule["resourceNames"] = list(names)
    return {**rule, "verbs": sorted(verbs)}


def _reasons(needs: Iterable[Need]) -> Iterator[str]:
    told: dict[str, None] = {}
    for need in sorted(needs):
        what = f"{need.verb} {need.resource}{f' {need.name}' if need.name else ''}"
        told[f"{what}: {need.why}"] = None
    yield from told
