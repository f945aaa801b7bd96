"""What a JSON Schema says against a value, in our words: the library's own quote values."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from esync.manifests.errors import (
    BadFormat,
    ManifestError,
    MissingField,
    NotAllowed,
    NotOneProvider,
    UnknownProvider,
    WrongChoice,
    WrongType,
)
from esync.manifests.kinds import version_of
from esync.manifests.published import unknown_field
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError

    from esync.errors import Location
    from esync.manifests.document import Document, Path

_PROVIDER: Final = ("spec", "provider")
_TYPES: Final = MappingProxyType(
    {
        "string": "a string",
        "integer": "an integer",
        "boolean": "true or false",
        "array": "a list",
        "object": "a mapping",
    }
)
_WORDS: Final = MappingProxyType(
    {
        "minLength": "at least {} long",
        "minItems": "at least {} long",
        "maxLength": "at most {} long",
        "minimum": "an integer from {} on",
        "maximum": "an integer up to {}",
        "format": "base64",
    }
)


@dataclass(frozen=True, slots=True)
class _Broken:
    """One keyword of the schema that a value breaks."""

    keyword: str
    limit: Any
    schema: Mapping[str, Any]
    value: Any
    path: Path
    at: Location


def told(error: ValidationError, document: Document) -> Iterator[ManifestError]:
    """Yield our words for one error of the library, whose own words quote values."""
    path: Path = tuple(error.absolute_path)
    at = document.place(path)
    schema: Any = error.schema
    broken = _Broken(str(error.validator), error.validator_value, schema, error.instance, path, at)
    match broken.keyword:
        case "additionalProperties":
            yield from _unknown(broken, document)
        case "required":
            yield from _missing(broken, document)
        case "type":
            yield _type(broken)
        case "enum":
            yield NotAllowed(path, at=at, found=str(broken.value), allowed=broken.limit)
        case "oneOf" | "anyOf" | "minProperties" | "maxProperties":
            yield _choice(broken)
        case "not" if "required" in broken.limit:
            yield _choice(broken)
        case _:
            yield BadFormat(path, at=at, says=_says(broken))


def _unknown(broken: _Broken, document: Document) -> Iterator[ManifestError]:
    known = broken.schema["properties"]
    for name in broken.value:
        if name not in known:
            path: Path = (*broken.path, name)
            at = document.place(path)
            if broken.path == _PROVIDER:
                version = version_of(document)
                yield UnknownProvider(name, at=at, known=known, version=version)
            else:
                yield unknown_field(path, at=at, known=known)


def _missing(broken: _Broken, document: Document) -> Iterator[ManifestError]:
    for name in broken.limit:
        if name not in broken.value:
            yield MissingField((*broken.path, name), at=document.place((*broken.path, name)))


def _type(broken: _Broken) -> ManifestError:
    names = [broken.limit] if isinstance(broken.limit, str) else broken.limit
    words = " or ".join(_TYPES[name] for name in names)
    return WrongType(broken.path, at=broken.at, found=broken.value, wanted=words)


def _choice(broken: _Broken) -> ManifestError:
    members, least, most = _members(broken)
    found = [name for name in members if name in broken.value]
    if broken.path == _PROVIDER:
        return NotOneProvider(list(broken.value), at=broken.at)
    return WrongChoice(broken.path, members, at=broken.at, least=least, most=most, found=len(found))


def _members(broken: _Broken) -> tuple[list[str], int, int]:
    """Return the members that exclude or need each other, and how many may be set."""
    match broken.keyword:
        case "oneOf":
            return [name for part in broken.limit for name in part["required"]], 1, 1
        case "anyOf":
            return [name for part in broken.limit for name in part["required"]], 1, 0
        case "not":
            return list(broken.limit["required"]), 0, 1
        case _:
            return list(broken.schema["properties"]), 1, 1


def _says(broken: _Broken) -> str:
    """Return what the value must be."""
    described = broken.schema.get("description", "")
    if described and "pattern" in broken.schema and isinstance(broken.value, str):
        return str(described[:1].lower() + described[1:].rstrip("."))
    if broken.keyword == "not":
        return f"free of {', '.join(broken.limit['enum'])}"
    return _WORDS.get(broken.keyword, "of another form").format(broken.limit)
