"""An API server that says what a test wants, and kubeconfigs that lead to it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Script:
    """Answers requests one by one with ``answers``; the last one is repeated.

    Attributes:
        url: of the server.
        seen: what was asked, in order.
    """

    url: str = ""
    answers: list[Response] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        self.seen.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass(frozen=True)
class Kubeconfigs:
    """Writes kubeconfig files."""

    folder: Path

    def write(self, server: str, name: str = "config", **parts: Any) -> str:
        """Write a kubeconfig of one context ``test``, with user, cluster, context or current."""
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": parts.get("current", "test"),
            "contexts": [
                {
                    "name": "test",
                    "context": {"cluster": "c", "user": "u", **parts.get("context", {})},
                }
            ],
            "clusters": [{"name": "c", "cluster": {"server": server, **parts.get("cluster", {})}}],
            "users": [{"name": "u", "user": parts.get("user", {"token": "t0ken"})}],
        }
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(document))
        return str(path)


@pytest.fixture
def script() -> Iterator[Script]:
    """Return a server that answers what the test puts into ``answers``."""
    script = Script(answers=[Response(200, {})])
    with ExitStack() as stack:
        port = stack.enter_context(serving(script))
        script.url = f"http://127.0.0.1:{port}"
        yield script


@pytest.fixture
def kubeconfigs(tmp_path: Path) -> Kubeconfigs:
    """Return a writer of kubeconfig files."""
    return Kubeconfigs(tmp_path)
