"""What users write for many stores is right, and nothing is said about it."""

from __future__ import annotations

from pathlib import Path

from tests.unit.lint.sources import checked

CORPUS = Path(__file__).with_name("corpus")
# They tell of esync, and of nothing that is wrong with a manifest.
NOT_BUILT = {"ES0017", "ES0310"}


def test_right_manifests_have_no_finding() -> None:
    """Stores of many providers, generators, templates, searches, keys that look odd."""
    texts = [path.read_text() for path in sorted(CORPUS.glob("*.yaml"))]

    found = checked("---\n".join(texts))

    assert [str(one.error) for one in (*found.errors, *found.warnings)] == []
    assert {one.error.rule for one in found.remarks} <= NOT_BUILT
