"""OpenBao in development mode: the Vault API, in memory and unsealed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from tests.servers.binaries import bao
from tests.servers.certificates import Authority
from tests.servers.http import Answer, answers, request
from tests.servers.process import free_port, running, wait_until


@dataclass(frozen=True, slots=True)
class OpenBaoServer:
    """A running OpenBao, the same at ``url`` (HTTP) and ``tls_url`` (HTTPS, signed for by ``ca``).

    ``token`` may do everything. ``authority`` signs client certificates for the `cert` login.
    """

    url: str
    tls_url: str
    ca: Path
    token: str
    authority: Authority

    def request(self, method: str, path: str, body: object = None) -> Answer:
        """Send a request as root to ``/v1/<path>``."""
        encoded = None if body is None else json.dumps(body).encode()
        return request(
            method, f"{self.url}/v1/{path}", headers={"X-Vault-Token": self.token}, body=encoded
        )

    def mount_kv(self, version: int = 2) -> str:
        """Mount an empty key-value engine under a new path, and return the path."""
        path = f"kv-{token_hex(4)}"
        answer = self.request(
            "POST", f"sys/mounts/{path}", {"type": "kv", "options": {"version": str(version)}}
        )
        assert answer.status == 204, answer
        if version > 1:
            self.await_versions(path)
        return path

    def await_versions(self, path: str) -> None:
        """Wait for a new KV v2 engine, which for a moment is busy with becoming that."""
        wait_until(
            lambda: self.request("GET", f"{path}/config").status == 200, f"{path} has versions"
        )


@contextmanager
def openbao(folder: Path) -> Iterator[OpenBaoServer]:
    """Run an OpenBao of its own, with its files in ``folder``."""
    program = bao()
    authority = Authority(folder)
    port, tls_port = free_port(), free_port()
    token = token_hex(16)
    command: list[str | Path] = [
        program,
        "server",
        "-dev",
        "-dev-no-store-token",
        f"-dev-root-token-id={token}",
        f"-dev-listen-address=127.0.0.1:{port}",
        f"-config={_write_config(folder, authority, tls_port)}",
    ]
    url = f"http://127.0.0.1:{port}"
    ready = f"{url}/v1/sys/health"
    with running(command, log=folder / "openbao.log", ready=lambda: answers(ready)):
        tls_url = f"https://127.0.0.1:{tls_port}"
        yield OpenBaoServer(url, tls_url, authority.certificate, token, authority)


def _write_config(folder: Path, authority: Authority, port: int) -> Path:
    """Describe the listener with TLS; the one without is a flag."""
    pair = authority.issue("openbao")
    listener = {
        "address": f"127.0.0.1:{port}",
        "tls_cert_file": str(pair.certificate),
        "tls_key_file": str(pair.key),
    }
    path = folder / "openbao.json"
    path.write_text(json.dumps({"listener": [{"tcp": listener}]}))
    return path
