"""Objects of a kind of our own on a real API server; a value is a member of such an object.

What is stored stands there twice: as text, which the suite gets as the value, and as the JSON that
the text is, which it looks into.
"""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

import yaml

from esync.identity.references import StoreAccess
from esync.providers.kubernetes import Crd
from esync.secret import SecretValue
from tests.contract.case import Ability, Case, Fault
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.definitions import VAULT, install_vaults
from tests.servers.http import request as send
from tests.servers.process import wait_until
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pytest

    from esync.manifests.externalsecret import Find
    from esync.payload.payload import Payload
    from esync.providers.contract import Provider
    from tests.servers.kubernetes import KubernetesServer

TEXT, INSIDE = "spec.text", "spec.inside"
TOKEN = {"token": {"bearerToken": {"name": "login", "key": "token"}}}
PAIR = {
    "cert": {
        "clientCert": {"name": "login", "key": "crt"},
        "clientKey": {"name": "login", "key": "key"},
    }
}
RBAC = "rbac.authorization.k8s.io"
FAULTS = {
    Fault.THROTTLED: Response(429, {"message": "hunter2"}),
    Fault.MALFORMED: Response(200, "hunter2 {"),
}


@dataclass(frozen=True)
class Content:
    """What was stored in an object, as if it were all of it."""

    payload: Payload

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return the text, or what is inside of it."""
        return self.payload.value(f"{INSIDE}.{property}" if property else TEXT)

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return the members of the JSON that the text is."""
        return self.payload.members(f"{INSIDE}.{property}" if property else INSIDE)


