"""Kill many runs, and tell between which kinds of write that fell and what the next run made of it.

Run it with ``python -m tests.bench.kills --count 500``. Every moment between two writes is hit, in
both ways: the server has got the last write, or has not got the next one. The other kills are at
random moments, one in four of a run with sixteen writers.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.servers.definitions import install_external_secrets
from tests.servers.kubernetes import kubernetes
from tests.servers.proxy import proxy
from tests.servers.watch import watching
from tests.trouble.batch import batch
from tests.trouble.grown import grown
from tests.trouble.kills import Killing, Kills
from tests.trouble.scene import breaches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.servers.kubernetes import KubernetesServer

# So many scenes are laid, and put right by one run, at a time.
AT_ONCE = 100
WIDE = 4


def main() -> None:
    """Kill, and print figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500, help="runs to kill (default: 500)")
    parser.add_argument("--around", type=int, default=60, help="and with a set and restarts")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    chosen = parser.parse_args()
    with TemporaryDirectory() as name, kubernetes(Path(name)) as server:
        install_external_secrets(server)
        chance = Random(chosen.seed)  # noqa: S311 - nothing is secret here
        parts: list[Part] = []
        while (left := chosen.count - sum(one.kills.total for one in parts)) > 0:
            parts.append(_secrets(server, Path(name), min(left, AT_ONCE), chance))
        if parts:
            _tell(parts)
        if chosen.around:
            _tell([_around(server, Path(name), chosen.around)])


@dataclass(frozen=True, slots=True)
class Part:
    """Some kills, how many objects were wrong after the next run, and states that none may have."""

    kills: Kills
    wrong: int
    broken: int


def _tell(parts: Sequence[Part]) -> None:
    """Print one histogram of all parts, and what came of it."""
    first, *others = parts
    for one in others:
        first.kills.add(one.kills)
    wrong, broken = sum(one.wrong for one in parts), sum(one.broken for one in parts)
    print(first.kills.table())
    print(f"objects that were wrong after the next run: {wrong}")
    print(f"states that no Secret should have had: {broken}\n", flush=True)


def _secrets(server: KubernetesServer, folder: Path, count: int, chance: Random) -> Part:
    """Kill runs that write Secrets and status."""
    with (
        watching(server) as watch,
        proxy(server, folder) as front,
        batch(server, count + 1) as scenes,
    ):
        killing = Killing(server, front, scenes.scenes)
        _at_gaps(killing)
        while killing.left:
            killing.at_random(chance, writers=1 if killing.left % WIDE else 16)
        scenes.run()
        broken = breaches(watch.caught_up(), scenes.namespaces)
    return Part(killing.kills, len(scenes.wrong()), len(broken))


def _around(server: KubernetesServer, folder: Path, count: int) -> Part:
    """Kill runs that prune, restart, and provision."""
    with proxy(server, folder) as front, grown(server, count + 1) as scenes:
        killing = Killing(server, front, scenes.scenes)
        _at_gaps(killing)
        scenes.run()
        return Part(killing.kills, len(scenes.wrong(scenes.scenes[-1])), 0)


def _at_gaps(killing: Killing) -> None:
    """Kill at every moment between two writes, in both ways, as long as there are scenes."""
    for gap, carried_out in product(range(len(killing.kills.gaps)), (False, True)):
        if killing.left:
            killing.at_gap(gap, carried_out=carried_out)


if __name__ == "__main__":
    main()
