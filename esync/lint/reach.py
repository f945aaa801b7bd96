"""Who may use a cluster store, and where a ClusterExternalSecret goes: wider than it looks.

Source: External Secrets Operator 2.9, ``spec.conditions``: regular expressions are searched, an
empty selector chooses everything, and a SecretStore has no use for conditions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from esync.lint.rule import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.errors import Location
    from esync.lint.view import View
    from esync.manifests.externalsecret import ClusterExternalSecret, LabelSelector
    from esync.manifests.store import Store

_FLAGS: Final = re.compile(r"\(\?[imsU]+\)")
_START: Final = ("^", r"\A")
_END: Final = ("$", r"\z")
_OPEN: Final = (".*", ".+")
_ANYTHING: Final = re.compile(r"(?:\^|\\A)?(?:\.[*+]\??|\(\.[*+]\))?(?:\$|\\z)?")


class NoConditions(Finding):
    """A ClusterSecretStore that every namespace may read."""

    rule = "ES0706"
    title: ClassVar = "Cluster store without conditions"


class EveryNamespace(Finding):
    """A choice of namespaces that chooses all of them."""

    rule = "ES0707"
    title: ClassVar = "Every namespace is chosen"


class Unanchored(Finding):
    """An expression over namespaces that matches more names than it spells."""

    rule = "ES0708"
    title: ClassVar = "Expression is not anchored"


class IdleConditions(Finding):
    """Conditions of a SecretStore, which nobody looks at."""

    rule = "ES0719"
    title: ClassVar = "Conditions have no effect"


def no_conditions(view: View) -> Iterator[NoConditions]:
    """Look for ClusterSecretStores without conditions."""
    for store in view.catalog.stores.values():
        if store.is_cluster_wide and not store.conditions:
            yield NoConditions(
                "every namespace may read with this store",
                about=store.ref,
                at=store.document.at,
                hint="name the namespaces in spec.conditions",
            )


def every_namespace(view: View) -> Iterator[EveryNamespace]:
    """Look for empty selectors, and for expressions that match everything."""
    for store in _cluster_stores(view):
        for index, condition in enumerate(store.conditions):
            path = ("spec", "conditions", index)
            if condition.namespace_selector and _is_empty(condition.namespace_selector):
                at = store.document.place((*path, "namespaceSelector"))
                yield _everything(store, "an empty namespaceSelector", at)
            for at, expression in _expressions(store, index):
                if _ANYTHING.fullmatch(expression):
                    yield _everything(store, "this expression", at)
    for many in view.catalog.cluster_external_secrets:
        for at, selector in _selectors(many):
            if _is_empty(selector):
                yield EveryNamespace(
                    "an empty selector puts the Secret into every namespace",
                    about=many.document.ref,
                    at=at,
                    hint="choose namespaces by a label",
                )


def unanchored(view: View) -> Iterator[Unanchored]:
    """Look for expressions that are open at both ends."""
    for store in _cluster_stores(view):
        for index in range(len(store.conditions)):
            for at, expression in _expressions(store, index):
                if _is_open(expression) and not _ANYTHING.fullmatch(expression):
                    yield Unanchored(
                        "the expression also matches longer names, as it is only searched for",
                        about=store.ref,
                        at=at,
                        hint='write it as "^...$", or as "^..." if a prefix is meant',
                    )


def idle_conditions(view: View) -> Iterator[IdleConditions]:
    """Look for conditions of SecretStores."""
    for store in view.catalog.stores.values():
        if store.conditions and not store.is_cluster_wide:
            yield IdleConditions(
                "conditions have no effect on a SecretStore",
                about=store.ref,
                at=store.document.place(("spec", "conditions")),
                hint="remove them; only its own namespace can use it",
            )


def _cluster_stores(view: View) -> Iterator[Store]:
    return (store for store in view.catalog.stores.values() if store.is_cluster_wide)


def _selectors(many: ClusterExternalSecret) -> Iterator[tuple[Location, LabelSelector]]:
    if many.spec.namespace_selector:
        yield many.document.place(("spec", "namespaceSelector")), many.spec.namespace_selector
    for index, selector in enumerate(many.spec.namespace_selectors):
        yield many.document.place(("spec", "namespaceSelectors", index)), selector


def _everything(store: Store, what: str, at: Location) -> EveryNamespace:
    return EveryNamespace(
        f"{what} lets every namespace read with this store",
        about=store.ref,
        at=at,
        hint="choose namespaces by a label, or by name",
    )


def _expressions(store: Store, condition: int) -> Iterator[tuple[Location, str]]:
    for index, expression in enumerate(store.conditions[condition].namespace_regexes):
        path = ("spec", "conditions", condition, "namespaceRegexes", index)
        yield store.document.place(path), _FLAGS.sub("", expression, count=1)


def _is_empty(selector: LabelSelector) -> bool:
    return not selector.match_labels and not selector.match_expressions


def _is_open(expression: str) -> bool:
    """Tell whether a branch has no anchor at all; one between ``.*`` is open by intent."""
    return any(_has_no_anchor(branch) for branch in _branches(expression))


def _has_no_anchor(branch: str) -> bool:
    ends = branch.endswith(_END) and not branch.endswith(r"\$")
    is_open = branch.startswith(_OPEN) and branch.endswith(_OPEN)
    return not (branch.startswith(_START) or ends or is_open)


def _branches(expression: str) -> list[str]:
    """Take an expression apart at each ``|`` that stands in no group and no class."""
    branches, depth, in_class, start, at = [], 0, False, 0, 0
    while at < len(expression):
        char = expression[at]
        if char == "\\":
            at += 1
        elif in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and not depth:
            branches.append(expression[start:at])
            start = at + 1
        at += 1
    return [*branches, expression[start:]]