class Cover:
    """A provider of objects that hold one text."""

    converts_found_keys: ClassVar[bool] = True

    def __init__(self, provider: Crd) -> None:
        self.provider = provider

    def read(self, key: str, version: str = "") -> Payload:
        """Return what is stored."""
        return Content(self.provider.read(key, version))

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the texts of what is found."""
        return {
            name: SecretValue(json.loads(value.reveal())["spec"]["text"].encode())
            for name, value in self.provider.find(wanted).items()
        }

    def close(self) -> None:
        """Pass it on."""
        self.provider.close()


class CrdCase:
    """A namespace of a cluster that is not that of the run."""

    proven_on = "kube-apiserver"
    # Numbers of an object are written anew by the API server, and tags have no effect.
    abilities = frozenset(
        {
            Ability.ANY_VALUE,
            Ability.NO_SECRET,
            Ability.EMPTY,
            Ability.EXTRACT,
            Ability.ANY_EXTRACT,
            Ability.FIND_NAME,
            Ability.TAGLESS_FIND,
        }
    )
    faults = frozenset(Fault)
    longest = 500_000  # it is stored twice
    tags_at = ""
    separator = "n-"

    def __init__(self, server: KubernetesServer) -> None:
        self._server = server
        self._namespace = f"t-{uuid4().hex[:12]}"
        server.create_namespace(self._namespace)

    def open(self) -> Provider:
        """Return the provider with the administrator's token."""
        return self._open(self._server.url, TOKEN, {"token": self._server.token})

    def name(self, short: str) -> str:
        """Every name of lower-case letters is taken."""
        return short

    def put(self, name: str, value: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Create an object."""
        text = value.decode()
        try:
            inside = json.loads(text)
        except ValueError:
            inside = text
        body: dict[str, Any] = {
            "apiVersion": f"{VAULT['group']}/{VAULT['version']}",
            "kind": VAULT["kind"],
            "metadata": {"name": name, "labels": dict(tags or {})},
            "spec": {"text": text, "inside": inside},
        }
        answer = self._server.request("POST", self._path(), body)
        assert answer.status == 201, answer.body
        return name

    def version(self, name: str, number: int) -> str:
        """Refuse: it has no versions."""
        raise AssertionError((name, number))

    def calls(self) -> int:
        """Count what was read in the namespace, by the API server's audit log."""
        events = self._server.audit_events()
        return sum(
            one.verb == "get" and one.resource == "vaults.stores.example"
            for one in events
            if one.namespace == self._namespace
        )

    @contextmanager
    def broken(self, fault: Fault) -> Iterator[Provider]:
        """Take a role away, or break what stands before the server, after the store was opened."""
        if fault is Fault.DENIED:
            yield self._without_role()
        elif fault is Fault.UNREACHABLE:
            with self._between(self._forwarded) as provider:
                pass  # and now nobody is there
            yield provider
        else:
            with self._between(partial(self._faulty, fault)) as provider:
                yield provider

    @contextmanager
    def _between(self, answer: Callable[[Request], Response]) -> Iterator[Provider]:
        with serving(answer) as port:
            url = f"http://127.0.0.1:{port}"
            yield self._open(url, TOKEN, {"token": self._server.token})

    def _faulty(self, fault: Fault, request: Request) -> Response:
        """Let everything through but the objects."""
        return FAULTS[fault] if "/vaults/" in request.path else self._forwarded(request)

    def _forwarded(self, request: Request) -> Response:
        url = f"{self._server.url}{request.path}"
        headers = {
            "Authorization": request.headers["authorization"],
            "Content-Type": "application/json",
        }
        answer = send(
            request.method, url, ca=self._server.ca, headers=headers, body=request.body or None
        )
        return Response(answer.status, answer.body, {"Connection": "close"})

    def _without_role(self) -> Provider:
        """Return the provider of a user who had the role, and has it no more."""
        user = f"u-{uuid4().hex[:12]}"
        api = f"/apis/{RBAC}/v1/namespaces/{self._namespace}"
        common = {"apiVersion": f"{RBAC}/v1", "metadata": {"name": user}}
        rules = [{"apiGroups": [VAULT["group"]], "resources": ["vaults"], "verbs": ["get"]}]
        self._server.apply(f"{api}/roles/{user}", {**common, "kind": "Role", "rules": rules})
        binding = {
            **common,
            "kind": "RoleBinding",
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": user},
            "subjects": [{"apiGroup": RBAC, "kind": "User", "name": user}],
        }
        self._server.apply(f"{api}/rolebindings/{user}", binding)
        wait_until(lambda: self._may_read(user), f"{user} may read")
        login = yaml.safe_load(self._server.kubeconfig_for(user).read_text())["users"][0]["user"]
        pair = {"crt": login["client-certificate-data"], "key": login["client-key-data"]}
        provider = self._open(self._server.url, PAIR, pair, encoded=True)
        self._server.request("DELETE", f"{api}/rolebindings/{user}")
        wait_until(lambda: not self._may_read(user), f"{user} may read no more")
        return provider

    def _may_read(self, user: str) -> bool:
        """Ask the API server, which hears of roles a little later than it takes them."""
        wanted = {
            "group": VAULT["group"],
            "resource": "vaults",
            "verb": "get",
            "namespace": self._namespace,
        }
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": user, "resourceAttributes": wanted},
        }
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        return bool(self._server.request("POST", path, body).json()["status"]["allowed"])

    def _path(self) -> str:
        group, version = VAULT["group"], VAULT["version"]
        return f"/apis/{group}/{version}/namespaces/{self._namespace}/vaults"

    def _open(
        self,
        url: str,
        auth: Mapping[str, Any],
        login: Mapping[str, str],
        *,
        encoded: bool = False,
    ) -> Provider:
        credentials = MemoryCredentials()
        credentials.add_secret("login", login, self._namespace)
        if encoded:
            body = {"kind": "Secret", "metadata": {}, "data": dict(login)}
            credentials.objects["Secret", self._namespace, "login"] = body
        ca = b64encode(self._server.ca.read_bytes()).decode()
        settings = {"server": {"url": url, "caBundle": ca}, "auth": auth, "resource": VAULT}
        store = make_store("crd", settings, namespace=self._namespace)
        return Cover(Crd.open(store, StoreAccess(store, self._namespace, credentials)))


def objects(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Yield an empty namespace."""
    server: KubernetesServer = request.getfixturevalue("second_kubernetes_server")
    install_vaults(server)
    yield CrdCase(server)
