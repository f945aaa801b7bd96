"""Fields, keys and methods of values: the only ways into a value that a template has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat.quoting import quote, text_of
from esync.gocompat.values import Map, Method, Sized, Struct, type_of
from esync.gotemplate.arguments import ANY, NO_VALUE, zero
from esync.gotemplate.errors import Refusal

if TYPE_CHECKING:
    from esync.gocompat.values import Value
    from esync.gotemplate.machine import Machine


def lookup(machine: Machine, receiver: Value, name: bytes, *, holder: Value = None) -> Value:
    """Return the field, the entry or the :class:`Method` called ``name``.

    ``holder`` is the map that the receiver comes from, if it comes from one.

    Raises:
        Refusal: there is none.
    """
    if receiver.__class__ is dict or isinstance(receiver, dict):
        value = receiver.get(name, NO_VALUE)
        return _missing(machine, receiver, name) if value is NO_VALUE else value
    if receiver is NO_VALUE:
        if machine.missing_key == "error":
            raise Refusal(f"nil data; no entry for key {text_of(quote(name))}")
        return NO_VALUE
    shown = text_of(name)
    if receiver is None:
        raise Refusal(f"nil pointer evaluating {ANY}.{shown}")
    found = _member(receiver, shown)
    if found is NO_VALUE:
        # To Go, what a map of anything holds is an interface, whatever is in it.
        is_wrapped = isinstance(holder, dict) and type_of(holder).endswith(ANY)
        go_type = ANY if is_wrapped else type_of(receiver)
        raise Refusal(
            f"can't evaluate field {shown} in type {go_type}",
            f"can't evaluate field {shown} in type {type_of(receiver)}",
        )
    return found


def _missing(machine: Machine, receiver: Value, name: bytes) -> Value:
    if isinstance(receiver, Map) and receiver.key not in ("string", ANY):
        raise Refusal(f"can't evaluate field {text_of(name)} in type {type_of(receiver)}")
    if machine.missing_key == "error":
        raise Refusal(f"map has no entry for key {text_of(quote(name))}")
    if machine.missing_key == "zero":
        return zero(receiver.elem) if isinstance(receiver, Map) else None
    return NO_VALUE


def _member(receiver: Value, name: str) -> Value:
    if not isinstance(receiver, Struct | Sized):
        return NO_VALUE
    method = receiver.methods.get(name)
    if method is not None:
        return method
    if not isinstance(receiver, Struct) or name not in receiver.fields:
        return NO_VALUE
    if not name[0].isupper():
        raise Refusal(f"{name} is an unexported field of struct type {type_of(receiver)}")
    return receiver.fields[name]


def is_method(value: Value) -> bool:
    """Tell whether a member is to be called."""
    return value.__class__ is Method
