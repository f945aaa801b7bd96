"""A bench on which a test lays manifests, a fake store and a cluster, and runs esync."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field, replace
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

import yaml

from esync import deliver, pipeline, resolve, shape
from esync.cli import wiring
from esync.cli.options import StoreFlags
from esync.cluster.contract import EXTERNAL_SECRETS, SECRETS, Cluster, Object
from esync.flow.kubernetes import SecretObject, secret_from_object
from esync.load import LoadRequest

if TYPE_CHECKING:
    from pathlib import Path

    from esync.flow.change import Done
    from esync.flow.outcome import Outcome

FOREIGN_MANAGER = "somebody-else"


@dataclass
class Workbench:
    """Manifests in a folder, and a namespace in a cluster.

    Attributes:
        folder: where manifests are laid.
        cluster: what is written to.
        namespace: a new, empty one.
        seconds: what the clock says, since 1970; chance differs with it.
        over_after: how many more things may be started; None for any number.
        flags: how stores are signed in to.
    """

    folder: Path
    cluster: Cluster
    namespace: str
    guards: deliver.Guards = field(default_factory=deliver.Guards)
    stores: dict[str, dict[str, str]] = field(default_factory=dict)
    options: resolve.Options = field(default_factory=resolve.Options)
    seconds: int = 1_700_000_000
    over_after: int | None = None
    flags: StoreFlags = field(default_factory=StoreFlags)

    def store(self, name: str, values: dict[str, str]) -> None:
        """Lay a fake store with value by key; a second call replaces it."""
        self.stores[name] = values
        items = [{"key": key, "value": value} for key, value in values.items() if value]
        self.document(
            f"store-{name}",
            {
                "apiVersion": "external-secrets.io/v1",
                "kind": "SecretStore",
                "metadata": {"name": name, "namespace": self.namespace},
                "spec": {"provider": {"fake": {"data": items}}},
            },
        )

    def external_secret(self, spec: str, name: str = "app", **metadata: Any) -> None:
        """Lay an ExternalSecret with this spec; a second call of that name replaces it."""
        body = yaml.safe_load(
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nspec:\n"
            + indent(dedent(spec), "  ")
        )
        body["metadata"] = {"name": name, "namespace": self.namespace, **metadata}
        self.document(f"es-{name}", body)

    def document(self, name: str, body: Any) -> None:
        """Lay any document."""
        (self.folder / f"{name}.yaml").write_text(json.dumps(body, indent=1))

    def remove(self, name: str) -> None:
        """Take a document away."""
        (self.folder / f"{name}.yaml").unlink()

    def render(self) -> Outcome:
        """Render everything, without the cluster."""
        return pipeline.render(self._request(), self._world(None))

    def plan(self) -> Outcome:
        """Count what a render would ask."""
        return pipeline.plan(self._request(), self._world(None))

    def rendered(self, name: str = "app") -> dict[str, str]:
        """Return the data of one rendered Secret; nothing may have failed."""
        outcome = self.render()
        assert [failure.error.message for failure in outcome.failures] == []
        return texts(
            next(
                one for one in outcome.secrets if isinstance(one, SecretObject) and one.name == name
            )
        )

    def failure(self, *, rule: str) -> str:
        """Return the message of the only failure of a render; nothing was built for it."""
        outcome = self.render()
        assert [one.error.rule for one in outcome.failures] == [rule]
        return outcome.failures[0].error.message

    def diff(self) -> Outcome:
        """Compare with the cluster."""
        return pipeline.diff(self._request(), self._world(self.cluster))

    def apply(self, **options: Any) -> Outcome:
        """Write to the cluster; ``options`` are those of the request."""
        request = replace(self._request(), **options)
        return pipeline.apply(request, self._world(self.cluster))

    def applied(self, name: str = "app") -> Done:
        """Apply, and return what became of one Secret; nothing may have failed."""
        outcome = self.apply()
        assert [failure.error.message for failure in outcome.failures] == []
        assert [done.error.message for done in outcome.done if done.error] == []
        return next(done for done in outcome.done if done.ref.name == name)

    def live(self, name: str = "app") -> SecretObject | None:
        """Return a Secret of the cluster."""
        body = self.cluster.get(SECRETS, self.namespace, name)
        return None if body is None else secret_from_object(body)

    def data(self, name: str = "app") -> dict[str, str]:
        """Return the data of a Secret that must be in the cluster."""
        live = self.live(name)
        assert live is not None
        return texts(live)

    def foreign(self, data: dict[str, str], name: str = "app", **rest: Any) -> Object:
        """Create a Secret in the cluster that somebody else made."""
        body = self._secret(data, name, **rest)
        return self.cluster.create(SECRETS, body, manager=FOREIGN_MANAGER)

    def edit(self, name: str = "app", **data: str) -> None:
        """Change keys of a live Secret as somebody else."""
        body = self.cluster.get(SECRETS, self.namespace, name)
        assert body is not None
        body["data"] = {**body.get("data", {}), **_encoded(data)}
        self.cluster.update(SECRETS, body, manager=FOREIGN_MANAGER)

    def delete(self, name: str = "app") -> None:
        """Delete a live Secret as somebody else."""
        self.cluster.delete(SECRETS, self.namespace, name, uid="", resource_version="")

    def in_cluster(self, name: str = "app") -> str:
        """Create the laid ExternalSecret in the cluster and return its uid."""
        body = yaml.safe_load((self.folder / f"es-{name}.yaml").read_text())
        made = self.cluster.create(EXTERNAL_SECRETS, body, manager=FOREIGN_MANAGER)
        return str(made["metadata"]["uid"])

    def _secret(self, data: dict[str, str], name: str, **rest: Any) -> Object:
        metadata = {"name": name, "namespace": self.namespace, **rest.pop("metadata", {})}
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, **rest}
        return {**body, "data": _encoded(data)}

    def _request(self) -> pipeline.Request:
        files = LoadRequest(files=(str(self.folder),), default_namespace=self.namespace)
        return pipeline.Request(
            files, self.options, guards=self.guards, concurrency=4, run_id="test"
        )

    def world(self) -> pipeline.World:
        """Return the world with the cluster in it."""
        return self._world(self.cluster)

    def _over(self) -> str:
        if self.over_after is None:
            return ""
        self.over_after -= 1
        return "the time is over" if self.over_after < 0 else ""

    def _random(self, count: int) -> bytes:
        return bytes([self.seconds % 41]) * count

    def _world(self, cluster: Cluster | None) -> pipeline.World:
        return pipeline.World(
            cluster=cluster,
            door_of=wiring.doors(self.flags, cluster),
            chance=shape.Chance(clock=lambda: self.seconds * 10**9, random=self._random),
            over=self._over,
        )


def texts(secret: SecretObject) -> dict[str, str]:
    """Return the data of a Secret as text."""
    return {key: value.reveal().decode() for key, value in sorted(secret.data.items())}


def _encoded(data: dict[str, str]) -> dict[str, str]:
    return {key: b64encode(value.encode()).decode() for key, value in data.items()}
