"""Compare esync with Go on random input: ``python -m tests.fuzz --count 20000``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.fuzz.judge import Judge
from tests.fuzz.templates import differences, golden_line, write_templates

FOUND = Path(__file__).parents[1] / "golden" / "found.jsonl"


def main() -> int:
    """Run, and report every difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep differences as golden lines")
    options = parser.parse_args()
    templates = write_templates(options.seed, options.count)
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        for difference in differences(Judge(Path(folder)), templates):
            found += 1
            sys.stdout.write(f"{difference.template!r}\n")
            sys.stdout.write(f"  Go:   {difference.go}\n  ours: {difference.ours}\n")
            if options.keep:
                with FOUND.open("a", encoding="ascii") as golden:
                    golden.write(golden_line(difference.template, difference.go))
    sys.stdout.write(f"{len(templates)} templates, {found} differences\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
