"""What is live is read with lists where the rules permit that, else by name; nothing is refused.

Held against RBAC and the audit log of a real API server.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from esync.cluster.connect import connect
from esync.cluster.options import ConnectOptions
from esync.flow.change import Result
from tests.behaviour.workbench import Workbench
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from esync.flow.outcome import Outcome
    from tests.servers.audit import AuditEvent
    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration

RBAC = "/apis/rbac.authorization.k8s.io/v1"
ES = ("external-secrets.io", "externalsecrets")
WRITES = {"create", "update", "patch", "delete"}


def role(*rules: tuple[str, str, str]) -> list[dict[str, Any]]:
    """Spell rules: group, resource and verbs."""
    return [
        {"apiGroups": [group], "resources": [plural], "verbs": verbs.split()}
        for group, plural, verbs in rules
    ]


NAMES_ONLY = role(("", "secrets", "get create update"), (*ES, "get"))
LISTS = role(("", "secrets", "get list create update"), (*ES, "get list"))
SECRETS_ONLY = role(("", "secrets", "get list create update"))


class Tenant:
    """Somebody who may do what a Role says in one namespace, and a bench of that identity."""

    def __init__(self, server: KubernetesServer, folder: Path, rules: list[dict[str, Any]]) -> None:
        self.server = server
        self.user = f"tenant-{uuid4().hex[:10]}"
        namespace = self.user
        server.create_namespace(namespace)
        self._permit(namespace, rules)
        cluster = connect(ConnectOptions(kubeconfig=str(server.kubeconfig_for(self.user))))
        self.bench = Workbench(folder, cluster, namespace)

    def _permit(self, namespace: str, rules: list[dict[str, Any]]) -> None:
        api = {"apiVersion": "rbac.authorization.k8s.io/v1"}
        meta = {"metadata": {"name": "esync", "namespace": namespace}}
        where = f"{RBAC}/namespaces/{namespace}"
        self.server.apply(f"{where}/roles/esync", {**api, "kind": "Role", **meta, "rules": rules})
        group = {"apiGroup": "rbac.authorization.k8s.io"}
        bound = {
            "roleRef": {**group, "kind": "Role", "name": "esync"},
            "subjects": [{**group, "kind": "User", "name": self.user}],
        }
        binding = {**api, "kind": "RoleBinding", **meta, **bound}
        self.server.apply(f"{where}/rolebindings/esync", binding)
        wait_until(partial(self._may, namespace), f"{self.user} may get secrets")

    def _may(self, namespace: str) -> bool:
        attributes = {"verb": "get", "resource": "secrets", "namespace": namespace}
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": self.user, "resourceAttributes": attributes},
        }
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        return bool(self.server.request("POST", path, body).json()["status"]["allowed"])

    def lay(self, number: int) -> None:
        """Lay a store and so many ExternalSecrets."""
        self.bench.store("vault", {"db": "v"})
        for one in range(number):
            self.bench.external_secret(
                """
                secretStoreRef: {name: vault}
                data: [{secretKey: k, remoteRef: {key: db}}]
                """,
                name=f"app{one}",
            )

    def apply(self) -> tuple[Outcome, list[AuditEvent]]:
        """Run as a new process would, and return what the server was asked."""
        path = str(self.server.kubeconfig_for(self.user))
        bench = replace(self.bench, cluster=connect(ConnectOptions(kubeconfig=path)))
        with self.server.audited() as events:
            outcome = bench.apply()
        assert [one.error.message for one in outcome.failures] == []
        return outcome, [event for event in events if event.user == self.user]


def calls(events: list[AuditEvent]) -> dict[str, int]:
    """Count calls by verb and resource."""
    return dict(Counter(f"{one.verb} {one.resource.partition('.')[0]}" for one in events))


@pytest.mark.parametrize("number", [1, 6])
def test_a_role_that_may_only_get(
    served_external_secrets: KubernetesServer, tmp_path: Path, number: int
) -> None:
    """Nothing is refused, as nothing is asked that would be; objects are read by name."""
    tenant = Tenant(served_external_secrets, tmp_path, NAMES_ONLY)
    tenant.lay(number)

    first, asked = tenant.apply()
    again, asked_again = tenant.apply()

    assert {one.status for one in (*asked, *asked_again)} <= {200, 201, 404}
    assert [one.result for one in first.done] == [Result.CREATED] * number
    assert [one.result for one in again.done] == [Result.UNCHANGED] * number
    assert calls(asked_again) == {
        "create selfsubjectrulesreviews": 1,
        "get secrets": number,
        "get externalsecrets": number,
    }
    assert [note for note in again.notes if "cannot be listed" in note]


def test_a_role_that_may_list(served_external_secrets: KubernetesServer, tmp_path: Path) -> None:
    """One review, and one list of each kind, however many objects there are."""
    tenant = Tenant(served_external_secrets, tmp_path, LISTS)
    tenant.lay(30)

    first, asked = tenant.apply()
    again, asked_again = tenant.apply()

    lists = {
        "create selfsubjectrulesreviews": 1,
        "list secrets": 1,
        "list externalsecrets": 1,
    }
    assert calls(asked) == {**lists, "create secrets": 30}
    assert calls(asked_again) == lists
    assert {one.status for one in (*asked, *asked_again)} == {200, 201}
    assert first.notes == again.notes == ()


def test_a_role_that_knows_no_external_secrets(
    served_external_secrets: KubernetesServer, tmp_path: Path
) -> None:
    """They are not asked for, neither as a list nor by name, and the run says what it lacks."""
    tenant = Tenant(served_external_secrets, tmp_path, SECRETS_ONLY)
    tenant.lay(5)

    outcome, asked = tenant.apply()

    assert {one.status for one in asked} == {200, 201}
    assert calls(asked) == {
        "create selfsubjectrulesreviews": 1,
        "list secrets": 1,
        "create secrets": 5,
    }
    assert [note for note in outcome.notes if "no owner reference" in note]


def test_an_administrator_is_not_reviewed_for_each_namespace(
    served_external_secrets: KubernetesServer, tmp_path: Path
) -> None:
    """Two questions for all namespaces, and two lists in each."""
    server = served_external_secrets
    names = [f"many-{uuid4().hex[:10]}" for _ in range(4)]
    bench = Workbench(tmp_path, connect(ConnectOptions(kubeconfig=str(server.kubeconfig))), "none")
    for name in names:
        server.create_namespace(name)
        bench.namespace = name
        bench.store(f"vault-{name}", {"db": "v"})
        for one in range(3):
            spec = f"secretStoreRef: {{name: vault-{name}}}\n"
            spec += "data: [{secretKey: k, remoteRef: {key: db}}]"
            bench.external_secret(spec, name=f"app{one}-{name}")
    bench.apply()
    bench.cluster = connect(ConnectOptions(kubeconfig=str(server.kubeconfig)))

    with server.audited() as events:
        outcome = bench.apply()

    assert {one.result for one in outcome.done} == {Result.UNCHANGED}
    own = [one for one in events if one.namespace in names or "reviews" in one.resource]
    assert calls(own) == {
        "create selfsubjectaccessreviews": 2,
        "list secrets": 4,
        "list externalsecrets": 4,
    }
