"""A review of the rules says what may be asked; what it denies is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.cluster.contract import (
    EXTERNAL_SECRETS,
    NAMESPACES,
    SECRETS,
    ClusterError,
    Forbidden,
    Resource,
)
from esync.cluster.permissions import MANY, UNKNOWN, PermittedOnly, permissions_of
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from collections.abc import Mapping


def rule(verbs: str, groups: list[str], plurals: str, *names: str) -> dict[str, Any]:
    """Spell a rule as the review does."""
    whole = {"verbs": verbs.split(), "apiGroups": groups, "resources": plurals.split()}
    return {**whole, "resourceNames": list(names)} if names else whole


LISTS = {"resourceRules": [rule("get list", [""], "secrets configmaps")], "incomplete": False}


@pytest.mark.parametrize(
    ("status", "denied"),
    [
        (LISTS, False),
        ({"resourceRules": [rule("*", ["*"], "*")]}, False),
        ({"resourceRules": [rule("get", [""], "secrets")]}, True),
        ({"resourceRules": [rule("list", ["apps"], "secrets")]}, True),
        ({"resourceRules": [rule("list", [""], "secrets/x")]}, True),
        ({"resourceRules": [rule("list", [""], "secrets", "only")]}, True),
        ({"resourceRules": [], "incomplete": True}, False),
        ({"resourceRules": [], "evaluationError": "a role is gone"}, False),
        ({}, True),
    ],
    ids=[
        "permitted",
        "all of all",
        "another verb",
        "another group",
        "a part of it",
        "one by name",
        "incomplete",
        "with an error",
        "nothing",
    ],
)
def test_lists(status: Mapping[str, Any], denied: bool) -> None:  # noqa: FBT001 - a column
    """A list needs a rule for all names; where not all rules are known nothing is denied."""
    assert permissions_of(status).denies("list", SECRETS) is denied


def test_one_object_may_be_permitted_by_name() -> None:
    """And no other of its kind."""
    found = permissions_of({"resourceRules": [rule("get", [""], "secrets", "db")]})

    assert not found.denies("get", SECRETS, "db")
    assert found.denies("get", SECRETS, "other")
    assert found.denies("get", SECRETS)


def test_what_is_denied_is_not_asked() -> None:
    """It is refused in the words of the server, with the hint that belongs to it."""
    cluster = MemoryCluster("team")
    cluster.permitted["team"] = permissions_of({"resourceRules": [rule("get", [""], "secrets")]})
    reader = PermittedOnly(cluster, 1)

    with pytest.raises(Forbidden, match='may not list secrets in namespace "team"') as refused:
        list(reader.list(SECRETS, "team"))
    with pytest.raises(Forbidden, match="may not get externalsecrets"):
        reader.get(EXTERNAL_SECRETS, "team", "app")

    assert "kubectl auth can-i list secrets" in refused.value.hint
    assert reader.get(SECRETS, "team", "db") is None
    assert cluster.calls == {("create", "selfsubjectrulesreviews"): 1, ("get", "secrets"): 1}


def test_single_reads_ask_for_no_review() -> None:
    """Nothing is gained by it."""
    cluster = MemoryCluster("team")

    PermittedOnly(cluster, 1).get(SECRETS, "team", "db")

    assert cluster.calls == {("get", "secrets"): 1}


class Everywhere(MemoryCluster):
    """Tells of each kind whether it may be listed in all namespaces."""

    def __init__(self, *namespaces: str, lists: Mapping[Resource, bool]) -> None:
        super().__init__(*namespaces)
        self.lists = lists

    def may(self, verb: str, resource: Resource, namespace: str = "") -> bool:
        """Return what was set; without that, the server fails."""
        self.calls["create", "selfsubjectaccessreviews"] += 1
        assert (verb, namespace) == ("list", "")
        if resource not in self.lists:
            raise ClusterError("no answer")
        return self.lists[resource]


@pytest.mark.parametrize(
    ("lists", "reviews"), [({SECRETS: True}, 0), ({SECRETS: False}, MANY), ({}, MANY)]
)
def test_many_namespaces_are_asked_for_at_once(lists: dict[Resource, bool], reviews: int) -> None:
    """One question for all; where the answer is no, or none, one for each namespace."""
    names = [f"n{number}" for number in range(MANY)]
    cluster = Everywhere(*names, lists=lists)
    reader = PermittedOnly(cluster, len(names))

    for name in names:
        assert list(reader.list(SECRETS, name)) == []

    assert cluster.calls["create", "selfsubjectaccessreviews"] == 1
    assert cluster.calls["create", "selfsubjectrulesreviews"] == reviews
    assert cluster.calls["list", "secrets"] == MANY


def test_without_knowledge_everything_is_tried() -> None:
    """The server's own refusal tells then."""
    assert not UNKNOWN.denies("list", NAMESPACES)
