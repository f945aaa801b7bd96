"""ClusterExternalSecrets of the cluster on the command line: every command that looks at them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import jsonschema
import pytest
import yaml

from esync.cluster.connect import connect
from esync.cluster.contract import CLUSTER_EXTERNAL_SECRETS
from esync.cluster.options import ConnectOptions
from tests.behaviour.conftest import new_bench
from tests.behaviour.provisioned import Teams
from tests.environment import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "result.json").read_text())


@pytest.fixture
def teams(served_external_secrets: KubernetesServer, tmp_path: Path) -> Iterator[Teams]:
    """Return two namespaces of the real API server, with a ClusterExternalSecret."""
    cluster = connect(ConnectOptions(kubeconfig=str(served_external_secrets.kubeconfig)))
    made = Teams(new_bench(tmp_path, cluster))
    made.lay()
    yield made
    cluster.delete(CLUSTER_EXTERNAL_SECRETS, "", made.name, uid="", resource_version="")


@pytest.fixture
def esync(served_external_secrets: KubernetesServer, tmp_path: Path) -> Any:
    """Return the command line, run in a process of its own."""

    def run(*words: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "esync", *words],
            env=clean(HOME=str(tmp_path), KUBECONFIG=str(served_external_secrets.kubeconfig)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{words}\n{done.stdout}{done.stderr}"
        return done.stdout

    return run


def test_every_command_sees_them(teams: Teams, esync: Any) -> None:
    """In one namespace: what would be made, what is made, and how it stands."""
    here, name = teams.names[0], teams.name
    where = ("--from-cluster", "-n", here)
    (teams.bench.folder / "data.yaml").write_text("k: v\n")

    assert f"ExternalSecret {here}/{name}: create" in esync("diff", *where, code=1)
    assert "1 call" in esync("plan", *where)
    assert name in esync("status", *where, code=1)
    assert f"ExternalSecret {here}/{name}" in esync("explain", name, *where, code=1)
    assert json.loads(esync("validate", *where, "-o", "json"))["errors"] == []
    rendered = yaml.safe_load(esync("render", *where))
    assert (rendered["metadata"]["namespace"], rendered["metadata"]["name"]) == (here, name)
    assert "v" in esync("template", name, *where, "--data", str(teams.bench.folder / "data.yaml"))
    told = esync("apply", *where)
    assert told.splitlines() == [
        f"externalsecret/{name} created  (namespace {here}, from ClusterExternalSecret {name})",
        f"secret/{name} created  (namespace {here}, from ClusterExternalSecret {name})",
    ]
    assert esync("diff", *where) == ""
    esync("status", *where)
    esync("explain", name, *where)
    assert teams.external_secret(teams.names[1]) is None


def test_what_goes_is_shown_before(teams: Teams, esync: Any) -> None:
    """With the Secret that goes with it, in text and in JSON."""
    here, name = teams.names[0], teams.name
    where = ("--from-cluster", "-n", here)
    esync("apply", *where)
    teams.relabel(here)

    shown = esync("diff", *where, code=1)
    read = json.loads(esync("diff", *where, "-o", "json", code=1))

    assert f"ExternalSecret {here}/{name}: delete" in shown
    assert f"Secret {name} goes with it, by the garbage collector" in shown
    jsonschema.Draft202012Validator(SCHEMA).validate(read)
    [item] = [one for one in read["items"] if one["kind"] == "ExternalSecret"]
    assert (item["action"], item["differs"]) == ("delete", True)
    assert "goes with it" in item["notes"][0]
    assert f"externalsecret/{name} deleted" in esync("apply", *where)


def test_expand_delivers_secrets_alone(teams: Teams, esync: Any) -> None:
    """On the command line too; from files the flag has no meaning."""
    here, name = teams.names[0], teams.name

    told = esync("apply", "--from-cluster", "-n", here, "--expand")

    assert told.splitlines() == [
        f"secret/{name} created  (namespace {here}, from ClusterExternalSecret {name})"
    ]
    assert teams.external_secret(here) is None
    esync("apply", "-f", str(teams.bench.folder), "--expand", code=2)


def test_the_limit_counts_what_goes(teams: Teams, esync: Any) -> None:
    """The exit code is that of a refusal, and nothing is gone."""
    where = ("--from-cluster", "-n", teams.names[0])
    esync("apply", *where)
    teams.relabel(teams.names[0], other=uuid4().hex)

    esync("apply", *where, "--delete-limit", "0", code=3)

    assert teams.external_secret(teams.names[0]) is not None
