"""Reads a mapping into a frozen dataclass by its annotations, strictly, and collects every error.

A field is named as the attribute in camelCase, or by ``metadata={"name": ...}``. Understood are
``str``, ``int``, ``float``, ``bool``, ``bytes`` (base64 in the manifest), ``StrEnum``, nested
dataclasses, ``tuple[X, ...]``, ``Mapping[str, X]``, ``X | None``, ``int | str`` and ``Any``; what
else a field demands stands in its metadata (:mod:`esync.manifests.formats`). ``null`` counts as
absent, as for the API server. A class says in ``CHOICES`` which of its members exclude others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from esync.manifests import scalars
from esync.manifests.errors import ManifestError, Rejected
from esync.manifests.formats import FORMAT, LIMITS, NAME, Choice, Limits
from esync.manifests.record import Record

if TYPE_CHECKING:
    from esync.manifests.document import Document, Path
    from esync.manifests.record import ReadValue, Trail

T = TypeVar("T")

# What annotations may name although their module imports it for type checkers only.
ANNOTATIONS = MappingProxyType(
    {"Any": Any, "ClassVar": ClassVar, "Mapping": Mapping, "Sequence": Sequence}
)


def read(cls: type[T], value: object, *, at_path: Path, document: Document) -> T:
    """Return ``value`` as an instance of ``cls``.

    Args:
        cls: a frozen dataclass as the module's docstring says.
        value: what stands in the manifest; not changed.
        at_path: where it stands, e.g. ``("spec", "provider", "aws")``.
        document: whose lines the errors name.

    Raises:
        Rejected: it has errors; all of them are in its ``errors``.
    """
    instance, errors = examine(cls, value, at_path=at_path, document=document)
    if instance is None:
        raise Rejected(errors)
    return instance


def examine(
    cls: type[T], value: object, *, at_path: Path, document: Document
) -> tuple[T | None, list[ManifestError]]:
    """Return ``value`` as an instance of ``cls`` and no errors, or None and all its errors."""
    record = Record(document, at_path)
    shape: type = cls
    instance = compiled(shape)(value, None, record)
    return (None if record.errors else instance), record.errors


@cache
def compiled(cls: type) -> ReadValue:
    """Return the reader of a dataclass; it is made once."""
    return _Shape(cls).read


class _Shape:
    """How the members of one dataclass are read."""

    __slots__ = ("choices", "cls", "members", "required")

    def __init__(self, cls: type) -> None:
        hints = get_type_hints(cls, localns=dict(ANNOTATIONS))
        declared = fields(cls)
        self.cls = cls
        self.choices: tuple[Choice, ...] = getattr(cls, "CHOICES", ())
        self.members = {
            manifest_name(field): (field.name, _reader(hints[field.name], field.metadata))
            for field in declared
        }
        self.required = tuple(manifest_name(field) for field in declared if is_required(field))

    def read(self, value: Any, trail: Trail, record: Record) -> Any:
        """Return the instance, or None when anything in it is wrong."""
        if value.__class__ is not dict and not isinstance(value, Mapping):
            return record.wrong_type(trail, value, "a mapping")
        before = len(record.errors)
        arguments = {}
        members = self.members
        for name, member in value.items():
            if name not in members:
                record.unknown(trail, name, members)
            elif member is not None:
                attribute, read_member = members[name]
                arguments[attribute] = read_member(member, (trail, name), record)
        for name in self.required:
            if value.get(name) is None:
                record.missing(trail, name)
        for choice in self.choices:
            _check_choice(choice, value, trail, record)
        return self.cls(**arguments) if len(record.errors) == before else None


def manifest_name(field: Field[Any]) -> str:
    """Return how the manifest spells a field: its metadata's name, or in camelCase."""
    name = field.metadata.get(NAME)
    if isinstance(name, str):
        return name
    first, *rest = field.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def is_required(field: Field[Any]) -> bool:
    """Tell whether a field has no default."""
    return field.default is MISSING and field.default_factory is MISSING


def _check_choice(choice: Choice, value: Mapping[str, Any], trail: Trail, record: Record) -> None:
    found = sum(value.get(name) is not None for name in choice.members)
    if found < choice.least or (choice.most and found > choice.most):
        record.wrong_choice(trail, choice, found)


def _reader(annotation: Any, metadata: Mapping[str, Any]) -> ReadValue:
    """Return what reads a value of the annotated type."""
    make = _CONTAINERS.get(get_origin(annotation))
    if make is not None:
        return make(get_args(annotation), metadata)
    if is_dataclass(annotation):
        return _nested(cast("type", annotation))
    if annotation in _SCALARS:
        return _SCALARS[annotation](metadata)
    if issubclass(annotation, StrEnum):
        return scalars.word(annotation)
    raise TypeError(f"no manifest has a field of type {annotation!r}")


def _union(arguments: Sequence[Any], metadata: Mapping[str, Any]) -> ReadValue:
    some = [argument for argument in arguments if argument is not NoneType]
    if set(some) == {int, str}:
        return scalars.integer_or_text(metadata)
    only = _reader(some[0], metadata)
    return lambda value, trail, record: None if value is None else only(value, trail, record)


def _nested(cls: type) -> ReadValue:
    def read_nested(value: Any, trail: Trail, record: Record) -> Any:
        # Looked up when one is met, and not before: classes may nest in circles.
        return compiled(cls)(value, trail, record)

    return read_nested


def _list_of(arguments: Sequence[Any], metadata: Mapping[str, Any]) -> ReadValue:
    read_item = _reader(arguments[0], metadata)
    limits: Limits | None = metadata.get(LIMITS)

    def read_list(value: Any, trail: Trail, record: Record) -> Any:
        if not isinstance(value, list | tuple):
            return record.wrong_type(trail, value, "a list")
        if limits is not None and len(value) < limits.least:
            return record.bad_format(trail, f"a list of at least {limits.least}")
        return tuple([read_item(item, (trail, index), record) for index, item in enumerate(value)])

    return read_list


def _map_of(arguments: Sequence[Any], metadata: Mapping[str, Any]) -> ReadValue:
    read_item = _reader(arguments[1], metadata)

    def read_map(value: Any, trail: Trail, record: Record) -> Any:
        if not isinstance(value, Mapping):
            return record.wrong_type(trail, value, "a mapping")
        return {
            name: read_item(member, (trail, name), record)
            for name, member in value.items()
            if member is not None
        }

    return read_map


_CONTAINERS: Mapping[Any, Callable[[Sequence[Any], Mapping[str, Any]], ReadValue]] = {
    Union: _union,
    UnionType: _union,
    tuple: _list_of,
    Mapping: _map_of,
}

_SCALARS: Mapping[Any, Callable[[Mapping[str, Any]], ReadValue]] = {
    str: lambda metadata: scalars.text(metadata.get(FORMAT)),
    int: lambda metadata: scalars.integer(metadata.get(LIMITS, Limits())),
    bool: lambda _: scalars.boolean,
    float: lambda _: scalars.floating,
    bytes: lambda _: scalars.base64_bytes,
    Any: lambda _: scalars.anything,
}
