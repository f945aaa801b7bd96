"""JSON as `encoding/json` reads and writes it; the expectations were recorded from Go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync.gocompat.json_decode import JsonError, decode
from esync.gocompat.json_encode import UnsupportedError, encode
from esync.gocompat.time import Time
from esync.gocompat.values import Float32, Int64, Map, Slice, Struct, Value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (Int64(-5), "-5"),
        (1.0, "1"),
        (-0.0, "-0"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (1e-7, "1e-7"),
        (0.000001, "0.000001"),
        (Float32(0.10000000149011612), "0.1"),
        (
            b"<a href='x'>&\xe2\x80\xa8",
            r"\"\u003ca href='x'\u003e\u0026\u2028\"".replace('\\"', '"'),
        ),
        (b'"\\\b\f\n\r\t\x01\x7f', r'"\"\\\b\f\n\r\t\u0001' + '\x7f"'),
        (b"a\xff\xed\xa0\x80", r'"a\ufffd\ufffd\ufffd\ufffd"'),
        ({b"b": 1, b"a": [], b"B": {}}, '{"B":{},"a":[],"b":1}'),
        (Map({10: 1, 9: 2}, "int"), '{"10":1,"9":2}'),
        (Slice([], "string", is_nil=True), "null"),
        (Map({}, is_nil=True), "null"),
        (Slice(b"hi", "uint8"), '"aGk="'),
        (Time(0, 5_000_000), '"1970-01-01T00:00:00.005Z"'),
    ],
)
def test_written(value: Value, text: str) -> None:
    """Keys sorted as bytes, HTML's characters escaped, floats with the fewest digits."""
    assert encode(value).decode() == text


def test_plain_and_indented() -> None:
    """Without HTML's escapes, and with indentation; empty containers stay on their line."""
    value = {b"a": [1, {}], b"<": []}
    assert encode(value, escape_html=False) == b'{"<":[],"a":[1,{}]}'
    indented = b'{\n  "\\u003c": [],\n  "a": [\n    1,\n    {}\n  ]\n}'
    assert encode(value, indent="  ") == indented


def test_fields_of_structs() -> None:
    """Those that begin with a capital, in their order."""

    class Pair(Struct):
        @property
        def fields(self) -> dict[str, Value]:
            return {"Key": b"k", "hidden": 1, "Cert": b"c"}

    assert encode(Pair()) == b'{"Key":"k","Cert":"c"}'


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (float("nan"), "json: unsupported value: NaN"),
        (float("-inf"), "json: unsupported value: -Inf"),
        ([1j], "json: unsupported type: complex128"),
        (Map({}, "interface {}"), "json: unsupported type: map[interface {}]interface {}"),
        (Time(10**12), "json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: "),
    ],
)
def test_not_writable(value: Value, words: str) -> None:
    """Go's words for what JSON cannot have."""
    with pytest.raises(UnsupportedError) as refused:
        encode(value)
    assert str(refused.value).startswith(words)


def test_cycles_are_noticed() -> None:
    """A map that holds itself ends; one that stands twice does not count as a cycle."""
    ring: dict[bytes, Value] = {}
    ring[b"self"] = ring
    with pytest.raises(UnsupportedError, match="cycle via map"):
        encode(ring)
    shared = [1]
    assert encode([shared, shared]) == b"[[1],[1]]"


def test_the_size_is_told() -> None:
    """Whoever meters hears of every byte before it is added."""
    told: list[int] = []
    text = encode([b"abc", 1, None], spend=told.append)
    assert sum(told) == len(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b' {"a" : [1, -0.5e1, true, null]} ', {b"a": [1.0, -5.0, True, None]}),
        (b'{"a":1,"a":2}', {b"a": 2.0}),
        (rb'"\u00e9\ud83d\ude00\n\/"', "é\U0001f600\n/".encode()),
        (rb'"\ud800\u0041\udc00"', "\ufffdA\ufffd".encode()),
        (b'"\xff\xc3"', "\ufffd\ufffd".encode()),
        (b"[" * 5000 + b"]" * 5000, None),
    ],
)
def test_read(text: bytes, value: Value) -> None:
    """Numbers are floats; invalid UTF-8 and halves of pairs become U+FFFD; depth costs nothing."""
    found = decode(text)
    assert value is None or found == value


def test_whole_numbers_on_request() -> None:
    """As Kubernetes reads them: integers if 64 bits hold them."""
    text = b"[1, 1.0, 9223372036854775807, 9223372036854775808]"
    found = decode(text, integers=True)
    assert found == [1, 1.0, 2**63 - 1, float(2**63)]
    assert [type(item) for item in found] == [int, float, int, float]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "unexpected end of JSON input"),
        (b"[1", "unexpected end of JSON input"),
        (b"x", "invalid character 'x' looking for beginning of value"),
        (b"[1,]", "invalid character ']' looking for beginning of value"),
        (b"{a:1}", "invalid character 'a' looking for beginning of object key string"),
        (b'{"a" 1}', "invalid character '1' after object key"),
        (b'{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
        (b"[1 2]", "invalid character '2' after array element"),
        (b"1 2", "invalid character '2' after top-level value"),
        (b'"\n"', "invalid character '\\n' in string literal"),
        (rb'"\q"', "invalid character 'q' in string escape code"),
        (rb'"\u12x4"', "invalid character 'x' in \\u hexadecimal character escape"),
        (b"-", "invalid character ' ' in numeric literal"),
        (b"1.", "invalid character ' ' after decimal point in numeric literal"),
        (b"1e+", "invalid character ' ' in exponent of numeric literal"),
        (b"01", "invalid character '1' after top-level value"),
        (b"trux", "invalid character 'x' in literal true (expecting 'e')"),
        (b"\xff", "invalid character '\u00ff' looking for beginning of value"),
        (b"'", "invalid character '\\'' looking for beginning of value"),
        (b"[" * 10_001, "exceeded max depth"),
    ],
)
def test_not_readable(text: bytes, words: str) -> None:
    """Go's words for what is no JSON; the value is nil."""
    with pytest.raises(JsonError) as refused:
        decode(text)
    assert str(refused.value) == words
    assert refused.value.value is None


def test_numbers_too_large() -> None:
    """The rest is read all the same."""
    with pytest.raises(JsonError, match="cannot unmarshal number 1e400 into Go value") as refused:
        decode(b"[1, 1e400]")
    assert refused.value.value == [1.0, None]


_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])).map(str.encode),
    lambda inner: st.lists(inner) | st.dictionaries(st.text().map(
        lambda text: text.encode("utf-8", "replace")), inner),
)  # fmt: skip


@given(_VALUES)
def test_what_is_written_reads_back(value: Value) -> None:
    """No value is lost on the way."""
    assert decode(encode(value)) == value


@given(st.binary())
def test_no_text_breaks_the_reader(text: bytes) -> None:
    """It is read, or refused in Go's words."""
    try:
        decode(text)
    except JsonError as error:
        assert str(error)  # noqa: PT017 - both ways are right
