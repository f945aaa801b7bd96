"""A namespace with all that grows around Secrets: a set that is pruned, consumers, provisioning.

An earlier run left it in order. Since then values were rotated, two ExternalSecrets were taken
away, a ClusterExternalSecret asks for a new one, and a target of another kind came into the set.
What must be there after one more run is what a run makes that nobody disturbs.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import SECRETS
from esync.flow.applyset import ApplySet
from esync.gocompat.digest import created_by
from tests.trouble.program import Started
from tests.trouble.remote import Remote, remote
from tests.trouble.state import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.servers.kubernetes import KubernetesServer

OLD: Final = {"user": "u-old", "password": "p-old"}
NEW: Final = {"user": "u-new", "password": "p-new"}
SET: Final = "the-set"
LEAVING: Final = ("leaves", "leaves-too")
CONSUMERS: Final = ("web", "worker")
STORE: Final = {"name": "store"}
DATA: Final = [{"secretKey": key, "remoteRef": {"key": key}} for key in OLD]
CONFIG_MAP: Final = {"manifest": {"apiVersion": "v1", "kind": "ConfigMap"}}
FLEET: Final = "fleet"
_AT_ONCE: Final = 2
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_DROPPED: Final = ("uid", "resourceVersion", "creationTimestamp", "selfLink")
_READ: Final = (
    "/api/v1/namespaces/{}/secrets",
    "/api/v1/namespaces/{}/configmaps",
    "/apis/apps/v1/namespaces/{}/deployments",
    GROUP + "/namespaces/{}/externalsecrets",
)


class Grown:
    """One namespace, with a store of its own, a set of its own, and a ClusterExternalSecret."""

    pruned = frozenset(LEAVING)

    def __init__(self, server: KubernetesServer, store: Remote, namespace: str) -> None:
        self.namespace = namespace
        self._server = server
        self._store = store

    @property
    def arguments(self) -> list[str]:
        """What a run over this scene is called with."""
        chosen = ["--from-cluster", "-n", self.namespace, "--allow-generic-targets"]
        return [*chosen, "--applyset", SET, "--prune", "--restart", "consumers"]

    def lay(self) -> None:
        """Make what is there before the first run."""
        self._server.create_namespace(self.namespace)
        self._store.rooms[self.namespace] = OLD
        self._put("SecretStore", "store", {"provider": self._store.provider(self.namespace)})
        for name in ("stays", *LEAVING):
            self._external_secret(name)
        for name in CONSUMERS:
            path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{name}"
            self._server.apply(path, _deployment(name))

    def change(self) -> None:
        """Change the world since that run."""
        self._store.rooms[self.namespace] = NEW
        self._external_secret("stays", annotations={"turn": "2"})
        self._external_secret("settings", target=CONFIG_MAP)
        for name in LEAVING:
            self._request("DELETE", f"{GROUP}/namespaces/{self.namespace}/externalsecrets/{name}")
        asked = {"secretStoreRef": STORE, "data": DATA}
        spec = {
            "namespaces": [self.namespace],
            "externalSecretName": FLEET,
            "externalSecretSpec": asked,
        }
        path = f"{GROUP}/clusterexternalsecrets/{self.namespace}"
        self._server.apply(path, _body("ClusterExternalSecret", self.namespace, spec))

    def leave(self) -> None:
        """Take away what is not in the namespace."""
        self._request("DELETE", f"{GROUP}/clusterexternalsecrets/{self.namespace}")

    def data(self) -> dict[str, dict[str, str]]:
        """Return the data of every Secret and ConfigMap, as the API spells them."""
        return {
            f"{one['kind']} {one['metadata']['name']}": one.get("data") or {}
            for one in self.state()
            if one["kind"] in {"Secret", "ConfigMap"}
        }

    def state(self) -> list[dict[str, Any]]:
        """Return all that is there, without what differs from run to run and place to place."""
        found: list[dict[str, Any]] = []
        for path in _READ:
            listed = self._request("GET", path.format(self.namespace)).json()
            kind = listed["kind"].removesuffix("List")
            found += [{"kind": kind, **one} for one in listed["items"]]
        names = {one["metadata"]["uid"]: one["metadata"]["name"] for one in found}
        text = json.dumps([_plain(one) for one in found], sort_keys=True)
        for old, new in {**names, **self._own_words()}.items():
            text = text.replace(old, new)
        plain: list[dict[str, Any]] = json.loads(_TIME.sub("TIME", text))
        return plain

    def _own_words(self) -> dict[str, str]:
        makers = ("stays", "settings", FLEET, *LEAVING)
        made = {created_by(self.namespace, name): f"made by {name}" for name in makers}
        cluster_wide = self._request("GET", f"{GROUP}/clusterexternalsecrets/{self.namespace}")
        uid = cluster_wide.json().get("metadata", {}).get("uid", "none")
        the_set = ApplySet(SECRETS, self.namespace, SET).id
        return {**made, uid: "its uid", the_set: "its id", self.namespace: "here"}

    def _external_secret(
        self,
        name: str,
        target: Mapping[str, Any] | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        spec = {"secretStoreRef": STORE, "data": DATA, "target": target or {}}
        self._put("ExternalSecret", name, spec, annotations or {})

    def _put(
        self,
        kind: str,
        name: str,
        spec: Mapping[str, Any],
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        path = f"{GROUP}/namespaces/{self.namespace}/{kind.lower()}s/{name}"
        self._server.apply(path, _body(kind, name, spec, annotations))

    def _request(self, method: str, path: str) -> Any:
        return self._server.request(method, path)


class GrownBatch:
    """Such scenes on one server."""

    def __init__(self, server: KubernetesServer, store: Remote, count: int) -> None:
        name = f"grown-{token_hex(4)}"
        self.scenes = [Grown(server, store, f"{name}-{number}") for number in range(count)]
        self._kubeconfig = server.kubeconfig
        for scene in self.scenes:
            scene.lay()
        self.run()
        for scene in self.scenes:
            scene.change()

    @property
    def namespaces(self) -> set[str]:
        """Where the scenes are."""
        return {scene.namespace for scene in self.scenes}

    def run(self, most: int | None = None) -> None:
        """Run once over each scene, with nobody in the way; all of them must succeed."""
        scenes = self.scenes[:most]
        for first in range(0, len(scenes), _AT_ONCE):
            some = scenes[first : first + _AT_ONCE]
            for ended in [
                one.ended() for one in [_started(scene, self._kubeconfig) for scene in some]
            ]:
                assert ended.code == 0, ended.err

    def wrong(self, reference: Grown) -> list[str]:
        """Return in words where the state is another than that of ``reference``."""
        expected = reference.state()
        return [
            f"{scene.namespace}: {have} is not {want}"
            for scene in self.scenes
            for have, want in _pairs(scene.state(), expected)
            if have != want
        ]


@contextmanager
def grown(server: KubernetesServer, count: int) -> Iterator[GrownBatch]:
    """Lay ``count`` scenes, with a store outside of the cluster; leave nothing cluster-wide."""
    with remote() as store:
        made = GrownBatch(server, store, count)
        try:
            yield made
        finally:
            for scene in made.scenes:
                scene.leave()


def _started(scene: Grown, kubeconfig: Path) -> Started:
    return Started(scene.arguments, kubeconfig)


def _pairs(have: list[Any], want: list[Any]) -> Iterator[tuple[Any, Any]]:
    def named(found: list[Any]) -> dict[str, Any]:
        return {f"{one['kind']} {one['metadata']['name']}": one for one in found}

    first, second = named(have), named(want)
    for name in sorted(first.keys() | second.keys()):
        yield first.get(name, f"no {name}"), second.get(name, f"no {name}")


def _body(
    kind: str, name: str, spec: Mapping[str, Any], annotations: Mapping[str, str] | None = None
) -> dict[str, Any]:
    metadata = {"name": name, "annotations": annotations or {}}
    version = "external-secrets.io/v1"
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


def _deployment(name: str) -> dict[str, Any]:
    container = {"name": "main", "image": "none", "envFrom": [{"secretRef": {"name": "stays"}}]}
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in body["metadata"].items() if key not in _DROPPED}
    fields = [
        {key: entry[key] for key in ("manager", "operation", "fieldsV1")}
        for entry in metadata.get("managedFields") or ()
    ]
    metadata["managedFields"] = sorted(fields, key=str)
    return {**body, "metadata": metadata}
