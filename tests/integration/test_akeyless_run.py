"""A whole run against Akeyless: one call for several static secrets, as `plan` says beforehand."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.akeyless import settings
from tests.servers.akeyless import ACCESS_ID, ACCESS_KEY, AkeylessServer, Item, akeyless

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
GROUP = "external-secrets.io/v1"
KEYS = {
    "/a": ("user", "password", "port"),
    "/b": ("user", "password", "port"),
    "/c": ("user", "port"),
}


@pytest.fixture
def server() -> Iterator[AkeylessServer]:
    """A service with three secrets, the last of which has versions."""
    with akeyless() as made:
        for key in KEYS:
            text = json.dumps({"user": key, "password": "p", "port": 5432})
            made.items[key] = Item("static-secret", [text, text])
        yield made


def esync(command: str, folder: Path, server: AkeylessServer, *entries: dict[str, Any]) -> Any:
    """Run a command over a store and an ExternalSecret, and return what it prints."""
    where = {"namespace": "orders"}
    login = {"id": ACCESS_ID, "type": "api_key", "param": ACCESS_KEY}
    documents = [
        {"kind": "Secret", "metadata": {"name": "akeyless", **where}, "stringData": login},
        {
            "kind": "SecretStore",
            "metadata": {"name": "main", **where},
            "spec": {"provider": {"akeyless": settings(server.url)}},
        },
        {
            "kind": "ExternalSecret",
            "metadata": {"name": "db", **where},
            "spec": {"secretStoreRef": {"name": "main"}, "data": entries},
        },
    ]
    versions = {"Secret": "v1"}
    manifest = folder / "in.yaml"
    manifest.write_text(
        "\n---\n".join(
            json.dumps({"apiVersion": versions.get(str(one["kind"]), GROUP), **one})
            for one in documents
        )
    )
    words = [sys.executable, "-m", "esync", command, "--offline", "-o", "json", "-f", str(manifest)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ACCESS_KEY not in done.stdout + done.stderr
    return json.loads(done.stdout)


def entry(key: str, name: str, **more: str) -> dict[str, Any]:
    """Return an entry of ``data``."""
    secret_key = f"{key.strip('/')}-{name}{more.get('version', '')}"
    return {"secretKey": secret_key, "remoteRef": {"key": key, "property": name, **more}}


EIGHT = [entry(key, name) for key, names in KEYS.items() for name in names]


@pytest.mark.parametrize(
    ("more", "calls"), [([], 1), ([entry("/c", "user", version="1")], 2)], ids=["eight", "version"]
)
def test_a_run_asks_as_often_as_planned(
    server: AkeylessServer, tmp_path: Path, more: list[dict[str, Any]], calls: int
) -> None:
    """Eight keys of three secrets are one call, and a version is one of its own."""
    planned = esync("plan", tmp_path, server, *EIGHT, *more)
    assert not server.asked
    assert not server.sign_ins

    rendered = esync("render", tmp_path, server, *EIGHT, *more)

    asked = Counter(command for command, _ in server.asked)
    assert asked == {"get-secret-value": calls}
    assert [one["requests"] for one in planned["items"]] == [dict(asked)]
    assert len(rendered["items"][0]["data"]) == len(EIGHT) + len(more)
    assert len(server.sign_ins) == 1
