"""Dataclasses with slots that cost little to define.

The standard library writes and compiles six functions for each class when its module is imported:
half a millisecond, a hundred times at each start, for classes of which most runs make no object.
Here only ``__init__`` is compiled, and not before some objects are made; the others are plain
functions over the fields. Everything else is the standard library's: fields, slots, ``replace``.
"""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import MISSING, FrozenInstanceError, field
from functools import partial
from operator import attrgetter, ge, gt, le, lt
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "field"]

# Compiling takes as long as so many objects that are made without.
_FEW = 30

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
else:

    def dataclass(*, slots: bool, frozen: bool = False, order: bool = False) -> Any:
        """Return the decorator; ``slots`` must be True, so that classes read as everywhere."""
        if not slots:
            raise TypeError("records have slots")
        return partial(_record, frozen=frozen, order=order)


def _record(cls: type[Any], *, frozen: bool, order: bool) -> type[Any]:
    # Without a text of its own, the standard library would put the signature there: 3 ms.
    cls.__doc__ = cls.__doc__ or cls.__name__
    made = _fielded(cls)
    every = dataclasses.fields(made)
    shown = tuple(one.name for one in every if one.repr)
    key = _key(tuple(one.name for one in every if one.compare))

    def equal(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return key(self) == key(other)

    def text(self: Any) -> str:
        members = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{made.__qualname__}({members})"

    def digest(self: Any) -> int:
        return hash(key(self))

    methods: dict[str, Any] = {
        "__init__": _first_init(made, every),
        "__eq__": equal,
        "__repr__": text,
    }
    methods["__hash__"] = digest if frozen else None
    if frozen:
        methods |= {"__setattr__": _refuse, "__delattr__": _refuse}
    if order:
        methods |= {f"__{one.__name__}__": _compared(one, key) for one in (lt, le, gt, ge)}
    for name, method in methods.items():
        if name not in cls.__dict__:
            setattr(made, name, method)
    return made


def _fielded(cls: type[Any]) -> type[Any]:
    """Let the standard library find the fields and make slots of them.

    It reads each type that is a text, to see whether it says ``ClassVar``: half of its work.
    """
    types = inspect.get_annotations(cls)
    texts = {
        name: one
        for name, one in types.items()
        if isinstance(one, str) and not one.startswith("ClassVar")
    }
    if texts:
        cls.__annotations__ = types | dict.fromkeys(texts, object)
    plain: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)
    made: type[Any] = plain(cls)
    if texts:
        made.__annotations__ = types
        for name, text in texts.items():
            made.__dataclass_fields__[name].type = text
    return made


def _compared(by: Callable[[Any, Any], bool], key: Callable[[Any], Any]) -> Callable[..., Any]:
    def compare(self: object, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return by(key(self), key(other))

    return compare


def _key(names: tuple[str, ...]) -> Any:
    """Return what an object is compared by: a function of it."""
    return attrgetter(*names) if names else lambda _: ()


def _refuse(self: object, name: str, _value: object = None) -> None:
    raise FrozenInstanceError(f"cannot change {name!r} of a {type(self).__name__}")


def _first_init(made: type[Any], every: tuple[dataclasses.Field[Any], ...]) -> Any:
    """Return the ``__init__`` of the first few objects; then one is compiled and takes over."""
    left = _FEW

    def init(self: Any, *given: Any, **named: Any) -> None:
        nonlocal left
        left -= 1
        # Whatever is wrong with the arguments is told by a function that is like any other.
        if left < 0 or not _filled(self, every, given, named):
            compiled = _init(every)
            made.__init__ = compiled
            compiled(self, *given, **named)

    return init


def _filled(
    record: object,
    every: tuple[dataclasses.Field[Any], ...],
    given: tuple[Any, ...],
    named: dict[str, Any],
) -> bool:
    """Set the fields of a new object one by one; False if the arguments are not right."""
    values = dict(zip([one.name for one in every], given, strict=False))
    if len(given) > len(every) or not values.keys().isdisjoint(named):
        return False
    values |= named
    for one in every:
        if one.name in values:
            continue
        if one.default is not MISSING:
            values[one.name] = one.default
        elif one.default_factory is not MISSING:
            values[one.name] = one.default_factory()
        else:
            return False
    if len(values) > len(every):
        return False
    for name, value in values.items():
        object.__setattr__(record, name, value)
    return True


def _init(every: tuple[dataclasses.Field[Any], ...]) -> Any:
    """Compile the ``__init__`` that sets the fields past the refusal."""
    scope: dict[str, Any] = {"_set": object.__setattr__, "_missing": MISSING}
    words, lines = ["self"], []
    for one in every:
        value = one.name
        if one.default is not MISSING:
            scope[f"_{one.name}"] = one.default
            words.append(f"{one.name}=_{one.name}")
        elif one.default_factory is not MISSING:
            scope[f"_{one.name}"] = one.default_factory
            words.append(f"{one.name}=_missing")
            value = f"_{one.name}() if {one.name} is _missing else {one.name}"
        else:
            words.append(one.name)
        lines.append(f"    _set(self, {one.name!r}, {value})")
    source = f"def __init__({', '.join(words)}):\n" + ("\n".join(lines) or "    pass")
    exec(source, scope)  # noqa: S102 - names of our own fields, as the standard library does
    return scope["__init__"]
