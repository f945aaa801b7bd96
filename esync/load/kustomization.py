"""Looks through a kustomization, and all that it builds on, for what esync does not let it load."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from esync.errors import Location
from esync.load.documents import MAX_BYTES
from esync.load.errors import KustomizeFailed, LoadError
from esync.load.yaml import Parsed, parse_stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
# Lists whose items are files or folders; some may hold YAML in place of a path.
_PATHS: Final = ("resources", "bases", "components", "crds", "configurations")
_INLINE: Final = ("generators", "transformers", "validators", "patchesStrategicMerge")
_WITH_PATH: Final = ("patches", "patchesJson6902", "replacements")
_MAKERS: Final = ("configMapGenerator", "secretGenerator")
_HELM: Final = ("helmCharts", "helmChartInflationGenerator", "helmGlobals")
_REMOTE = re.compile(r"\A\s*([A-Za-z][A-Za-z0-9+.-]*:(//|:)|[^/\s]+@[^/\s]+:)")


def refusals(folder: Path) -> Iterator[LoadError]:
    """Yield what the kustomization in ``folder`` asks for and must not, over all its bases."""
    waiting = [folder]
    seen: set[Path] = set()
    while waiting:
        at = waiting.pop()
        if at.resolve() in seen:
            continue
        seen.add(at.resolve())
        for name in _NAMES:
            if (at / name).is_file():
                yield from _in_file(at / name, waiting)


def _in_file(file: Path, waiting: list[Path]) -> Iterator[LoadError]:
    try:
        with file.open("rb") as opened:
            stream = opened.read(MAX_BYTES)
    except OSError:
        yield KustomizeFailed("the kustomization cannot be read", at=Location(str(file)))
        return
    for parsed in parse_stream(stream, str(file)):
        if isinstance(parsed, LoadError):
            yield parsed
        elif isinstance(parsed.value, dict):
            yield from _in_document(parsed, file, waiting)


def _in_document(parsed: Parsed, file: Path, waiting: list[Path]) -> Iterator[LoadError]:
    body: Mapping[str, Any] = parsed.value
    for name in _HELM:
        if body.get(name):
            at = Location(str(file), parsed.lines.get((name,), parsed.line))
            yield KustomizeFailed(f"{name} would run helm, which esync does not allow", at=at)
    for name, item, must_exist in _loads(body):
        found = file.parent / item
        is_remote = _REMOTE.match(item) is not None
        if is_remote or (must_exist and not found.exists()):
            at = Location(str(file), parsed.lines.get((name,), parsed.line))
            what = "is remote" if is_remote else "is not there, and nothing remote is loaded"
            hint = "keep a copy in the repository"
            yield KustomizeFailed(f'"{item[:60]}" in {name} {what}', at=at, hint=hint)
        elif found.is_dir():
            waiting.append(found)


def _loads(body: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Yield what would be loaded: the field, the path, whether it is fetched when missing."""
    for name in (*_PATHS, *_INLINE):
        for path in _texts(body.get(name)):
            if name in _PATHS or "\n" not in path:
                yield name, path, True
    for name in (*_WITH_PATH, *_MAKERS, "openapi"):
        for item in _mappings(body.get(name)):
            named = [item.get("path"), item.get("env"), *_list(item.get("envs"))]
            files = [path.rpartition("=")[2] for path in _texts(item.get("files"))]
            yield from ((name, path, False) for path in (*_texts(named), *files))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> Iterator[str]:
    return (item for item in _list(value) if isinstance(item, str))


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    return (item for item in (_list(value) or [value]) if isinstance(item, dict))
