"""The JSONPath dialect of the webhook provider."""

from __future__ import annotations

import pytest

from esync.gocompat.json_decode import decode
from esync.gocompat.json_encode import encode
from esync.payload.jsonpath import PathError, evaluate

DOCUMENT = decode(
    b"""{
    "a": 1, "b c": {"d-e": "x"}, "list": [10, 20, 30, 40], "s": "text", "nul": null, "t": true,
    "secrets": [{"name": "x", "value": "vx", "n": 1}, {"name": "y", "value": "vy", "on": true},
                {"name": "z"}],
    "deep": {"id": 1, "in": {"id": 2, "in": [{"id": 3}]}}
}"""
)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.a", "1"),
        ("$.nul", "null"),
        ('$["b c"]["d-e"]', '"x"'),
        ("$[`b c`]", '{"d-e":"x"}'),
        ("$['a']", "1"),
        ("$.list[1]", "20"),
        ('$.list["1"]', "20"),
        ("$.list[0,2]", "[10,30]"),
        ('$["a","t","nowhere"]', "[1,true]"),
        ("$.list[1:3]", "[20,30]"),
        ("$.list[:2]", "[10,20]"),
        ("$.list[2:]", "[30,40]"),
        ("$.list[::2]", "[10,30]"),
        ("$.list[::0]", "[10,20,30,40]"),
        ("$.list[-2:]", "[30,40]"),
        ("$.list[1:-1]", "[]"),  # tested before the end is counted from behind
        ("$.list[::-1]", "[40,30,20,10]"),
        ("$.list[1:3:-1]", "[30,20]"),
        ("$.s[0:1]", "[]"),
        ("$.list[*]", "[10,20,30,40]"),
        ("$.list.*", "[10,20,30,40]"),
        ("$.secrets[*].value", '["vx","vy"]'),
        ('$.secrets[?(@.name=="x")].value', '["vx"]'),
        ('$.secrets[?@.name=="x"].value', '["vx"]'),
        ('$.secrets[?(@.name!="x")].name', '["y","z"]'),
        ("$.secrets[?(@.n==1)].name", '["x"]'),
        ('$.secrets[?(@.n=="1")].name', "[]"),
        ("$.secrets[?(@.n)].name", '["x"]'),
        ("$.secrets[?(@.on)].name", '["y"]'),
        ("$.secrets[?(@.n==$.a)].name", '["x"]'),
        ('$.secrets[?(@.name=="q")]', "[]"),
        ("$..id", "[1,2,3]"),
        ("$.deep..id", "[1,2,3]"),
        ("$.deep..[0]", '[{"id":3}]'),
        ("$.a == 1", "true"),
        ("$.a != 1", "false"),
        ('"constant"', '"constant"'),
        ("(1)", "1"),
        ("-1", "-1"),
        ("$.list[(1)]", "20"),
        # without a dollar: a variable from the root
        ("a", "1"),
        ("deep.in.id", "2"),
        ("nowhere", "null"),
        ("deep.nowhere", "null"),
        ("list[1]", "20"),
        ("list[9]", "[10,20,30,40]"),
        ("$", None),
    ],
)
def test_a_path_finds(path: str, found: str | None) -> None:
    """One value, or the list of hits."""
    value = evaluate(path, DOCUMENT)
    assert encode(value).decode() == (encode(DOCUMENT).decode() if found is None else found)


@pytest.mark.parametrize(
    "path",
    [
        "$.nowhere",
        "$.list[4]",
        "$.list[-1]",
        "$.s.x",
        "$.a[0]",
        "$.list.x",
        "nowhere.x",
        "a.b",
        "$.list[1:x.y]",
    ],
)
def test_a_path_that_finds_nothing(path: str) -> None:
    """A miss is an error, never an empty value."""
    with pytest.raises(PathError, match="finds nothing"):
        evaluate(path, DOCUMENT)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "$.",
        "$.b-c",
        "$['b c']",
        "$[",
        "$.a]",
        "$.a && $.t",
        "$.a > 1",
        "$.secrets[?(@.a =~ 1)]",
        "list[*]",
        "list.*",
        "$.list[1:2:3:4]",
        "$.length()",
        "{.a}",
        "(" * 1000 + "1",
        "#",
    ],
)
def test_what_is_no_path(path: str) -> None:
    """Other dialects know more."""
    with pytest.raises(PathError, match="is no JSONPath"):
        evaluate(path, DOCUMENT)


def test_no_path_takes_for_ever() -> None:
    """Each ``..`` may double the work."""
    document = decode(b"[" * 60 + b"]" * 60)
    with pytest.raises(PathError, match="too many steps"):
        evaluate("$" + "..*" * 12, document)
