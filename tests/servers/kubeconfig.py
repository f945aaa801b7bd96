"""Kubeconfig files: one cluster, one user, one context, nothing outside the file."""

from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.servers.certificates import KeyPair


@dataclass(frozen=True, slots=True)
class Login:
    """How ``user`` signs in: with a bearer token, or with a client certificate."""

    user: str
    token: str = ""
    pair: KeyPair | None = None

    def fields(self) -> dict[str, str]:
        """Return the fields under ``user`` in a kubeconfig."""
        if self.pair is None:
            return {"token": self.token}
        return {
            "client-certificate-data": _encoded(self.pair.certificate),
            "client-key-data": _encoded(self.pair.key),
        }


def write_kubeconfig(path: Path, url: str, ca: Path, login: Login) -> Path:
    """Write to ``path`` how ``login`` reaches the API server at ``url``, and return ``path``."""
    cluster = {"server": url, "certificate-authority-data": _encoded(ca)}
    context = {"cluster": "test", "user": login.user, "namespace": "default"}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": login.user, "user": login.fields()}],
        "contexts": [{"name": "test", "context": context}],
        "current-context": "test",
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def _encoded(path: Path) -> str:
    return b64encode(path.read_bytes()).decode()
