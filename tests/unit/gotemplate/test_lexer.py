"""Templates are split into the tokens that Go splits them into."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync.gotemplate.lexer import Kind, Lexer, Token


def lexed(text: bytes, *delimiters: bytes) -> list[Token]:
    """Return all tokens in one list."""
    return [token for tokens in Lexer(text, *delimiters).tokens() for token in tokens]


def kinds(text: str | bytes) -> list[Kind]:
    """Return the kinds of all tokens but the last, which says that there are no more."""
    raw = text.encode() if isinstance(text, str) else text
    return [token.kind for token in lexed(raw)[:-1]]


def error(text: str | bytes) -> str:
    """Return the message of the token that is an error."""
    raw = text.encode() if isinstance(text, str) else text
    last = lexed(raw)[-1]
    assert last.kind is Kind.ERROR
    return str(last)


def test_text_and_actions() -> None:
    """What is outside of delimiters is text."""
    assert kinds("a{{.x}}b") == [
        Kind.TEXT,
        Kind.LEFT_DELIM,
        Kind.FIELD,
        Kind.RIGHT_DELIM,
        Kind.TEXT,
    ]


@pytest.mark.parametrize(
    ("inside", "kind"),
    [
        (".", Kind.DOT),
        (".é", Kind.FIELD),
        ("$", Kind.VARIABLE),
        ("$x1", Kind.VARIABLE),
        ("upper", Kind.IDENTIFIER),
        ("日本", Kind.IDENTIFIER),
        ("true", Kind.BOOL),
        ("nil", Kind.NIL),
        ("range", Kind.RANGE),
        ("1.5e-3", Kind.NUMBER),
        ("0x1p-2", Kind.NUMBER),
        ("+2", Kind.NUMBER),
        ("1+2i", Kind.COMPLEX),
        ("'a'", Kind.CHAR_CONSTANT),
        (r'"a\"b"', Kind.STRING),
        ("`a\nb`", Kind.RAW_STRING),
        (":=", Kind.DECLARE),
        ("=", Kind.ASSIGN),
        ("|", Kind.PIPE),
        (",", Kind.CHAR),
    ],
)
def test_what_stands_in_an_action(inside: str, kind: Kind) -> None:
    """One token between the delimiters."""
    assert kinds("{{" + inside + "}}") == [Kind.LEFT_DELIM, kind, Kind.RIGHT_DELIM]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{", "unclosed action"),
        ("{{(}}", "unclosed left paren"),
        ("{{)}}", "unexpected right paren"),
        ("{{:x}}", "expected :="),
        ('{{"a}}', "unterminated quoted string"),
        ("{{`a}}", "unterminated raw quoted string"),
        ("{{'a}}", "unterminated character constant"),
        ("{{/* a}}", "unclosed comment"),
        ("{{/* a */ }}", "comment ends before closing delimiter"),
        ("{{3a}}", 'bad number syntax: "3a"'),
        ("{{.a-b}}", "bad character U+002D '-'"),
        ("{{\u00a0}}", "unrecognized character in action: U+00A0"),
        (b"{{\xff}}", "unrecognized character in action: U+FFFD '\ufffd'"),
    ],
)
def test_errors(text: str | bytes, message: str) -> None:
    """The last token says what is wrong in Go's words."""
    assert error(text) == message


def test_trim_markers_take_the_space_around() -> None:
    """A marker needs a space on its inner side; without one it is a sign."""
    tokens = lexed(b"a \n {{- 3 -}} \t b")
    assert [token.text for token in tokens if token.kind is Kind.TEXT] == [b"a", b"b"]
    assert kinds("a {{-3}}") == [Kind.TEXT, Kind.LEFT_DELIM, Kind.NUMBER, Kind.RIGHT_DELIM]


def test_comments_vanish() -> None:
    """With the space that they trim."""
    assert [token.text for token in lexed(b"a {{- /* c */ -}} b")] == [b"a", b"b", b"EOF"]


def test_lines_are_counted() -> None:
    """Each token knows the line on which it begins."""
    tokens = lexed(b"a\n{{\n`x\ny` }}\n{{- .z }}")
    lines = {token.text: token.line for token in tokens}
    assert (lines[b"`x\ny`"], lines[b".z"]) == (3, 5)


def test_other_delimiters() -> None:
    """The usual ones are then text."""
    tokens = lexed(b"{{a}}<%.x -%>  b", b"<%", b"%>")
    assert [token.text for token in tokens] == [
        b"{{a}}",
        b"<%",
        b".x",
        b"%>",
        b"b",
        b"EOF",
    ]


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_tokens_are_parts_of_the_text(text: bytes) -> None:
    """Whatever the input, tokens stand in order and say what stands there."""
    for part in (text, b"{{" + text, b"{{" + text + b"}}"):
        tokens = lexed(part)
        assert tokens[-1].kind in (Kind.EOF, Kind.ERROR)
        assert all(part[token.at :].startswith(token.text) for token in tokens[:-1])
        assert sorted(token.at for token in tokens) == [token.at for token in tokens]
