"""Mappings to dataclasses: what is understood, and every error with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from esync.errors import Location
from esync.manifests.document import Document
from esync.manifests.errors import Rejected
from esync.manifests.formats import (
    DNS_NAME,
    DURATION,
    INT32,
    NONEMPTY,
    NS_NAME,
    SECRET_KEY,
    Choice,
    named,
    number,
    one_of,
)
from esync.manifests.reader import examine, read

if TYPE_CHECKING:
    from collections.abc import Mapping


class Color(StrEnum):
    """A closed set of words."""

    RED = "Red"
    BLUE = "Blue"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A nested mapping."""

    key: str
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Tree:
    """A mapping with a member of every type."""

    CHOICES: ClassVar = (Choice(("leftLeaf", "rightLeaf"), least=0),)

    left_leaf: Leaf | None = None
    right_leaf: Leaf | None = None
    name: str = "none"
    color: Color = Color.RED
    is_tall: bool = False
    height: float = 0.0
    leaves: tuple[Leaf, ...] = ()
    words: tuple[str, ...] = ()
    maybe: tuple[Leaf | None, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    either: int | str | None = None
    anything: Any = None
    bundle: bytes = b""
    child: Tree | None = None
    url: str = field(default="", metadata=named("URL"))


DOCUMENT = Document(
    "v1", "Tree", "", "a", {}, Location("f.yaml", 1), {("spec",): 2, ("spec", "leaves", 0): 7}
)


def tree(**members: Any) -> Tree:
    """Read a Tree."""
    return read(Tree, members, at_path=("spec",), document=DOCUMENT)


def errors(cls: type, value: object) -> list[tuple[str, str]]:
    """Return rule and message of every error."""
    _, found = examine(cls, value, at_path=("spec",), document=DOCUMENT)
    return [(error.rule, str(error)) for error in found]


def test_every_type_is_read() -> None:
    """Members are in camelCase unless they say otherwise."""
    assert tree(
        leftLeaf={"key": "k", "depth": 2},
        name="n",
        color="Blue",
        isTall=True,
        height=2,
        leaves=[{"key": "a"}],
        words=["x", "y"],
        maybe=[None, {"key": "b"}],
        labels={"a": "b"},
        groups={"g": ["h"]},
        either=5,
        anything={"x": [1]},
        bundle="aGk=",
        child={"child": {"name": "deep"}},
        URL="u",
    ) == Tree(
        left_leaf=Leaf("k", 2),
        name="n",
        color=Color.BLUE,
        is_tall=True,
        height=2.0,
        leaves=(Leaf("a"),),
        words=("x", "y"),
        maybe=(None, Leaf("b")),
        labels={"a": "b"},
        groups={"g": ("h",)},
        either=5,
        anything={"x": [1]},
        bundle=b"hi",
        child=Tree(child=Tree(name="deep")),
        url="u",
    )


def test_null_counts_as_absent() -> None:
    """For members of mappings, with and without a default; not for items of lists."""
    assert tree(name=None, leftLeaf=None, leaves=None, labels={"a": None, "b": "c"}) == Tree(
        labels={"b": "c"}
    )
    assert errors(Leaf, {"key": None}) == [("ES0105", "spec.key is missing")]
    assert errors(Tree, {"words": [None]}) == [
        ("ES0102", "spec.words[0] is null where a string is expected")
    ]


@pytest.mark.parametrize(
    ("member", "value", "says"),
    [
        ("name", 1, "spec.name is an integer where a string is expected"),
        ("name", True, "spec.name is a boolean where a string is expected"),
        ("name", 1.5, "spec.name is a number where a string is expected"),
        ("name", ["a"], "spec.name is a list where a string is expected"),
        ("name", {}, "spec.name is a mapping where a string is expected"),
        ("isTall", "true", "spec.isTall is a string where true or false is expected"),
        ("isTall", 1, "spec.isTall is an integer where true or false is expected"),
        ("height", "1", "spec.height is a string where a number is expected"),
        ("color", 1, "spec.color is an integer where a string is expected"),
        ("leaves", {}, "spec.leaves is a mapping where a list is expected"),
        ("leaves", [1], "spec.leaves[0] is an integer where a mapping is expected"),
        ("leaves", [{"key": 1}], "spec.leaves[0].key is an integer where a string is expected"),
        ("labels", [], "spec.labels is a list where a mapping is expected"),
        ("labels", {"a/b.c": 1}, 'spec.labels["a/b.c"] is an integer where a string is expected'),
        ("groups", {"g": "h"}, "spec.groups.g is a string where a list is expected"),
        ("either", True, "spec.either is a boolean where an integer or a string is expected"),
        ("leftLeaf", "x", "spec.leftLeaf is a string where a mapping is expected"),
        ("bundle", 1, "spec.bundle is an integer where a string is expected"),
    ],
)
def test_a_wrong_type_says_what_it_is(member: str, value: object, says: str) -> None:
    """And never the value."""
    assert errors(Tree, {member: value}) == [("ES0102", says)]


def test_a_boolean_is_no_integer() -> None:
    """Python thinks otherwise."""
    assert errors(Leaf, {"key": "a", "depth": True}) == [
        ("ES0102", "spec.depth is a boolean where an integer is expected")
    ]


def test_scalars_where_text_is_expected_want_quotes() -> None:
    """The hint says so, for scalars only."""
    _, found = examine(Tree, {"name": 1, "words": [[]]}, at_path=(), document=DOCUMENT)

    assert [error.hint for error in found] == ["put it in quotes", ""]


def test_all_errors_are_collected_in_order() -> None:
    """Of one mapping, and of everything inside of it."""
    found = errors(
        Tree,
        {
            "colour": "Red",
            "color": "Rde",
            "leaves": [{}, {"key": 1}],
            "leftLeaf": {"key": "a"},
            "rightLeaf": {"key": "b"},
            "bundle": "@",
        },
    )

    assert found == [
        ("ES0101", 'there is no field "colour" in spec'),
        ("ES0103", 'spec.color is "Rde", which is none of Red, Blue'),
        ("ES0105", "spec.leaves[0].key is missing"),
        ("ES0102", "spec.leaves[1].key is an integer where a string is expected"),
        ("ES0104", "spec.bundle must be base64"),
        ("ES0106", "spec has 2 of leftLeaf, rightLeaf; it takes at most one"),
    ]


def test_near_names_are_suggested() -> None:
    """For fields and for words."""
    _, found = examine(
        Tree, {"colour": "Red", "color": "Rde", "xyz": 1}, at_path=(), document=DOCUMENT
    )

    assert [error.hint for error in found] == [
        'did you mean "color"?',
        'did you mean "Red"?',
        "remove it, or look for it in another place",
    ]


def test_errors_stand_at_the_nearest_line_that_is_known() -> None:
    """A list item has one, the member of another item has that of the spec."""
    _, found = examine(
        Tree, {"leaves": [{"key": 1}, {"key": 2}]}, at_path=("spec",), document=DOCUMENT
    )

    assert [str(error.at) for error in found] == ["f.yaml:7", "f.yaml:2"]


def test_read_raises_everything_at_once() -> None:
    """The message is that of the first error."""
    with pytest.raises(Rejected) as caught:
        tree(name=1, color="Green")

    assert str(caught.value) == "spec.name is an integer where a string is expected (and 1 more)"
    assert len(caught.value.errors) == 2
    assert str(caught.value.at) == "f.yaml:2"


def test_a_value_that_is_no_mapping_is_an_error() -> None:
    """At the outermost level too."""
    assert errors(Tree, "x") == [("ES0102", "spec is a string where a mapping is expected")]


def test_long_words_are_not_quoted_whole() -> None:
    """What is no typing mistake may be something else."""
    ((_, says),) = errors(Tree, {"color": "A" * 200})

    assert f'"{"A" * 40}…"' in says


@dataclass(frozen=True, slots=True)
class Formats:
    """One member of each format."""

    name: str = field(default="", metadata=DNS_NAME)
    namespace: str = field(default="", metadata=NS_NAME)
    key: str = field(default="", metadata=SECRET_KEY)
    duration: str = field(default="", metadata=DURATION)
    nonempty: str = field(default="", metadata=NONEMPTY)
    word: str = field(default="", metadata=one_of("a", "b"))
    int32: int = field(default=0, metadata=INT32)
    positive: int = field(default=1, metadata=number(least=1))
    narrow: int = field(default=1, metadata=number(1, 3))
    names: tuple[str, ...] = field(default=(), metadata=NS_NAME)
    some: tuple[Leaf, ...] = field(default=(), metadata=number(least=1))


@pytest.mark.parametrize(
    ("member", "good", "bad"),
    [
        (
            "name",
            ["a", "a-b.c1", "0", "a" * 253],
            ["", "A", "a_b", "-a", "a.", "a..b", "a\n", "a" * 254],
        ),
        ("namespace", ["a", "a-b", "a" * 63], ["", "a.b", "A", "a-", "a" * 64]),
        ("key", ["a", "A_b-c.d", "..x", "a" * 253], ["", "a b", "ä", "a/b", "a\n", "a" * 254]),
        (
            "duration",
            ["0", "1h", "1.5h", "-1m", "300ms", "1h2m3s", "1us", "1µs"],
            ["", "1", "1d", "1 h", "h", "1H"],
        ),
        ("nonempty", ["a", " "], [""]),
        ("int32", [0, 2**31 - 1, -(2**31)], [2**31, -(2**31) - 1]),
        ("positive", [1, 2**62], [0, -1]),
        ("narrow", [1, 3], [0, 4]),
        ("names", [[], ["a"]], [["A"], ["a.b"]]),
        ("some", [[{"key": "a"}]], [[]]),
    ],
)
def test_formats(member: str, good: list[Any], bad: list[Any]) -> None:
    """As the API's patterns and limits have them."""
    assert [value for value in good if errors(Formats, {member: value})] == []
    assert [value for value in bad if not errors(Formats, {member: value})] == []
    assert {errors(Formats, {member: value})[0][0] for value in bad} == {"ES0104"}


def test_limits_say_what_they_are() -> None:
    """In words."""
    found = errors(Formats, {"int32": 2**40, "positive": 0, "narrow": 9, "word": "c"})

    assert [says for _, says in found] == [
        "spec.int32 must be an integer of 32 bits",
        "spec.positive must be an integer from 1 on",
        "spec.narrow must be an integer from 1 to 3",
        'spec.word is "c", which is none of a, b',
    ]


def test_integers_are_of_64_bits_at_most() -> None:
    """As in Go."""
    assert errors(Leaf, {"key": "a", "depth": 2**63}) == [
        ("ES0104", "spec.depth must be an integer of 64 bits")
    ]


def test_a_type_that_no_manifest_has_is_a_mistake_of_the_dataclass() -> None:
    """It shows when the first document is read."""

    @dataclass(frozen=True, slots=True)
    class Odd:
        member: complex

    with pytest.raises(TypeError, match="no manifest has a field of type"):
        examine(Odd, {}, at_path=(), document=DOCUMENT)
