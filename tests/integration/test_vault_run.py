"""A whole run against Vault: as few calls as there are secrets, one login, and its end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.vault import secret, token, vault_stub

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
KEYS = {"a": ("user", "password", "port"), "b": ("user", "password", "port"), "c": ("user", "port")}


def documents(server: str) -> str:
    """Return a store, what it signs in with, and an ExternalSecret with eight keys."""
    entries = [
        {"secretKey": f"{key}-{name}", "remoteRef": {"key": key, "property": name}}
        for key, names in KEYS.items()
        for name in names
    ]
    role = {"roleId": "r", "secretRef": {"name": "vault", "key": "id"}}
    group, where = "external-secrets.io/v1", {"namespace": "orders"}
    vault = {"server": server, "path": "kv", "auth": {"appRole": role}}
    store = {"name": "main", "kind": "SecretStore"}
    listed = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "vault", **where},
            "stringData": {"id": "secret-id"},
        },
        {
            "apiVersion": group,
            "kind": "SecretStore",
            "metadata": {"name": "main", **where},
            "spec": {"provider": {"vault": vault}},
        },
        {
            "apiVersion": group,
            "kind": "ExternalSecret",
            "metadata": {"name": "db", **where},
            "spec": {"secretStoreRef": store, "target": {"name": "db"}, "data": entries},
        },
    ]
    return "\n---\n".join(map(json.dumps, listed))


def test_eight_keys_of_three_secrets_are_three_calls(tmp_path: Path) -> None:
    """Between one login and its end; the result has all of them."""
    with vault_stub() as stub:
        stub.tell("auth/approle/login", token())
        for key in KEYS:
            data = {"user": key, "password": "p", "port": 5432}
            stub.tell(f"kv/data/{key}", secret(data))
        manifest = tmp_path / "in.yaml"
        manifest.write_text(documents(stub.url))
        command = [sys.executable, "-m", "esync", "render", "--offline", "-o", "json"]

        done = subprocess.run(
            [*command, "-f", manifest], cwd=ROOT, capture_output=True, text=True, check=False
        )

    assert done.returncode == 0, done.stderr
    assert stub.asked()[0] == "PUT auth/approle/login"
    assert sorted(stub.asked()[1:-1]) == [f"GET kv/data/{key}" for key in KEYS]
    assert stub.asked()[-1] == "PUT auth/token/revoke-self"
    assert '"c-port": "NTQzMg=="' in done.stdout
    assert "s.0wn" not in done.stdout + done.stderr
