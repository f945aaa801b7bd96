"""How long esync takes to start, as multiples of a bare interpreter.

Run it with ``python -m tests.bench.startup``. Processes are run whole, interleaved: wall time is
what one waits, processor time is disturbed less by other work on the machine, and by the servers.
A kube-apiserver and a store that answers at once are started for those commands that need them;
``apply`` finds its one Secret as it should be.
"""

from __future__ import annotations

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.bench.manifests import Variant, documents, namespaces
from tests.bench.store import canned_store
from tests.servers.kubernetes import kubernetes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ROUNDS = 15
ESYNC = str(Path(sys.executable).with_name("esync"))
# Wall and processor time, in milliseconds.
Took = tuple[float, float]
BARE = "python -c pass"
QUICK_START = ("-q", "-f", str(ROOT / "docs/quickstart"))


@contextmanager
def cases() -> Iterator[dict[str, list[str]]]:
    """Give the command line of each case, while the servers that some need are running."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with kubernetes(folder) as cluster, canned_store(folder, 0) as store:
            os.environ.update(store.environment())
            for namespace in namespaces(1, "startup"):
                cluster.create_namespace(namespace)
            manifest = folder / "one.yaml"
            manifest.write_text("".join(documents(1, Variant.DISTINCT, "startup")))
            one = ("-q", "-f", str(manifest))
            apply = [ESYNC, "apply", *one, "--kubeconfig", str(cluster.kubeconfig)]
            subprocess.run(apply, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
            yield {
                BARE: [sys.executable, "-c", "pass"],
                "esync version": [ESYNC, "version"],
                "esync --help": [ESYNC, "--help"],
                "esync apply --help": [ESYNC, "apply", "--help"],
                "esync validate": [ESYNC, "validate", *QUICK_START],
                "esync render": [ESYNC, "render", *QUICK_START],
                "esync render, AWS": [ESYNC, "render", *one],
                "esync apply, AWS and cluster": apply,
            }


def main() -> None:
    """Print median milliseconds, ratio, and modules imported for each case."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    compileall.compile_dir(str(ROOT / "esync"), quiet=1)  # as an installer does
    with cases() as commands:
        times: dict[str, list[Took]] = {name: [] for name in commands}
        for turn in range(rounds + 1):
            for name, command in commands.items():
                took = _run(command)
                if turn:  # the first round warms the caches
                    times[name].append(took)
        print(f"{'case':<28} {'ms':>6} {'ratio':>6} {'cpu ms':>6} {'ratio':>6} {'modules':>8}")
        floor = _medians(times[BARE])
        for name, taken in times.items():
            wall, cpu = _medians(taken)
            numbers = f"{wall:6.1f} {wall / floor[0]:6.1f} {cpu:6.1f} {cpu / floor[1]:6.1f}"
            print(f"{name:<28} {numbers} {_modules(commands[name]):8}")


def _medians(taken: list[Took]) -> Took:
    return statistics.median(one[0] for one in taken), statistics.median(one[1] for one in taken)


def _run(command: list[str]) -> Took:
    with Path(os.devnull).open("rb+") as nothing:
        quiet = [(os.POSIX_SPAWN_DUP2, nothing.fileno(), end) for end in (1, 2)]
        start = time.perf_counter()
        process = os.posix_spawn(command[0], command, os.environ, file_actions=quiet)
        _, status, usage = os.wait4(process, 0)
        wall = time.perf_counter() - start
    assert status == 0, command
    return wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000


def _modules(command: list[str]) -> int:
    code = ["-X", "importtime", *command[1:]]
    if command[0] == ESYNC:
        code = ["-X", "importtime", "-m", "esync", *command[1:]]
    done = subprocess.run(
        [sys.executable, *code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return sum(1 for line in done.stderr.splitlines() if line.startswith("import time:")) - 1


if __name__ == "__main__":
    main()
