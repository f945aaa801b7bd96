"""Properties are found, and objects taken apart, as each provider of the operator does it."""

from __future__ import annotations

import pytest

from esync.payload.document import Lookup, NotAnObject, find, members

# The document of the AWS provider's recorded lookups.
DOCUMENT = (
    rb'{"a.b":"lit","a":{"b":"nested","b.c":"x"},"n":1.0,"obj":{ "k" : [1, 2] },'
    rb'"arr":["x",{"f":"y"},null],"nul":null,"we*ird":"star","pi|pe":"p","tail.":"td",'
    rb'"dup":1,"dup":2,"json":"{\"in\":1}"}'
)


@pytest.mark.parametrize(
    ("property_", "found"),
    [
        ("a.b", "lit"),
        (r"a.b\.c", "x"),
        (r"a\.b", "lit"),
        ("a.b.c", None),
        ("a.*", "lit"),
        ("tail.", "td"),
        ("obj", '{ "k" : [1, 2] }'),
        ("obj.k.1", "2"),
        ("obj|k|1", "2"),
        ("arr.2", ""),
        ("nul", ""),
        ("arr.#", "3"),
        ("arr.3", None),
        ("arr.-1", None),
        ("missing", None),
        ("we*ird", "star"),
        ("we?ird", "star"),
        ("pi|pe", None),
        (r"pi\|pe", "p"),
        ("dup", "1"),
        ("json.in", None),
        ("json.@fromstr.in", "1"),
        ("@this.n", "1"),
        ("{n,obj}", '{"n":1.0,"obj":{ "k" : [1, 2] }}'),
    ],
)
def test_escaped_first(property_: str, found: str | None) -> None:
    """A whole name wins over a path; what is found keeps its spelling, but for single numbers."""
    expected = None if found is None else found.encode()
    assert find(DOCUMENT, property_, Lookup.ESCAPED_FIRST) == expected


@pytest.mark.parametrize(
    ("lookup", "property_", "found"),
    [
        (Lookup.PATH_FIRST, "a.b", b"nested"),
        (Lookup.PATH_FIRST, "tail.", b"td"),
        (Lookup.PATH_FIRST, "a.x", None),
        (Lookup.PATH, "a.b", b"nested"),
        (Lookup.PATH, "tail.", None),
        (Lookup.INNER_ESCAPED_FIRST, "a.b", b"lit"),
        (Lookup.INNER_ESCAPED_FIRST, ".x", None),
        (Lookup.ESCAPED_FIRST, ".x", b"dot"),
        (Lookup.PATH_FIRST, ".x", b"dot"),
    ],
)
def test_orders(lookup: Lookup, property_: str, found: bytes | None) -> None:
    """Providers differ in what they try first, and whether they try both."""
    json = DOCUMENT if property_ != ".x" else b'{".x": "dot"}'
    assert find(json, property_, lookup) == found


@pytest.mark.parametrize(
    ("json", "found"),
    [
        (b'junk {"a":1}', b"1"),
        (b'{"a":1} trailing', b"1"),
        (b'{"a":1', b"1"),
        (b"plain", None),
        (b'"a"', None),
        (b"{'a':1}", None),
        (b"", None),
    ],
)
def test_what_is_no_json(json: bytes, found: bytes | None) -> None:
    """Nothing is validated: what looks like a document is looked into."""
    assert find(json, "a", Lookup.PATH) == found


@pytest.mark.parametrize(
    ("literal", "shown"),
    [
        ("12345678901234567890", "12345678901234567890"),
        ("1.50", "1.5"),
        ("1.0", "1"),
        ("1e3", "1000"),
        ("-1e400", "-Inf"),
        (r'"\ud800x"', "\ufffdx"),
        ("true", "true"),
        ("[ 1.0 ]", "[ 1.0 ]"),
    ],
)
def test_rendering(literal: str, shown: str) -> None:
    """Integers keep their digits, other numbers lose exponent and zeros."""
    assert find(f'{{"v": {literal} }}'.encode(), "v", Lookup.PATH) == shown.encode()


def test_members() -> None:
    """Strings are unescaped, null is empty, everything else keeps its text; the last one wins."""
    json = b' { "s": "a\\u0041\\ud800\\u0041", "o": {"b" :  1}, "n": 1.50, "z": null, "n": 2.0 } '
    assert members(json) == {
        "s": "aA\ufffdA".encode(),
        "o": b'{"b" :  1}',
        "n": b"2.0",
        "z": b"",
    }


def test_members_that_are_no_utf8() -> None:
    """Names and strings have U+FFFD for each stray byte; nested text stays as it is."""
    assert members(b'{"\xff": "\xff", "o": ["\xff"]}') == {
        "\ufffd": "\ufffd".encode(),
        "o": b'["\xff"]',
    }


@pytest.mark.parametrize("json", [b"null", b" null\n", b"{}", b" { } "])
def test_no_members(json: bytes) -> None:
    """A document that is null counts as an empty object."""
    assert members(json) == {}


@pytest.mark.parametrize(
    "json",
    [
        b"",
        b"[1]",
        b'"x"',
        b"5",
        b"true",
        b"{",
        b'{"a":1} x',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":NaN}',
        b'{"a":1,}',
        b'{"a":01}',
        b'{"a":"\n"}',
        b'{"a":"\\x"}',
        b'{"a":[1,]}',
        b'{"a" 1}',
        b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    ],
)
def test_not_an_object(json: bytes) -> None:
    """Anything else is refused, and not quoted."""
    with pytest.raises(NotAnObject) as caught:
        members(json)
    assert caught.value.rule == "ES0303"
    assert not json or json.decode() not in str(caught.value)


def test_depth() -> None:
    """Up to ten thousand brackets may be open, as in Go."""
    deep = b"[" * 9_999 + b"]" * 9_999
    assert members(b'{"a":' + deep + b"}") == {"a": deep}
