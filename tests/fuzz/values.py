"""Compare single values with Go: ``python -m tests.fuzz.values --count 20000``.

Regular expressions, durations and paths into JSON; ``--keep`` keeps differences as golden lines.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.fuzz.courts import differences, shown
from tests.fuzz.durations import Durations
from tests.fuzz.judge import Judge
from tests.fuzz.paths import Paths
from tests.fuzz.regexps import Regexps

if TYPE_CHECKING:
    from tests.fuzz.courts import Court, Difference

GOLDEN = Path(__file__).parents[1] / "golden"
COURTS: tuple[Court, ...] = (Regexps(), Durations(), Paths())


def main() -> int:
    """Run, and report every difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep differences as golden lines")
    options = parser.parse_args()
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(Path(folder))
        for court in COURTS:
            random = Random(options.seed)  # noqa: S311 - to be repeated, not to be secret
            questions = court.questions(random, options.count)
            found = list(differences(court, judge, questions))
            for difference in found:
                _report(court, difference, keep=options.keep)
            sys.stdout.write(f"{court.kind}: {len(questions)} cases, {len(found)} differences\n")
            total += len(found)
    return 1 if total else 0


def _report(court: Court, difference: Difference, *, keep: bool) -> None:
    sys.stdout.write(f"{court.kind} {shown(difference.question)}\n")
    sys.stdout.write(f"  Go:   {shown(difference.go)}\n  ours: {shown(difference.ours)}\n")
    if keep:
        line = court.golden(difference.question, difference.go)
        identity = hashlib.sha256(json.dumps(line).encode()).hexdigest()[:12]
        with (GOLDEN / f"found-{court.kind}.jsonl").open("a", encoding="ascii") as golden:
            golden.write(json.dumps({"id": f"found-{identity}", **line}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
