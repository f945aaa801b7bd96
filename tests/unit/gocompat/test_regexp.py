"""Regular expressions do what Go's do."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync.gocompat import regexp
from esync.gocompat.regexp import RegexpError

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = [
    json.loads(line)
    for name in ("regexp.jsonl", "found-regexp.jsonl")
    for line in (GOLDEN / name).read_text().splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_recorded_replacements(case: dict[str, Any]) -> None:
    """Every recorded replacement comes out as in Go, and every refusal with Go's words."""
    if not case["ok"]:
        with pytest.raises(RegexpError) as caught:
            regexp.compile(case["source"])
        assert str(caught.value) == case["error"]
        return
    pattern = regexp.compile(case["source"])
    replaced = regexp.replace_all(pattern, case["input"].encode(), case["target"].encode())
    assert replaced.decode() == case["output"]


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (r"\C", r"invalid escape sequence: `\C`"),
        (r"\p{Old_Italic}", r"invalid character class range: `\p{Old_Italic}`"),
        (b"a\xffb", "invalid UTF-8: `\udcffb`"),
        (b"(?P<\xff>a)", "invalid UTF-8: `\udcff`"),
        (b"[\xff]", "invalid UTF-8: `\udcff]`"),
        (r"x{1001}", "invalid repeat count: `{1001}`"),
        (r"(?:a{100}){11}", "invalid repeat count: `{11}`"),
        (r"\Q\E*", "missing argument to repetition operator: `*`"),
        (r"a(?i)*|*", "missing argument to repetition operator: `*`"),
        (r"x{2}{3}?", "invalid nested repetition operator: `{2}{3}?`"),
        (r"(?i-)", "invalid or unsupported Perl syntax: `(?i-)`"),
        (r"[[:foo:]]", "invalid character class range: `[:foo:]`"),
        ("[\\", "trailing backslash at end of expression: ``"),
        (r"\x{110000}", r"invalid escape sequence: `\x{110000`"),
        (r"\é", r"invalid escape sequence: `\é`"),
    ],
)
def test_refused(source: str | bytes, error: str) -> None:
    """What Go 1.26 refuses is refused with its words; RE2 alone would take some of it."""
    with pytest.raises(RegexpError) as caught:
        regexp.compile(source)
    assert str(caught.value) == f"error parsing regexp: {error}"


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        (r"\p{letter}+", "1äB_", "äB"),
        (r"\p{LC}+", "aǅ中", "aǅ"),
        (r"[\P{LC}]+", "a中1", "中1"),
        (r"[^\p{Any}]|b", "ab", "b"),
        (r"\p{ASCII}+", "éab", "ab"),
        (r"\p{Cn}", "a\u0378", "\u0378"),
        (r"\p{Assigned}", "\u0378a", "a"),
        (r"(?P<n>a)(?P<n>b)", "ab", "ab"),
        (r"a(?i)*", "aA", "a"),
        (r"a*\Q\E*b", "aab", "aab"),
        (r"(?i)\x{17F}", "S", "S"),
        (r"[^\x00-\x{10FFFF}]|b", "ab", "b"),
        (r"[\P{Any}]|b", "ab", "b"),
        (r"[^\P{Any}]", "\n", "\n"),
    ],
)
def test_accepted(source: str, text: str, found: str) -> None:
    """What Go 1.26 accepts means the same here; RE2 alone would refuse some of it."""
    pattern = regexp.compile(source)
    assert regexp.search(pattern, text.encode())
    assert regexp.find(pattern, text.encode()) == found.encode()


def test_no_match() -> None:
    """A search without a match finds nothing."""
    pattern = regexp.compile("^b")
    assert not regexp.search(pattern, b"ab")
    assert regexp.find(pattern, b"ab") is None
    assert regexp.find_all(pattern, b"ab") == []


def test_bytes_that_are_no_utf8() -> None:
    """Such a byte counts as one U+FFFD and is kept as it is where nothing replaces it."""
    assert regexp.replace_all(regexp.compile("."), b"a\xff\xc3\xa9", b"<$0>") == (
        b"<a><\xff><\xc3\xa9>"
    )
    assert regexp.find_all(regexp.compile("\\x{fffd}"), b"\xe2\x82a\xff") == [
        b"\xe2",
        b"\x82",
        b"\xff",
    ]


