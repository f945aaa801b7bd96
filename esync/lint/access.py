"""Roles next to the manifests: what they look like granting, and do not.

Source: Kubernetes, RBAC: ``resourceNames`` are compared as they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from esync.lint.rule import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.lint.view import View

# Names of these may hold an asterisk.
_RBAC: Final = "rbac.authorization.k8s.io"


class WildcardName(Finding):
    """``resourceNames`` holds a wildcard, and grants nothing."""

    rule = "ES0704"
    title: ClassVar = "Wildcard in resourceNames"


def wildcard_names(view: View) -> Iterator[WildcardName]:
    """Look for asterisks in resourceNames of Roles and ClusterRoles."""
    for document in view.catalog.roles:
        for index, rule in enumerate(_items(document.body, "rules")):
            if not isinstance(rule, Mapping) or _items(rule, "apiGroups") == [_RBAC]:
                continue
            for at, name in enumerate(_items(rule, "resourceNames")):
                if isinstance(name, str) and "*" in name:
                    yield WildcardName(
                        f'"{name}" is taken as a name, not as a pattern: it grants nothing',
                        about=document.ref,
                        at=document.place(("rules", index, "resourceNames", at)),
                        hint="list the names, or leave resourceNames out to grant all",
                    )


def _items(parent: Mapping[str, Any], name: str) -> list[Any]:
    value = parent.get(name)
    return value if isinstance(value, list) else []
