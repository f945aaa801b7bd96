"""The page of rules is right: every bad example breaks its rule, and every good one none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from esync.lint import RULES, Finding
from esync.lint.ignores import IgnoredInVain, IgnoredWithoutReason
from esync.manifests.published import PublishedField
from tests.unit.lint.sources import rules

PAGE = (Path(__file__).parents[3] / "docs/reference/rules.md").read_text()
SECTIONS = {
    section[:6]: section for section in re.split(r"^## (?=ES\d{4} )", PAGE, flags=re.MULTILINE)[1:]
}
OF_LINT = [rule for rule in SECTIONS if "ES0700" <= rule < "ES0800"]
FINDINGS: tuple[type[Finding], ...] = (
    *(rule.finding for rule in RULES),
    IgnoredWithoutReason,
    IgnoredInVain,
)
# They tell of esync, and of nothing that is wrong with a manifest.
NOT_BUILT = {"ES0017", "ES0310"}


def example(rule: str, word: str) -> str:
    """Return the example of a section, together with the store that the page shows."""
    preface = PAGE.split("## How the examples are read", 1)[1]
    store = re.search(r"```yaml\n(.*?)```", preface, re.DOTALL)
    found = re.findall(rf"^{word}:\n\n```yaml\n(.*?)```$", SECTIONS[rule], re.DOTALL | re.MULTILINE)
    assert store is not None
    assert len(found) == 1
    return f"{store[1]}---\n{found[0]}"


@pytest.mark.parametrize("rule", OF_LINT)
def test_the_bad_example_breaks_its_rule_and_no_other(rule: str) -> None:
    """Whoever reads the page can try it."""
    assert set(rules(example(rule, "Bad"))) - NOT_BUILT == {rule}


@pytest.mark.parametrize("rule", OF_LINT)
def test_the_good_example_breaks_no_rule(rule: str) -> None:
    """What the page recommends is right in every respect."""
    assert set(rules(example(rule, "Good"))) - NOT_BUILT == set()


def test_every_rule_has_a_section_that_says_its_title_and_severity() -> None:
    """Heading and first line of a section are those of the table."""
    for finding in FINDINGS:
        heading, _, body = SECTIONS[finding.rule].partition("\n\n")
        more = "; error with `--closed`" if finding.is_reference else ""

        assert heading == f"{finding.rule} {finding.title}"
        assert body.startswith(f"Severity: {finding.severity}{more}.\n")


def test_every_section_of_lint_has_a_rule() -> None:
    """The table has all of them, once, in the order of their ids."""
    told = [finding.rule for finding in FINDINGS]

    assert sorted([*told, PublishedField.rule]) == OF_LINT
    assert told == sorted(told)
