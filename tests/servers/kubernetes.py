"""A Kubernetes control plane without nodes: etcd, the API server, and its controllers on demand."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from tests.servers.audit import POLICY, AuditEvent, AuditLog
from tests.servers.binaries import built
from tests.servers.certificates import Authority, KeyPair, signing_key
from tests.servers.http import Answer, answers, request
from tests.servers.kubeconfig import Login, write_kubeconfig
from tests.servers.process import Process, free_port, running, wait_until

ADMIN = "admin"
"""The user whose token is `KubernetesServer.token`; RBAC lets it do everything."""

CONTROLLER_MANAGER = "system:kube-controller-manager"
CONTROLLERS = ("namespace-controller", "garbage-collector-controller", "serviceaccount-controller")


@dataclass(frozen=True, slots=True)
class KubernetesServer:
    """A running API server with RBAC, and how to reach it.

    The issuer of its service-account tokens is ``url``, so that others can verify them there.
    """

    url: str
    ca: Path
    token: str
    kubeconfig: Path
    audit: AuditLog
    _folder: Path
    _authority: Authority
    _stack: ExitStack
    _etcd: str
    _start: Callable[[], Process]
    _running: list[Process]

    def stop(self) -> None:
        """End the API server at once, as a crash does; etcd keeps what was written."""
        self._running.pop().stop()

    def start(self) -> None:
        """Start the API server again, at the same address, and wait until it is ready."""
        self._running.append(self._start())

    def request(self, method: str, path: str, body: object = None, kind: str = "json") -> Answer:
        """Send a request as the administrator; a PATCH needs a ``kind``: ``merge-patch+json``."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": f"application/{kind}"}
        encoded = None if body is None else json.dumps(body).encode()
        return request(method, self.url + path, ca=self.ca, headers=headers, body=encoded)

    def apply(self, path: str, manifest: Mapping[str, Any]) -> None:
        """Create or change the object at ``path`` by server-side apply, as the administrator.

        Raises:
            AssertionError: the API server refuses it; the message is its own.
        """
        query = "?fieldManager=tests&force=true&fieldValidation=Strict"
        answer = self.request("PATCH", path + query, manifest, kind="apply-patch+yaml")
        assert answer.status in {200, 201}, answer.body.decode()

    def create_namespace(self, name: str) -> None:
        """Create the namespace ``name``, or leave it as it is."""
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        self.apply(f"/api/v1/namespaces/{name}", manifest)

    def forget_the_past(self) -> None:
        """Let etcd forget old revisions, as it is made to every five minutes: lists expire."""
        key = b64encode(b"/").decode()
        found = request("POST", f"{self._etcd}/v3/kv/range", body=_encoded({"key": key}))
        revision = found.json()["header"]["revision"]
        wanted = _encoded({"revision": revision, "physical": True})
        answer = request("POST", f"{self._etcd}/v3/kv/compaction", body=wanted)
        assert answer.status == 200, answer.body.decode()

    def install_crds(self, crds: Sequence[Mapping[str, Any]]) -> None:
        """Create the CustomResourceDefinitions and wait until their served versions answer."""
        base = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        for crd in crds:
            self.apply(f"{base}/{crd['metadata']['name']}", crd)
        for crd in crds:
            spec = crd["spec"]
            for version in (entry["name"] for entry in spec["versions"] if entry["served"]):
                path = f"/apis/{spec['group']}/{version}/{spec['names']['plural']}"
                wait_until(partial(self._serves, path), f"{path} is served")

    def kubeconfig_for(self, user: str, groups: Sequence[str] = ()) -> Path:
        """Write a kubeconfig with a client certificate for ``user``, who may do what RBAC says."""
        pair = self._authority.issue(user, groups=groups, hosts=())
        return self._write_kubeconfig(Login(user, pair=pair))

    def kubeconfig_with_token(self, user: str, token: str) -> Path:
        """Write a kubeconfig with a bearer token, such as one of a service account."""
        return self._write_kubeconfig(Login(user, token=token))

    def start_controllers(self) -> None:
        """Run what ends namespaces, collects garbage and creates default service accounts.

        A second call does nothing; they end with the server.
        """
        log = self._folder / "kube-controller-manager.log"
        if log.exists():
            return
        port = free_port()
        kubeconfig = self.kubeconfig_for(CONTROLLER_MANAGER, ["system:masters"])
        command: list[str | Path] = [
            built("kubernetes", "kube-controller-manager"),
            f"--kubeconfig={kubeconfig}",
            f"--controllers={','.join(CONTROLLERS)}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            f"--cert-dir={self._folder / 'controllers'}",
            "--authentication-skip-lookup",
        ]

        def ready() -> bool:
            # Its certificate is self-signed, and it makes it itself.
            ca = self._folder / "controllers" / "kube-controller-manager.crt"
            return ca.exists() and answers(f"https://localhost:{port}/healthz", ca=ca)

        self._stack.enter_context(running(command, log=log, ready=ready))

    @contextmanager
    def audited(self) -> Iterator[list[AuditEvent]]:
        """Give a list that holds, after the ``with``, the requests that ended within it."""
        start = self._audit_position()
        events: list[AuditEvent] = []
        yield events
        end = self._audit_position()
        events.extend(self.audit.read(start, end))

    def audit_events(self) -> list[AuditEvent]:
        """Return every request that has ended so far, in the order in which they ended."""
        return self.audit.read(0, self._audit_position())

    def _serves(self, path: str) -> bool:
        return self.request("GET", path).status == 200

    def _write_kubeconfig(self, login: Login) -> Path:
        path = self._folder / f"{token_hex(8)}.kubeconfig"
        return write_kubeconfig(path, self.url, self.ca, login)

    def _audit_position(self) -> int:
        """Return where the log ends, after what is now on its way has been written."""
        mark = token_hex(16)
        headers = {"Authorization": f"Bearer {self.token}", "Audit-ID": mark}
        request("GET", f"{self.url}/version", ca=self.ca, headers=headers)
        wait_until(lambda: self.audit.find(mark) is not None, "the audit log is written")
        position = self.audit.find(mark)
        assert position is not None
        return position


