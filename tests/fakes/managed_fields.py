"""Who wrote which field, as the API server computes it for creates and updates.

Source: Kubernetes, "Server-Side Apply", field management; structured-merge-diff ``Updater.Update``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Step = tuple[str, ...]
Fields = dict[Step, object]

# Identity and bookkeeping belong to nobody.
_STRIPPED = frozenset({"apiVersion", "kind"})
_STRIPPED_METADATA = frozenset(
    {"name", "namespace", "uid", "resourceVersion", "creationTimestamp", "generation"}
    | {"managedFields"}
)


def record(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    manager: str,
    time: str,
    subresource: str = "",
) -> list[dict[str, Any]]:
    """Return the managedFields of ``new`` after ``manager`` made it out of ``old``.

    Added and changed fields go to the writer and leave everybody else; removed ones leave all; who
    has none left vanishes. As in the API server, entries that ``new`` brings replace the live ones.
    """
    listed = new["metadata"].get("managedFields") or old.get("metadata", {}).get("managedFields")
    entries = {_key(entry): dict(entry) for entry in listed or ()}
    before, after = _fields(old), _fields(new)
    written = {path for path in after if path not in before or before[path] != after[path]}
    removed = before.keys() - after.keys()
    own = (manager, "Update", subresource)
    if written and own not in entries:
        entries[own] = _entry(manager, str(new["apiVersion"]), subresource)
    kept = []
    for key, entry in entries.items():
        paths = set(_paths(entry.get("fieldsV1", {})))
        left = (paths | written if key == own else paths - written) - removed
        if left != paths:
            entry |= {"fieldsV1": _tree(left), "time": time}
        if left:
            kept.append(entry)
    return kept


def _key(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    return entry["manager"], entry["operation"], entry.get("subresource", "")


def _entry(manager: str, api_version: str, subresource: str) -> dict[str, Any]:
    entry = {"manager": manager, "operation": "Update", "apiVersion": api_version}
    entry |= {"fieldsType": "FieldsV1"}
    return entry | ({"subresource": subresource} if subresource else {})


def _fields(body: Mapping[str, Any]) -> Fields:
    fields: Fields = {}
    for name, value in body.items():
        if name == "metadata":
            kept = {key: one for key, one in value.items() if key not in _STRIPPED_METADATA}
            for key, one in kept.items():
                fields.update(_walk((f"f:{name}", f"f:{key}"), one))
        elif name not in _STRIPPED:
            fields.update(_walk((f"f:{name}",), value))
    return fields


def _walk(path: Step, value: Any) -> Iterator[tuple[Step, object]]:
    """Yield each field with its value; a mapping counts as there, whatever it holds."""
    match path[-1], value:
        case _, dict():
            yield path, None
            for key, one in value.items():
                yield from _walk((*path, f"f:{key}"), one)
        case "f:ownerReferences", list():
            yield path, None
            yield from (((*path, f'k:{{"uid":"{one["uid"]}"}}'), one) for one in value)
        case "f:finalizers", list():
            yield path, None
            yield from (((*path, f"v:{json.dumps(one)}"), one) for one in value)
        case _:
            yield path, value


def _paths(tree: Mapping[str, Any], path: Step = ()) -> Iterator[Step]:
    for step, below in tree.items():
        if step == ".":
            yield path
        elif below:
            yield from _paths(below, (*path, step))
        else:
            yield (*path, step)


def _tree(paths: set[Step]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in sorted(paths):
        node = tree
        for depth, step in enumerate(path):
            below = node.setdefault(step, {})
            if not below and path[: depth + 1] in paths and path[: depth + 1] != path:
                below["."] = {}
            node = below
    return tree
