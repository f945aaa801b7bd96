"""How long esync takes to start, as multiples of a bare interpreter.

Run it with ``python -m tests.bench.startup``. Times are wall times of whole processes, interleaved;
the median counts.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 15
ESYNC = str(Path(sys.executable).with_name("esync"))
CASES = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "esync version": [ESYNC, "version"],
    "esync --help": [ESYNC, "--help"],
    "esync validate": [ESYNC, "validate", "-q", "-f", "docs/quickstart"],
    "esync render": [ESYNC, "render", "-q", "-f", "docs/quickstart"],
}


def main() -> None:
    """Print median milliseconds, ratio, and modules imported for each case."""
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for turn in range(ROUNDS + 1):
        for name, command in CASES.items():
            took = _run(command)
            if turn:  # the first round warms the caches
                times[name].append(took)
    floor = statistics.median(times["python -c pass"])
    print(f"{'case':<16} {'ms':>7} {'ratio':>6} {'modules':>8}")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{name:<16} {median:7.1f} {median / floor:6.1f} {_modules(CASES[name]):8}")


def _run(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )
    return (time.perf_counter() - start) * 1000


def _modules(command: list[str]) -> int:
    code = ["-X", "importtime", *command[1:]]
    if command[0] == ESYNC:
        code = ["-X", "importtime", "-m", "esync", *command[1:]]
    done = subprocess.run(
        [sys.executable, *code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    return sum(1 for line in done.stderr.splitlines() if line.startswith("import time:")) - 1


if __name__ == "__main__":
    main()
