"""What users see: each folder of ``cases`` has a command line, its input, and what must appear."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import clean

CASES = sorted(path.parent for path in (Path(__file__).with_name("cases")).glob("*/cmd"))
CANARY = "canary-value"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_user_sees(case: Path, pytestconfig: pytest.Config) -> None:
    """`cmd` in the case's folder yields `expected`; --update-golden rewrites it for review."""
    done = subprocess.run(
        [sys.executable, "-m", "esync", *shlex.split((case / "cmd").read_text())],
        cwd=case,
        env=clean(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    seen = f"exit {done.returncode}\n--- stdout\n{done.stdout}--- stderr\n{done.stderr}"

    assert CANARY not in done.stderr
    if pytestconfig.getoption("--update-golden"):
        (case / "expected").write_text(seen)
    assert seen == (case / "expected").read_text()
