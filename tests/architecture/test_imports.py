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
print(*sorted(sys.modules), sep="\\n", file=sys.stderr)
sys.exit(code)
"""
HELP = ["--help"]
FLAGS = ["apply", "--help"]
VALIDATE = ["validate", "-q", "-f", "docs/quickstart"]
RENDER = ["render", "-q", "-f", "docs/quickstart"]
# What a command does without; each of these takes milliseconds, or brings what does.
UNNEEDED = {
    "help": (HELP, ("yaml", "esync.cli.options", "esync.errors", "esync.pipeline", "esync.report")),
    "flags": (FLAGS, ("yaml", "esync.cli.wiring", "esync.errors", "esync.pipeline")),
    "validate": (
        VALIDATE,
        (
            "decimal",
            "rich",
            "ssl",
            "esync.cluster.client",
            "esync.cluster.plain",
            "esync.deploy",
            "esync.explain",
            "esync.gocompat.regexp",
            "esync.gotemplate",
            "esync.payload.modifiers",
            "esync.rollouts.restart",
            "importlib.resources",
        ),
    ),
    "render": (
        RENDER,
        (
            "decimal",
            "http.client",
            "random",
            "rich",
            "ssl",
            "tempfile",
            "esync.cluster.client",
            "esync.cluster.permissions",
            "esync.cluster.plain",
            "esync.deploy",
            "esync.explain",
            "esync.gocompat.fmt",
            "esync.gocompat.regexp",
            "esync.gocompat.yaml",
            "esync.gotemplate",
            "esync.handover",
            "esync.lint",
            "esync.load.kustomize",
            "esync.payload.jsonpath",
            "esync.payload.modifiers",
            "esync.payload.pretty",
            "esync.providers.aws",
            "esync.rollouts.restart",
            "esync.shape.rewrite",
            "esync.shape.templates",
            "esync.status",
        ),
    ),
}
# How many modules of ours a command may import; whoever raises one says what for.
MOST = {"help": 5, "flags": 15, "validate": 265, "render": 205}


def _modules(command: list[str]) -> set[str]:
    """Run a command, and return the modules that were imported at its end."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin", "HOME": "/nonexistent"},
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


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
    assert _modules(command) & set(HEAVY) == set()


@pytest.mark.parametrize("case", UNNEEDED)
def test_a_command_imports_what_it_needs(case: str) -> None:
    """Start-up is imports for the most part: these modules wait for those who use them."""
    command, unneeded = UNNEEDED[case]

    found = _modules(command)

    assert found & set(unneeded) == set()
    assert len({one for one in found if one.startswith("esync.")}) <= MOST[case]
