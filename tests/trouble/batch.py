"""Several scenes that one run covers: laid, brought in order by a first run, and changed."""

from __future__ import annotations

from contextlib import contextmanager
from secrets import token_hex
from typing import TYPE_CHECKING

from tests.trouble.program import Started, run
from tests.trouble.remote import remote
from tests.trouble.scene import Scene
from tests.trouble.state import differences, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.kubernetes import KubernetesServer
    from tests.trouble.program import Ended
    from tests.trouble.remote import Remote


class Batch:
    """Scenes on one server, with the label that chooses them."""

    def __init__(self, server: KubernetesServer, store: Remote, count: int) -> None:
        name = f"scenes-{token_hex(4)}"
        self.scenes = [Scene(server, store, f"{name}-{number}", name) for number in range(count)]
        self.arguments = ["--from-cluster", "-A", "-l", f"batch={name}", "--delete-limit", "100000"]
        self._server = server
        for scene in self.scenes:
            scene.lay()
        ended = self.run()
        assert ended.code == 0, ended.err
        for scene in self.scenes:
            scene.change()

    @property
    def namespaces(self) -> set[str]:
        """Where the scenes are."""
        return {scene.namespace for scene in self.scenes}

    def run(self) -> Ended:
        """Run over all scenes, with nobody in the way."""
        return run(self.arguments, self._server.kubeconfig)

    def start(self, kubeconfig: Path, *arguments: str) -> Started:
        """Start a run over all scenes."""
        return Started([*self.arguments, *arguments], kubeconfig)

    def wrong(self) -> list[str]:
        """Return in words where the state is another than it should be."""
        return [
            f"{scene.namespace}: {problem}"
            for scene in self.scenes
            for problem in differences(state_of(self._server, scene.namespace), scene.expected())
        ]


@contextmanager
def batch(server: KubernetesServer, count: int) -> Iterator[Batch]:
    """Lay ``count`` scenes, with a store outside of the cluster."""
    with remote() as store:
        yield Batch(server, store, count)
