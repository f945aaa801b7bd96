"""The whole benchmark: many ExternalSecrets, a store with a set latency, a real API server.

Run it with ``python -m tests.bench.run``; ``--sizes 10,100`` narrows it. The store is canned
(:mod:`tests.bench.store`); the cluster is a real API server with etcd on this machine, so that its
work competes with esync's for the processors. Times are wall times of whole processes.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from tests.bench.manifests import Variant, distinct, documents, namespaces
from tests.bench.store import CannedStore, canned_store
from tests.servers.kubernetes import KubernetesServer, kubernetes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.servers.audit import AuditEvent

ROOT = Path(__file__).parents[2]
SIZES = (10, 100, 1_000, 10_000)
LATENCY = 0.02
CONCURRENCY = 16  # the default of esync
BATCH = 20
# The minimal client writes no more than this to find out its rate.
MOST_FLOOR_WRITES = 2_000
LEAST_FLOOR_WRITES = 200
MIB = 1024


@dataclass(frozen=True, slots=True)
class Took:
    """What one process took."""

    wall: float
    cpu: float
    memory: float
    store: dict[str, int] = field(default_factory=dict)
    api: dict[str, int] = field(default_factory=dict)

    @property
    def store_calls(self) -> int:
        """Calls to the store."""
        return sum(self.store.values())

    @property
    def api_calls(self) -> int:
        """Calls to the API server."""
        return sum(self.api.values())

    @property
    def writes(self) -> int:
        """Calls that write."""
        return sum(self.api.get(verb, 0) for verb in ("create", "update", "patch", "delete"))


@dataclass(frozen=True, slots=True)
class Result:
    """One size and variant: a render, a first run, and one with nothing to do."""

    size: int
    variant: Variant
    startup: float
    render_startup: float
    rate: float
    render: Took
    first: Took
    again: Took

    @property
    def floor(self) -> float:
        """Seconds that store and API server alone would take."""
        batches = math.ceil(distinct(self.size, self.variant) / BATCH)
        return batches * LATENCY / min(CONCURRENCY, batches) + self.size / self.rate

    @property
    def ratio(self) -> float:
        """The first run without start-up, as a multiple of the floor."""
        return (self.first.wall - self.startup) / self.floor

    @property
    def saved(self) -> float:
        """The part of the time for writing that a run with nothing to do saves.

        What a run takes without any writing is what ``render`` takes, which asks the store alone;
        start-up apart, which is longer with a cluster.
        """
        fetching = self.render.wall - self.render_startup
        writing = self.first.wall - self.startup - fetching
        return (self.first.wall - self.again.wall) / writing if writing > 0 else math.nan


class Bench:
    """The servers of a benchmark; use it as a context manager.

    Args:
        latency: seconds that the store waits before each answer.
        server: a cluster that runs already; without it, one is started.
    """

    def __init__(self, latency: float = LATENCY, server: KubernetesServer | None = None) -> None:
        self._latency = latency
        self._given = server
        self._stack = ExitStack()
        self._turn = 0
        self._store: CannedStore
        self._server: KubernetesServer
        self._folder: Path

    def __enter__(self) -> Self:
        self._folder = Path(self._stack.enter_context(TemporaryDirectory()))
        self._server = self._given or self._stack.enter_context(kubernetes(self._folder))
        self._store = self._stack.enter_context(canned_store(self._folder, self._latency))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def measure(self, size: int, variant: Variant) -> Result:
        """Run everything for one size and variant, in namespaces of its own."""
        self._turn += 1
        prefix = f"bench-{token_hex(3)}-{self._turn}"
        for namespace in [f"{prefix}-floor", f"{prefix}-one", *namespaces(size, prefix)]:
            self._server.create_namespace(namespace)
        manifest = self._folder / f"{prefix}.yaml"
        manifest.write_text("".join(documents(size, variant, prefix)))
        one = self._folder / f"{prefix}-one.yaml"
        one.write_text(
            "".join(documents(1, variant, prefix)).replace(f"{prefix}-0", f"{prefix}-one")
        )
        self.esync("apply", "-q", "-f", str(one))
        startup = self._startup("apply", one)
        render_startup = self._startup("render", one)
        rate = self._minimal_rate(size, f"{prefix}-floor")
        words = ("-q", "-f", str(manifest), "-O", str(self._folder / "out"))
        render = self.esync("render", *words)
        first = self.esync("apply", *words)
        again = self.esync("apply", *words)
        return Result(size, variant, startup, render_startup, rate, render, first, again)

    def _startup(self, command: str, one: Path) -> float:
        """Return what a command takes for one object that is up to date: the least of a few."""
        words = (command, "-q", "-f", str(one), "-O", str(self._folder / "out"))
        return min(self.esync(*words).wall for _ in range(3))

    def esync(self, *words: str) -> Took:
        """Run the program, and tell what it took and whom it asked."""
        self._store.counts()
        result = self._folder / "took"
        with self._server.audited() as events:
            subprocess.run(
                [
                    sys.executable,
                    "-S",
                    "-I",
                    str(ROOT / "tests/bench/measured.py"),
                    str(result),
                    str(Path(sys.executable).with_name("esync")),
                    *words,
                    "--kubeconfig",
                    str(self._server.kubeconfig),
                ],
                env={**os.environ, **self._store.environment()},
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        code, wall, cpu, memory = result.read_text().split()
        assert code == "0", f"esync {' '.join(words)} ended with {code}"
        api = Counter(verb(event) for event in events if event.resource)
        return Took(float(wall), float(cpu), float(memory) / MIB, self._store.counts(), dict(api))

    def _minimal_rate(self, size: int, namespace: str) -> float:
        number = min(max(size, LEAST_FLOOR_WRITES), MOST_FLOOR_WRITES)
        command = [sys.executable, "-m", "tests.bench.floor", "--server", self._server.url]
        command += ["--ca", str(self._server.ca), "--namespace", namespace, "--number", str(number)]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "TOKEN": self._server.token},
            capture_output=True,
            text=True,
            check=True,
        )
        return float(done.stdout)


def verb(event: AuditEvent) -> str:
    """Return what kind of call it was: a review is created, and writes nothing."""
    return "review" if event.resource.partition(".")[0].endswith("reviews") else event.verb


def header() -> str:
    """Return the head of the table."""
    return (
        f"{'objects':>7} {'variant':<8} {'run':<6} {'wall s':>7} {'cpu s':>7} {'MiB':>6} "
        f"{'store':>6} {'api/obj':>8} {'writes':>7} {'floor s':>8} {'x floor':>8}"
    )


def lines(result: Result) -> list[str]:
    """Return the rows of one result."""
    told = []
    runs = {"render": result.render, "first": result.first, "no-op": result.again}
    for name, took in runs.items():
        line = f"{result.size:>7} {result.variant.value:<8} {name:<6} {took.wall:7.2f}"
        line += f" {took.cpu:7.2f} {took.memory:6.0f} {took.store_calls:6}"
        line += f" {took.api_calls / result.size:8.3f} {took.writes:7}"
        told.append(line + (f" {result.floor:8.2f} {result.ratio:8.2f}" if name == "first" else ""))
    told.append(
        f"        start-up: apply {result.startup:.2f} s, render {result.render_startup:.2f} s; "
        f"minimal client {result.rate:.0f} writes/s; "
        f"no-op saves {result.saved:.0%} of the writing"
    )
    return told


def slopes(results: Sequence[Result]) -> list[str]:
    """Return how the time grows, as a ratio of large sizes to small ones."""
    told = []
    for variant in Variant:
        walls = {one.size: one.first.wall for one in results if one.variant is variant}
        if {100, 1_000, 10_000} <= walls.keys():
            small = (walls[1_000] - walls[100]) / 900
            large = (walls[10_000] - walls[1_000]) / 9_000
            told.append(f"slope, {variant.value}: {large / small:.2f} x")
    return told


def main() -> None:
    """Measure what was asked for, and print as it comes."""
    parser = argparse.ArgumentParser(description="Benchmark esync on servers of this machine.")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--variants", default=",".join(Variant))
    parser.add_argument("--rounds", type=int, default=1, help="the one of median ratio counts")
    chosen = parser.parse_args()
    results = []
    print(header(), flush=True)
    with Bench() as bench:
        for size in map(int, chosen.sizes.split(",")):
            for variant in map(Variant, chosen.variants.split(",")):
                rounds = [bench.measure(size, variant) for _ in range(chosen.rounds)]
                rounds.sort(key=lambda one: one.ratio)
                results.append(rounds[len(rounds) // 2])
                print("\n".join(lines(results[-1])))
                print(
                    f"        ratios: {', '.join(f'{one.ratio:.2f}' for one in rounds)}", flush=True
                )
    print("\n".join(slopes(results)))


if __name__ == "__main__":
    main()
