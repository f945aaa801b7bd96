"""Values from a file stand in for what a store brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.load.values import BadValues, read_values

if TYPE_CHECKING:
    from pathlib import Path


def values(path: Path, text: str) -> dict[str, str]:
    """Return the values of a file with this text."""
    file = path / "values"
    file.write_text(text)
    return {key: value.reveal().decode() for key, value in read_values(file).items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1.50", "1.50"),
        ('{"a": 1.50}', "1.50"),
        ("a: 12345678901234567890123", "12345678901234567890123"),
        ("a: -1E+3", "-1E+3"),
        ("a: &n 1.0\nb: *n", "1.0"),
        ("a: [1.50, {b: 2.0, 1.50: null}]", '[1.50, {"b": 2.0, "1.5": null}]'),
        ("a: 0123", "83"),  # an octal number, which JSON does not have
        ("a: 0x10", "16"),
        ("a: '1.50'", "1.50"),
        ("a: true", "true"),
        ("a: null", ""),
        ("a: {b: é, c: [x, null]}", '{"b": "é", "c": ["x", null]}'),
    ],
)
def test_numbers_keep_their_spelling(tmp_path: Path, text: str, expected: str) -> None:
    """As when a key is extracted from what a store has."""
    assert values(tmp_path, text)["a"] == expected


@pytest.mark.parametrize("text", ["[a]", "a", "", "a: 1\n---\nb: 2"])
def test_a_file_of_values_is_one_mapping(tmp_path: Path, text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(BadValues):
        values(tmp_path, text)
