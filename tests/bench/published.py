"""How many calls the published example makes, to the API server and to the store.

Run it with ``python -m tests.bench.published``; it starts a kube-apiserver and moto of its own.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from tests.bench.run import verb
from tests.integration.test_published_examples import FOLDER, World, prepare
from tests.servers.kubernetes import kubernetes
from tests.servers.moto import moto


def main() -> None:
    """Print calls by verb and resource for a first run and one without changes."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("kubernetes", "moto"):
            (Path(folder) / name).mkdir()
        with (
            kubernetes(Path(folder) / "kubernetes") as cluster,
            moto(Path(folder) / "moto") as store,
        ):
            world = World(cluster, store)
            prepare(world)
            world.write({"username": "orders", "password": "x"})
            for run in ("first run", "second run"):
                _print(run, world)


def _print(run: str, world: World) -> None:
    with world.kubernetes.audited() as events:
        done = world.esync("apply", "-v", "-f", str(FOLDER / "namespaced.yaml"))
    calls = Counter(
        f"{verb(event)} {event.resource}{'/' + event.subresource if event.subresource else ''}"
        for event in events
        if event.agent.startswith(("esync", "OpenAPI", "Swagger")) or event.namespace == "orders"
    )
    print(f"{run} (exit {done.returncode})")
    for name, number in sorted(calls.items()):
        print(f"  API server: {number} {name}")
    for line in done.stderr.splitlines():
        if line.startswith("calls to "):
            print(f"  {line}")


if __name__ == "__main__":
    main()
