"""What the CronJobs of a cluster ask for: 1,000 ExternalSecrets in 20 namespaces.

Run it with ``python -m tests.bench.cronjob``. A real API server has the ExternalSecrets; each
namespace has the ServiceAccount and the Roles that ``esync manifests`` prints, and a run with the
arguments of its CronJob. What was asked is read from the audit log.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import yaml

from tests.bench.manifests import STORE, TEMPLATE
from tests.bench.run import verb
from tests.bench.store import CannedStore, canned_store
from tests.servers.definitions import install_external_secrets
from tests.servers.kubernetes import KubernetesServer, kubernetes
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.servers.audit import AuditEvent

ROOT = Path(__file__).parents[2]
ESYNC = str(Path(sys.executable).with_name("esync"))
NAMESPACES, IN_EACH = 20, 50
CREATED = 201
PLURALS = {
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "ClusterSecretStore": "clustersecretstores",
    "CronJob": "cronjobs",
    "ExternalSecret": "externalsecrets",
    "NetworkPolicy": "networkpolicies",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "ServiceAccount": "serviceaccounts",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """What all CronJobs together did once.

    Attributes:
        api: requests to the API server, by verb and resource.
        store: requests to the store, by operation.
        wall: seconds, one run after the other.
    """

    api: Mapping[str, int]
    store: Mapping[str, int]
    wall: float

    @property
    def writes(self) -> int:
        """How many of the requests write."""
        return sum(
            number
            for name, number in self.api.items()
            if not name.startswith(("get ", "list ", "review "))
        )


@dataclass
class Jobs:
    """The CronJobs of some namespaces: what each is told, and as whom it runs.

    Attributes:
        kubeconfigs: of the service account, by namespace.
        arguments: of the container, by namespace.
        rules: how many rules the roles of one namespace have, and those it needs elsewhere.
    """

    server: KubernetesServer
    store: CannedStore
    kubeconfigs: dict[str, Path] = field(default_factory=dict)
    arguments: dict[str, list[str]] = field(default_factory=dict)
    rules: Counter[str] = field(default_factory=Counter)

    def lay(self, namespaces: Sequence[str], in_each: int) -> None:
        """Create the ExternalSecrets, then what runs esync there."""
        self._put(yaml.safe_load(STORE))
        for namespace in namespaces:
            self.server.create_namespace(namespace)
            for number in range(in_each):
                self._put(_external_secret(namespace, number))
        for part in self._printed():
            self._put(part)
            self._keep(part)
        for namespace in namespaces:
            self.kubeconfigs[namespace] = self._sign_in(namespace)

    def clear(self) -> None:
        """Take away what others would find when they look at all namespaces."""
        base = "/apis/external-secrets.io/v1"
        for namespace in self.arguments:
            self.server.request("DELETE", f"{base}/namespaces/{namespace}/externalsecrets")
        self.server.request("DELETE", f"{base}/clustersecretstores/bench")

    def turn(self, *more: str) -> Turn:
        """Run all CronJobs, one after the other; ``more`` are arguments that they lack."""
        with self._counted() as turns:
            for namespace, arguments in self.arguments.items():
                self._esync(self.kubeconfigs[namespace], *arguments, *more)
        return turns[0]

    def at_once(self, *more: str) -> Turn:
        """Do the work of all in one run, as an administrator."""
        with self._counted() as turns:
            self._esync(self.server.kubeconfig, "apply", "--from-cluster", "-A", *more)
        return turns[0]

    @contextmanager
    def _counted(self) -> Iterator[list[Turn]]:
        turns: list[Turn] = []
        self.store.counts()
        start = time.perf_counter()
        with self.server.audited() as events:
            yield turns
        wall = time.perf_counter() - start
        api = Counter(_told(one) for one in events if one.agent.startswith("esync/"))
        turns.append(Turn(dict(api), self.store.counts(), wall))

    def _printed(self) -> list[dict[str, Any]]:
        words = ("manifests", "-q", "--from-cluster", "-A", "--image", "esync:bench", "-o", "json")
        parts: list[dict[str, Any]] = json.loads(self._esync(self.server.kubeconfig, *words))[
            "items"
        ]
        return parts

    def _keep(self, part: dict[str, Any]) -> None:
        namespace = part["metadata"].get("namespace", "")
        if part["kind"] == "CronJob":
            pod = part["spec"]["jobTemplate"]["spec"]["template"]["spec"]
            self.arguments[namespace] = pod["containers"][0]["args"]
        elif "rules" in part:
            self.rules[part["kind"]] += len(part["rules"])

    def _sign_in(self, namespace: str) -> Path:
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/esync/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        token = self.server.request("POST", path, body).json()["status"]["token"]
        wait_until(partial(self._is_known, namespace), f"RBAC knows what {namespace} may do")
        return self.server.kubeconfig_with_token("esync", token)

    def _is_known(self, namespace: str) -> bool:
        resource = {"verb": "get", "group": "external-secrets.io", "name": "bench"}
        resource["resource"] = "clustersecretstores"
        user = f"system:serviceaccount:{namespace}:esync"
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": user, "resourceAttributes": resource},
        }
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        return bool(self.server.request("POST", path, body).json()["status"]["allowed"])

    def _put(self, body: Mapping[str, Any]) -> None:
        version, meta = body["apiVersion"], body["metadata"]
        base = f"/apis/{version}" if "/" in version else f"/api/{version}"
        where = f"/namespaces/{meta['namespace']}" if meta.get("namespace") else ""
        path = f"{base}{where}/{PLURALS[body['kind']]}"
        answer = self.server.request("POST", path, body)
        assert answer.status == CREATED, answer.body.decode()

    def _esync(self, kubeconfig: Path, *words: str) -> str:
        environ = {**os.environ, **self.store.environment(), "KUBECONFIG": str(kubeconfig)}
        done = subprocess.run(
            [ESYNC, *words], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def _external_secret(namespace: str, number: int) -> dict[str, Any]:
    """Return one of those of the other benchmarks; no two ask for the same remote secret."""
    first, second = (f"{namespace}/{number:05}/{name}" for name in ("user", "login"))
    [body] = yaml.safe_load_all(
        TEMPLATE.format(number=number, namespace=namespace, first=first, second=second)
    )
    made: dict[str, Any] = body
    return made


def _told(event: AuditEvent) -> str:
    return f"{verb(event)} {event.resource}{'/' + event.subresource if event.subresource else ''}"


@contextmanager
def jobs(namespaces: int, in_each: int, server: KubernetesServer | None = None) -> Iterator[Jobs]:
    """Give CronJobs that have not run yet, in a cluster that runs already or in one of their own.

    Raises:
        AssertionError: the API server refuses something, or a run fails.
    """
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        chosen = server or stack.enter_context(kubernetes(folder))
        install_external_secrets(chosen)
        made = Jobs(chosen, stack.enter_context(canned_store(folder, 0)))
        stack.callback(made.clear)
        made.lay([f"cronjob-{number:02}" for number in range(namespaces)], in_each)
        yield made


def lines(name: str, turn: Turn) -> Iterator[str]:
    """Yield what is printed of one turn."""
    yield f"{name}: {turn.wall:.1f} s, {sum(turn.api.values())} API calls, {turn.writes} writes"
    for what, number in sorted(turn.api.items()):
        yield f"  API server: {number:5} {what}"
    for what, number in sorted(turn.store.items()):
        yield f"  store:      {number:5} {what}"


def main() -> None:
    """Print the calls of a first run, of one in which nothing is due, and of an unchanged one."""
    parser = argparse.ArgumentParser(description="Count what CronJobs ask for.")
    parser.add_argument("--namespaces", type=int, default=NAMESPACES)
    parser.add_argument("--in-each", type=int, default=IN_EACH)
    chosen = parser.parse_args()
    with jobs(chosen.namespaces, chosen.in_each) as made:
        rules = ", ".join(f"{number} rules of {kind}s" for kind, number in made.rules.items())
        print(f"{chosen.namespaces} namespaces: {rules}")
        due = "--refresh=always"
        turns = {
            "first run": partial(made.turn),
            "nothing due": partial(made.turn),
            "all due, unchanged": partial(made.turn, due),
            "nothing due, one run with -A": partial(made.at_once),
            "all due, unchanged, one run with -A": partial(made.at_once, due),
        }
        for name, turn in turns.items():
            print("\n".join(lines(name, turn())), flush=True)


if __name__ == "__main__":
    main()
