"""Documents, lines and limits of YAML streams."""

from __future__ import annotations

import pytest

from esync.load.errors import BadYaml, LoadError, TooBig
from esync.load.yaml import MAX_DEPTH, Parsed, parse_stream


def parse(text: str) -> list[Parsed | LoadError]:
    """Return all documents and errors."""
    return list(parse_stream(text.encode(), "a.yaml"))


def only_error(text: str) -> LoadError:
    """Return the one error that ``text`` has."""
    found = [one for one in parse(text) if isinstance(one, LoadError)]
    assert len(found) == 1
    return found[0]


def test_every_document_knows_its_line() -> None:
    """The line is that of the first key, comments and separators are none."""
    found = parse("# head\n---\n# comment\na: 1\n---\n\nb: 2\n---\n---\nc: 3\n")

    assert [(one.value, one.line) for one in found if isinstance(one, Parsed)] == [
        ({"a": 1}, 4),
        ({"b": 2}, 7),
        ({"c": 3}, 10),
    ]


def test_lines_are_kept_by_path() -> None:
    """Members stand where their key is, items where they begin."""
    found = parse(
        "---\na:\n  b:\n    - x\n    - c: 1\n      d: |\n        long\n        text\n  e: 2\n"
    )

    assert isinstance(found[0], Parsed)
    assert found[0].lines == {
        ("a",): 2,
        ("a", "b"): 3,
        ("a", "b", 0): 4,
        ("a", "b", 1): 5,
        ("a", "b", 1, "c"): 5,
        ("a", "b", 1, "d"): 6,
        ("a", "e"): 9,
    }


def test_what_a_merge_brings_stands_where_the_merge_is() -> None:
    """The anchor may be far away; the user looks at the object first."""
    found = parse("a: &a {k: 1}\nb:\n  <<: *a\n")

    assert isinstance(found[0], Parsed)
    assert found[0].lines["b", "k"] == 3


def test_one_bad_document_leaves_the_others_readable() -> None:
    """The error has the line within the whole file."""
    found = parse("a: 1\n---\nb: c: d\n---\ne: 2\n")

    assert isinstance(found[1], BadYaml)
    assert str(found[1].at) == "a.yaml:3"
    assert [one.value for one in found if isinstance(one, Parsed)] == [{"a": 1}, {"e": 2}]


def test_half_a_document_is_none() -> None:
    """What stands before an error in the same document is not used."""
    found = parse("a: 1\n]\nb: 2\n---\nc: 3\n")

    assert [type(one) for one in found] == [BadYaml, Parsed]
    assert str(found[0].at if isinstance(found[0], LoadError) else "") == "a.yaml:2"


def test_directives_belong_to_the_document_that_follows() -> None:
    """They are no document of their own."""
    found = parse("%YAML 1.1\n# c\n---\na: 1\n")

    assert [(one.value, one.line) for one in found if isinstance(one, Parsed)] == [({"a": 1}, 4)]


def test_separators_inside_of_texts_are_text() -> None:
    """Only a line that begins with --- and a blank separates."""
    found = parse("a: |\n  ---\n  b\nc: x---y\n---d: 1\n")

    assert [one.value for one in found if isinstance(one, Parsed)] == [
        {"a": "---\nb\n", "c": "x---y", "---d": 1}
    ]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\na: 2\n", 2, "a key stands twice in one mapping, first on line 1"),
        ("a:\n  - {b: 1,\n     b: 2}\n", 3, "a key stands twice in one mapping, first on line 2"),
        ("a: *b\n", 1, "an alias names an anchor that is not defined before"),
        ("a: &b\n  - *b\n", 2, "an alias names an anchor that contains itself"),
        ("a:\n  b: .inf\n", 2, "infinities and NaN cannot be told to the API server"),
        ("~: 1\n", 1, "a key is not a text"),
        ("a: 1\n? [b]\n: 2\n", 2, "a key is not a text"),
        ("a: !!int b\n", 1, "a value is not what its tag !!int says"),
        ("a: !!binary '@'\n", 1, "a value is not the base64 that its tag !!binary says"),
        ("a:\n  <<: b\n", 2, "<< takes a mapping or a list of mappings"),
        ("a: b\n\tc: d\n", 2, "this is no YAML: found a tab character that violates indentation"),
        ("a: @b\n", 1, "this is no YAML: found character that cannot start any token"),
        ("a: b\nc: d: e\n", 2, "this is no YAML: mapping values are not allowed in this context"),
        ("a: b\nc: \x01\n", 2, "this is no YAML: control characters are not allowed"),
        ("a: [b\n", 2, "this is no YAML: did not find expected ',' or ']'"),
    ],
)
def test_errors_name_the_line_and_quote_nothing(text: str, line: int, says: str) -> None:
    """A document that cannot be read may be a Secret."""
    error = only_error(text)

    assert str(error) == says
    assert str(error.at) == f"a.yaml:{line}"
    assert error.rule == "ES0111"


def test_later_members_win_over_merged_ones_and_the_other_way_round() -> None:
    """As for the API server's reader, order decides."""
    assert [one.value for one in parse("b: {<<: {c: 1}, c: 2}") if isinstance(one, Parsed)] == [
        {"b": {"c": 2}}
    ]
    assert [one.value for one in parse("b: {c: 2, <<: {c: 1}}") if isinstance(one, Parsed)] == [
        {"b": {"c": 1}}
    ]


def test_nesting_is_bounded() -> None:
    """A hundred levels are read, one more is not."""
    assert isinstance(parse("[" * MAX_DEPTH + "]" * MAX_DEPTH)[0], Parsed)
    error = only_error("[" * 5000 + "]" * 5000)

    assert isinstance(error, TooBig)
    assert str(error) == "the document is nested deeper than 100"


def test_aliases_count_as_deep_as_what_they_name() -> None:
    """Two times 60 levels are 120."""
    deep = "[" * 60 + "]" * 60

    assert isinstance(only_error(f"a: &a {deep}\nb: {'[' * 60}*a{']' * 60}\n"), TooBig)


def test_aliases_count_as_if_they_were_written_out() -> None:
    """Ten anchors of ten aliases each would be ten thousand million nodes."""
    bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 11):
        names = ", ".join([f"*a{level - 1}"] * 10)
        bomb.append(f"a{level}: &a{level} [{names}]")

    error = only_error("\n".join(bomb))

    assert isinstance(error, TooBig)
    assert str(error) == "aliases make more than 1,000,000 nodes of the stream"
    assert str(error.at) == "a.yaml:6"


def test_a_stream_of_small_bombs_is_bounded_too() -> None:
    """What aliases repeat is counted over all documents of a stream."""
    items = ", ".join(["x"] * 1000)
    document = f"a: &a [{items}]\nb: [{', '.join(['*a'] * 400)}]\n"

    found = parse("---\n".join([document] * 4))

    assert [type(one) for one in found] == [Parsed, Parsed, TooBig, TooBig]


def test_nodes_of_a_document_are_bounded() -> None:
    """More than a million nodes are no manifest."""
    error = only_error("- []\n" * 1_000_001)

    assert str(error) == "the document has more than 1,000,000 nodes"
