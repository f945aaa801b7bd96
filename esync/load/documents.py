"""Streams of bytes to Kubernetes objects: YAML or JSON, several documents, lists taken apart."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any, Final

from esync.errors import Location, near
from esync.load.errors import BadYaml, LoadError, NotAnObject, TooBig
from esync.load.json import parse_json
from esync.load.yaml import Parsed, parse_stream
from esync.manifests.document import Document, ObjectRef, Source
from esync.manifests.errors import type_name
from esync.manifests.kinds import is_cluster_kind, is_cluster_scoped
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from esync.manifests.document import Path

MAX_BYTES: Final = 64 << 20
_LIST: Final = "List"
_JSON_STARTS: Final = (b"{", b"[")


@dataclass(frozen=True, slots=True)
class Scope:
    """In which namespace documents are that name none.

    Attributes:
        namespace: what ``-n`` says, else empty; then other namespaces are an error.
        default: the namespace when ``-n`` says nothing.
    """

    namespace: str = ""
    default: str = "default"


def read_documents(
    stream: bytes, file: str, scope: Scope, *, trusted: bool = True
) -> Iterator[Document | LoadError]:
    """Yield every object in ``stream``; what is none as its error, and the rest goes on.

    Args:
        stream: the bytes of a file; not more than 64 MiB are taken.
        file: what places call it.
        scope: namespaces for objects that name none.
        trusted: what the documents shall say of themselves.
    """
    for parsed in _parsed(stream, file):
        if isinstance(parsed, LoadError):
            yield parsed
            continue
        for body, line, lines in _objects(parsed):
            try:
                yield _document(body, Location(file, line), lines, scope, trusted=trusted)
            except LoadError as error:
                error.ref = _meant(body, scope) if trusted else None
                yield error


def _parsed(stream: bytes, file: str) -> Iterable[Parsed | LoadError]:
    if len(stream) > MAX_BYTES:
        return [TooBig(f"the file has more than {MAX_BYTES >> 20} MiB", at=Location(file))]
    try:
        text = _utf8(stream)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return [BadYaml("this is no UTF-8 text", at=Location(file, line))]
    if not text.lstrip().startswith(_JSON_STARTS):
        return parse_stream(text, file)
    found = list(parse_stream(text, file))
    if not any(isinstance(parsed, BadYaml) for parsed in found):
        return found
    # Several objects in a row, tabs and some escapes are JSON and not YAML.
    return parse_json(text.decode(), file) or found


def _utf8(stream: bytes) -> bytes:
    """Return the stream in UTF-8 and without a byte-order mark."""
    if stream.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return stream.decode("utf-16").encode()
    stream = stream.removeprefix(codecs.BOM_UTF8)
    stream.decode()
    return stream


def _objects(parsed: Parsed) -> Iterator[tuple[Any, int, Mapping[Path, int]]]:
    """Yield the object, or the items of a list, each with its line and the lines in it."""
    body = parsed.value
    kind = body.get("kind") if isinstance(body, dict) else None
    items = body.get("items") if isinstance(kind, str) and kind.endswith(_LIST) else None
    if items is None and kind == _LIST and "items" in body:
        return  # Go spells an empty list so
    if not isinstance(items, list):
        yield body, parsed.line, parsed.lines
        return
    parts = _split_lines(parsed.lines, len(items))
    for index, item in enumerate(items):
        line = parsed.lines.get(("items", index), parsed.line)
        whole = Parsed(_named_like_list(item, body), line, parts[index])
        yield from _objects(whole)


def _split_lines(lines: Mapping[Path, int], count: int) -> list[dict[Path, int]]:
    parts: list[dict[Path, int]] = [{} for _ in range(count)]
    for path, line in lines.items():
        if len(path) > 2 and path[0] == "items":  # noqa: PLR2004
            parts[int(path[1])][path[2:]] = line
    return parts


def _named_like_list(item: Any, parent: Mapping[str, Any]) -> Any:
    """Return the item of a typed list (``SecretList``), which may leave out what the list says."""
    kind = parent["kind"].removesuffix(_LIST)
    if not isinstance(item, dict) or not kind or "kind" in item:
        return item
    return {"apiVersion": parent.get("apiVersion"), "kind": kind, **item}


def _document(
    body: Any, at: Location, lines: Mapping[Path, int], scope: Scope, *, trusted: bool
) -> Document:
    if not isinstance(body, dict):
        raise NotAnObject(f"the document is {type_name(body)} and no Kubernetes object", at=at)
    api_version = _required(body, "apiVersion", at, lines)
    kind = _required(body, "kind", at, lines)
    if kind == _LIST or (kind.endswith(_LIST) and "items" in body and not _text(body, "name")):
        raise _no_list(body, at, lines)
    return Document(
        api_version=api_version,
        kind=kind,
        namespace="" if is_cluster_scoped(api_version, kind) else _namespace(body, scope),
        name=_text(body, "name"),
        body=body,
        at=at,
        lines=lines,
        source=Source.FILES,
        trusted=trusted,
    )


def _meant(body: Any, scope: Scope) -> ObjectRef | None:
    """Return the object that a document without an apiVersion was meant to be, if it says so."""
    kind = body.get("kind") if isinstance(body, dict) else None
    name = _text(body, "name") if isinstance(kind, str) else ""
    if not name:
        return None
    namespace = "" if is_cluster_kind(str(kind)) else _namespace(body, scope)
    return ObjectRef(str(kind), namespace, name)


def _namespace(body: Mapping[str, Any], scope: Scope) -> str:
    return _text(body, "namespace") or scope.namespace or scope.default


def _no_list(body: Mapping[str, Any], at: Location, lines: Mapping[Path, int]) -> NotAnObject:
    """Return the error of a list whose items were none, so that it was not taken apart."""
    if "items" not in body:
        hint = near("items", map(str, body))
        return NotAnObject("the list has no items", at=at, hint=hint)
    line = Location(at.file, lines.get(("items",), at.line))
    return NotAnObject(f"items is {type_name(body['items'])} where a list is expected", at=line)


def _required(body: Mapping[str, Any], name: str, at: Location, lines: Mapping[Path, int]) -> str:
    value = body.get(name)
    if isinstance(value, str) and value:
        return value
    if value:
        line = Location(at.file, lines.get((name,), at.line))
        raise NotAnObject(f"{name} is {type_name(value)} where a string is expected", at=line)
    hint = "build kustomizations with -k" if "kustomization" in at.file else near(name, body)
    raise NotAnObject(f"the document is no Kubernetes object: {name} is missing", at=at, hint=hint)


def _text(body: Mapping[str, Any], name: str) -> str:
    """Return a text of the metadata, empty if there is none; its reader tells what is wrong."""
    metadata = body.get("metadata")
    value = metadata.get(name) if isinstance(metadata, dict) else None
    return value if isinstance(value, str) else ""