@contextmanager
def kubernetes(folder: Path) -> Iterator[KubernetesServer]:
    """Run a control plane of its own, with its files in ``folder``; several may run at once."""
    programs = built("etcd", "etcd"), built("kubernetes", "kube-apiserver")
    with ExitStack() as stack:
        etcd = stack.enter_context(_etcd(programs[0], folder))
        yield stack.enter_context(_api_server(programs[1], folder, etcd, stack))


def _encoded(body: object) -> bytes:
    return json.dumps(body).encode()


@contextmanager
def _etcd(program: Path, folder: Path) -> Iterator[str]:
    """Run an empty etcd that never waits for the disk, and give its URL."""
    client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    command: list[str | Path] = [
        program,
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]
    with running(command, log=folder / "etcd.log", ready=lambda: answers(f"{client}/health")):
        yield client


@contextmanager
def _api_server(
    program: Path, folder: Path, etcd: str, stack: ExitStack
) -> Iterator[KubernetesServer]:
    authority = Authority(folder)
    token = token_hex(16)
    url = f"https://127.0.0.1:{free_port()}"
    command = _api_server_command(program, folder, etcd, url, authority, token)
    headers = {"Authorization": f"Bearer {token}"}

    def ready() -> bool:
        return answers(f"{url}/readyz", ca=authority.certificate, headers=headers)

    def start() -> Process:
        process = Process(command, folder / "kube-apiserver.log")
        try:
            process.wait_until(ready)
        except BaseException:
            process.stop()
            raise
        return process

    login = Login(ADMIN, token=token)
    kubeconfig = write_kubeconfig(folder / "kubeconfig", url, authority.certificate, login)
    audit = AuditLog(folder / "audit.log")
    own = url, authority.certificate, token, kubeconfig, audit, folder, authority, stack, etcd
    running_now = [start()]
    try:
        yield KubernetesServer(*own, start, running_now)
    finally:
        for process in running_now:
            process.stop()


def _api_server_command(
    program: Path, folder: Path, etcd: str, url: str, authority: Authority, token: str
) -> list[str | Path]:
    tokens, policy = folder / "tokens.csv", folder / "audit-policy.json"
    tokens.write_text(f"{token},{ADMIN},{ADMIN},system:masters\n")
    policy.write_text(json.dumps(POLICY))
    serving: KeyPair = authority.issue("kube-apiserver")
    signing = signing_key(folder / "service-accounts.key")
    return [
        program,
        f"--etcd-servers={etcd}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        f"--secure-port={urlsplit(url).port}",
        f"--tls-cert-file={serving.certificate}",
        f"--tls-private-key-file={serving.key}",
        f"--client-ca-file={authority.certificate}",
        f"--token-auth-file={tokens}",
        "--authorization-mode=RBAC",
        f"--service-account-issuer={url}",
        f"--service-account-signing-key-file={signing}",
        f"--service-account-key-file={signing}",
        "--service-cluster-ip-range=10.0.0.0/24",
        # Without a cache a watch on Secrets can go on after a restart where it was.
        "--watch-cache-sizes=secrets#0",
        f"--audit-policy-file={policy}",
        f"--audit-log-path={folder / 'audit.log'}",
    ]
