"""One map merged into another, with the habits of mergo.

Source:
    mergo 1.0.2, ``Merge`` and ``MergeWithOverwrite``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from esync.gocompat.values import Map, Struct, Value, kind_of, type_of
from esync.gotemplate.budget import looking_up
from esync.gotemplate.function import FunctionError

if TYPE_CHECKING:
    from esync.gotemplate.function import Budget


_STEPS_PER_MEMBER: Final = 5
_ANY: Final = "interface {}"


class MergeError(ValueError):
    """Two values cannot be merged; the message is mergo's own."""

    def __init__(self) -> None:
        super().__init__("src and dst must be of same type")


def merge(
    target: dict[Any, Value], source: dict[Any, Value], *, overwrite: bool, budget: Budget
) -> None:
    """Merge ``source`` into ``target``, which is changed; maps within are shared, not copied.

    Without ``overwrite`` only what is absent or empty is filled; with it all but nil wins over
    what was there, even what is empty, and nil too if it is a map's own nil.
    """
    budget.spend(_STEPS_PER_MEMBER * len(source) + looking_up(source))
    for key, value in list(source.items()):
        if value is None:
            if overwrite:
                _store(target, source, key, value)
            continue
        present = target.get(key)
        if kind_of(value) in ("map", "struct", "ptr"):
            _merge_nested(present, value, overwrite=overwrite, budget=budget)
        if key in target and not _is_empty(present) and _stays(present, value):
            if isinstance(value, list) and overwrite:
                _store(target, source, key, value)
            continue
        if overwrite or key not in target or _is_empty(present):
            _store(target, source, key, value)


def _store(target: dict[Any, Value], source: dict[Any, Value], key: Any, value: Value) -> None:
    """Set a key, unless the target's elements are of another type than the source's."""
    wanted = target.elem if isinstance(target, Map) else _ANY
    found = source.elem if isinstance(source, Map) else _ANY
    if wanted not in (_ANY, found):
        shown = type_of(value) if isinstance(value, list) else found
        what = f"value of type {shown} is not assignable to type {wanted}"
        raise FunctionError(f"reflect.Value.SetMapIndex: {what}")
    target[key] = value


def _merge_nested(present: Value, value: Value, *, overwrite: bool, budget: Budget) -> None:
    if isinstance(present, dict):
        if isinstance(value, dict):
            merge(present, value, overwrite=overwrite, budget=budget)
    elif kind_of(present) == "ptr" and kind_of(value) != "ptr" and not overwrite:
        raise MergeError


def _stays(present: Value, value: Value) -> bool:
    """Tell whether the two have been merged already, so that nothing is replaced."""
    return isinstance(value, list) or (isinstance(value, dict) and isinstance(present, dict))


def _is_empty(value: Value) -> bool:
    return not isinstance(value, Struct | complex) and not value
