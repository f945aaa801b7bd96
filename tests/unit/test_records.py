"""Records behave as frozen dataclasses with slots do."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import Any, ClassVar, get_type_hints

import pytest

from esync.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Cheap:
    """A record."""

    a: int
    b: str = "b"
    c: tuple[int, ...] = ()
    d: dict[str, int] = field(default_factory=dict)
    hidden: str = field(default="h", repr=False)
    apart: Any = field(default=None, compare=False)

    @property
    def double(self) -> int:
        """Twice a."""
        return 2 * self.a


@dataclasses.dataclass(frozen=True, slots=True)
class Standard:
    """The same from the standard library."""

    a: int
    b: str = "b"
    c: tuple[int, ...] = ()
    d: dict[str, int] = dataclasses.field(default_factory=dict)
    hidden: str = dataclasses.field(default="h", repr=False)
    apart: Any = dataclasses.field(default=None, compare=False)


@dataclass(frozen=True, slots=True, order=True)
class CheapOrder:
    """An ordered record."""

    a: int
    b: str = ""
    apart: Any = field(default=None, compare=False)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class StandardOrder:
    """The same from the standard library."""

    a: int
    b: str = ""
    apart: Any = dataclasses.field(default=None, compare=False)


@dataclass(slots=True)
class CheapState:
    """A record that changes."""

    a: int = 0
    b: list[str] = field(default_factory=list)


@dataclasses.dataclass(slots=True)
class StandardState:
    """The same from the standard library."""

    a: int = 0
    b: list[str] = dataclasses.field(default_factory=list)


BOTH = pytest.mark.parametrize("cls", [Cheap, Standard])


@BOTH
def test_fields_and_defaults(cls: Any) -> None:
    """By position and by name; factories make a new value for each object."""
    one, other = cls(1, "x", apart=3), cls(a=1)

    assert (one.a, one.b, one.c, one.d, one.hidden, one.apart) == (1, "x", (), {}, "h", 3)
    assert one.d is not other.d
    assert [each.name for each in dataclasses.fields(cls)] == [
        "a", "b", "c", "d", "hidden", "apart",
    ]  # fmt: skip


@BOTH
def test_types_are_those_that_were_written(cls: Any) -> None:
    """For those who read fields of the input by their types."""
    types = {one.name: one.type for one in dataclasses.fields(cls)}

    assert types == cls.__annotations__
    assert types["c"] == "tuple[int, ...]"
    assert get_type_hints(cls)["d"] == dict[str, int]


def test_what_belongs_to_the_class_is_no_field() -> None:
    """ClassVar is heard."""

    @dataclass(frozen=True, slots=True)
    class Own:
        shared: ClassVar[int] = 3
        a: int = 1

    assert [one.name for one in dataclasses.fields(Own)] == ["a"]
    assert (Own.shared, Own(2).a) == (3, 2)


@BOTH
@pytest.mark.parametrize(
    "given", [((), {}), ((1,), {"z": 1}), ((1,), {"a": 1}), ((1, 2, 3, 4, 5, 6, 7), {})]
)
def test_wrong_arguments_are_refused(cls: Any, given: Any) -> None:
    """As for any function."""
    with pytest.raises(TypeError):
        cls(*given[0], **given[1])


@BOTH
def test_many_objects_are_as_the_first(cls: Any) -> None:
    """However many are made: values, defaults, refusals."""
    made = [cls(number, apart=number) for number in range(100)]

    assert [one.a for one in made] == list(range(100))
    assert {one.b for one in made} == {"b"}
    assert all(one.d is not other.d for one, other in pairwise(made))
    for given, named in (((), {}), ((1,), {"z": 1}), ((1,), {"a": 1})):
        with pytest.raises(TypeError):
            cls(*given, **named)


@BOTH
def test_equality_looks_at_what_is_compared(cls: Any) -> None:
    """Members that are apart do not count, and another class is never equal."""
    assert cls(1, apart=1) == cls(1, apart=2)
    assert cls(1) != cls(2)
    assert cls(1) != (1, "b", (), {}, "h")


def test_hashes_follow_equality() -> None:
    """A record of hashable members is a key."""

    @dataclass(frozen=True, slots=True)
    class Key:
        a: int
        b: str = ""
        apart: Any = field(default=None, compare=False)

    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    assert {Key(1): "x"}[Key(1, apart=[])] == "x"
    assert Empty() == Empty()
    assert hash(Empty()) == hash(Empty())
    with pytest.raises(TypeError):
        hash(Cheap(1))


@BOTH
def test_nothing_changes(cls: Any) -> None:
    """Members are neither set nor deleted nor added; replace makes another one."""
    one = cls(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.a = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.a
    with pytest.raises((AttributeError, TypeError)):
        one.__dict__  # noqa: B018 - there is none
    assert dataclasses.replace(one, a=2) == cls(2)


@pytest.mark.parametrize("cls", [CheapOrder, StandardOrder])
def test_order_is_that_of_the_members(cls: Any) -> None:
    """Member by member, those that count; other classes have no order with it."""
    one, same, more = cls(1, "x", apart=2), cls(1, "x", apart=1), cls(1, "y")

    assert sorted([more, one, cls(0, "z")]) == [cls(0, "z"), one, more]
    assert one < more
    assert one <= same
    assert more > one
    assert same >= one
    assert not one < same
    with pytest.raises(TypeError):
        _ = one < (1, "x")


@pytest.mark.parametrize("cls", [CheapState, StandardState])
def test_state_changes_and_is_no_key(cls: Any) -> None:
    """What is not frozen can be set, has no other members, and no hash."""
    one = cls()
    one.a = 3
    one.b.append("x")

    assert one == cls(3, ["x"])
    assert cls() == cls(0, [])
    with pytest.raises(TypeError):
        hash(one)
    with pytest.raises(AttributeError):
        one.c = 1


@BOTH
def test_what_is_hidden_does_not_show(cls: Any) -> None:
    """The text has the class and what may be shown."""
    assert repr(cls(1, "x")) == f"{cls.__name__}(a=1, b='x', c=(), d={{}}, apart=None)"


def test_methods_of_its_own_stay() -> None:
    """Only what a class lacks is given to it."""

    @dataclass(frozen=True, slots=True)
    class Own:
        a: int

        def __repr__(self) -> str:
            return "own"

    assert repr(Own(1)) == "own"
    assert Cheap(2).double == 4
    match Cheap(3):
        case Cheap(a):
            assert a == 3
