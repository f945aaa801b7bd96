"""The floors of the house, held by import-linter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_room_imports_its_neighbours() -> None:
    """The contracts in pyproject.toml hold."""
    program = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
