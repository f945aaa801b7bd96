"""Every error has a rule id of its own, and every rule a section in the reference."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def rules() -> dict[str, list[str]]:
    """Return the classes that set each rule id, read from the source."""
    found: dict[str, list[str]] = {}
    for module in sorted((ROOT / "esync").rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.ClassDef):
                for rule in _own_rule(node):
                    found.setdefault(rule, []).append(node.name)
    return found


def _own_rule(node: ast.ClassDef) -> list[str]:
    found = []
    for statement in node.body:
        target: ast.expr | None = None
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        else:
            continue
        value = statement.value
        is_rule = isinstance(target, ast.Name) and target.id == "rule"
        # An empty one is a field of a value, and no error's.
        if is_rule and isinstance(value, ast.Constant) and value.value:
            found.append(str(value.value))
    return found


def test_rule_ids_are_unique_and_well_formed() -> None:
    """One class, one id, of the form ES and four digits."""
    assert {rule: names for rule, names in rules().items() if len(names) > 1} == {}
    assert [rule for rule in rules() if not re.fullmatch(r"ES\d{4}", rule)] == []


def test_every_rule_has_a_section_and_every_section_a_rule() -> None:
    """docs/reference/rules.md is complete."""
    page = (ROOT / "docs/reference/rules.md").read_text()

    assert sorted(re.findall(r"^## (ES\d{4})\b", page, re.MULTILINE)) == sorted(rules())
