"""The rules of style that can be counted."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "esync").rglob("*.py"))
LONGEST_FUNCTION = 40
LONGEST_MODULE = 400


@cache
def tree(module: Path) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(module.read_text())


def name(module: Path) -> str:
    """Name a module in test ids."""
    return str(module.relative_to(ROOT))


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_functions_are_short(module: Path) -> None:
    """No function has more than 40 lines below its docstring."""
    long = []
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            size = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
            if size > LONGEST_FUNCTION:
                long.append(f"{node.name}: {size}")

    assert not long


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_modules_are_small(module: Path) -> None:
    """A module is split before it has 400 lines of code."""
    lines = [line for line in module.read_text().splitlines() if line.strip()]

    assert len([line for line in lines if not line.lstrip().startswith("#")]) <= LONGEST_MODULE


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_broad_excepts_stand_at_the_door_only(module: Path) -> None:
    """`except Exception` stands in the outermost function of the command line."""
    broad = [
        node.lineno
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"})
    ]

    assert not broad or name(module) == "esync/cli/app.py"


@pytest.mark.parametrize("command", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]])
def test_the_checkers_agree(command: list[str]) -> None:
    """Ruff (all rules) and mypy --strict have nothing to say."""
    program = Path(sys.executable).with_name(command[0])

    done = subprocess.run(
        [program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