def test_no_match_inside_a_character() -> None:
    r"""``\B`` holds between characters, never between the bytes of one."""
    pattern = regexp.compile(r"\B")
    assert regexp.replace_all_literal(pattern, "é中".encode(), b"|") == "|é|中|".encode()


@pytest.mark.parametrize(
    ("source", "text", "limit", "pieces"),
    [
        (",", b"a,b,,c", -1, [b"a", b"b", b"", b"c"]),
        (",", b"a,b,c", 2, [b"a", b"b,c"]),
        (",", b"a,b,c", 0, []),
        ("a*", b"baac", -1, [b"b", b"c"]),
        (",", b"", -1, [b""]),
        ("", b"", -1, []),
        ("", b"abc", -1, [b"a", b"b", b"c"]),
        (",", b"a,", -1, [b"a", b""]),
        ("z+", b"pizza", 1, [b"pizza"]),
    ],
)
def test_split(source: str, text: bytes, limit: int, pieces: list[bytes]) -> None:
    """Pieces are those of Go's Split."""
    assert regexp.split(regexp.compile(source), text, limit) == pieces


def test_find_all_up_to_a_limit() -> None:
    """Empty matches count, but not right behind another match; a limit ends the search."""
    pattern = regexp.compile("a*")
    assert regexp.find_all(pattern, b"baac") == [b"", b"aa", b""]
    assert regexp.find_all(pattern, b"baac", 2) == [b"", b"aa"]


def test_references_by_name() -> None:
    """Of several groups with one name, the first that took part counts; others are empty."""
    pattern = regexp.compile("(?P<n>a)|(?P<n>b)")
    assert regexp.replace_all(pattern, b"ab", b"[$n$m$9$1234567890]") == b"[a][b]"


@given(st.binary())
def test_a_quotation_matches_itself(text: bytes) -> None:
    """A quoted text matches the text, unless it is no UTF-8, which Go does not compile."""
    try:
        pattern = regexp.compile(regexp.quote(text))
    except RegexpError:
        with pytest.raises(UnicodeDecodeError):
            text.decode()
    else:
        assert regexp.find(pattern, text) == text


@given(st.text(alphabet=r"ab()[]{}|*+?.^$\\-:<>PQEpLdwxi01,=!é" + "\n"))
def test_anything_compiles_or_is_refused(source: str) -> None:
    """No text makes the compiler fail in another way, and RE2 takes whatever passes."""
    with suppress(RegexpError):
        regexp.replace_all(regexp.compile(source), "aé1 \n".encode(), b"$1")


class Spent(Exception):
    """The budget is used up."""


class Budget:
    """Counts steps down, as templates do from ten million."""

    def __init__(self, left: int = 10_000_000) -> None:
        self.left = left

    def spend(self, steps: int) -> None:
        """Count."""
        self.left -= steps
        if self.left < 0:
            raise Spent


def test_ordinary_work_is_cheap() -> None:
    """Replacing every blank of a document of 20 KB takes a small part of the budget."""
    budget = Budget()
    pattern = regexp.compile(r"\s+", spend=budget.spend)
    text = b"word " * 4_000
    replaced = regexp.replace_all(pattern, text, b"-", spend=budget.spend)
    assert replaced == b"word-" * 4_000
    assert budget.left > 9_000_000


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a+b|a", b"a" * 100_000),
        ("(?:[ab]*a[ab]{900}c)|a", b"ab" * 200_000),
        ("", b"a" * 400_000),
    ],
)
def test_hostile_work_is_counted(source: str, text: bytes) -> None:
    """Work that grows with the square of the text, or with a huge program, uses the budget up."""
    budget = Budget(1_000_000)
    with pytest.raises(Spent):
        regexp.find_all(regexp.compile(source), text, spend=budget.spend)


def test_hostile_expressions_are_counted() -> None:
    """Expressions that are large cost what they take."""
    budget = Budget()
    for number in range(5):
        regexp.compile(rf"\pL{{250}}{number}", spend=budget.spend)
    with pytest.raises(Spent):
        regexp.compile(r"\pL{250}", spend=budget.spend)


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (r"(?:(?:\pL|\pN\pL|\pS){40}|a){25}", "expression too large"),
        ("(" * 1_001 + ")" * 1_001, "expression nests too deeply"),
    ],
)
def test_limits(source: str, error: str) -> None:
    """Size and depth of an expression are limited, as in Go."""
    with pytest.raises(RegexpError) as caught:
        regexp.compile(source)
    assert str(caught.value) == f"error parsing regexp: {error}: `{source}`"
