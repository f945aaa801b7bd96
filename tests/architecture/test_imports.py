"""What a command does not need, it does not import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    "azure",
    "bcrypt",
    "boto3",
    "botocore",
    "cryptography",
    "google.auth",
    "google.cloud",
    "grpc",
    "hvac",
    "jsonschema",
    "kubernetes",
    "requests",
    "spnego",
    "urllib3",
)
PROBE = """
import sys
from esync.__main__ import main
sys.argv[0] = "esync"
code = 0
try:
    main()
except SystemExit as end:
    code = end.code
heavy = sys.stderr.write(" ".join(name for name in {heavy!r} if name in sys.modules))
sys.exit(code)
"""


@pytest.mark.parametrize(
    "command",
    [
        ["--help"],
        ["version"],
        ["validate", "-q", "-f", "docs/quickstart"],
        ["render", "-q", "--offline", "-f", "docs/quickstart"],
        ["render", "-q", "-f", "docs/quickstart"],
    ],
    ids=" ".join,
)
def test_no_sdk_is_imported_for(command: list[str]) -> None:
    """Help, version, validate and render with the fake store load no SDK."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(heavy=HEAVY), *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin", "HOME": "/nonexistent"},
    )

    assert (done.returncode, done.stderr) == (0, "")
