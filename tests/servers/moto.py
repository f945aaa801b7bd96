"""moto: AWS as far as Secrets Manager, Parameter Store, STS and their like go."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.http import answers, request
from tests.servers.process import free_port, running


@dataclass(frozen=True, slots=True)
class MotoServer:
    """A running moto that takes any credentials. Its state is shared by all who talk to ``url``."""

    url: str
    region: str = "eu-central-1"

    def reset(self) -> None:
        """Forget everything that was stored."""
        answer = request("POST", f"{self.url}/moto-api/reset")
        assert answer.status == 200, answer

    def environment(self) -> dict[str, str]:
        """Return what makes every AWS SDK talk to this server, and ask nobody for credentials."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }


@contextmanager
def moto(folder: Path) -> Iterator[MotoServer]:
    """Run a moto of its own, with its log in ``folder``."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    ready = f"{url}/moto-api/data.json"
    with running(command, log=folder / "moto.log", ready=lambda: answers(ready)):
        yield MotoServer(url)
