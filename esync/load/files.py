"""The files that ``-f`` names: read one by one, and never outside of the folder that was named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from esync.errors import Location
from esync.load.documents import MAX_BYTES
from esync.load.errors import LeavesFolder, LoadError, TooBig, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STDIN: Final = "-"
SUFFIXES: Final = (".yaml", ".yml", ".json")


class Files:
    """Reads paths; a file that was read is not read again, by whatever name.

    Yields the name as the user would write it, and the bytes or why there are none.
    """

    def __init__(self, stdin: Callable[[], bytes], *, recursive: bool = False) -> None:
        self._stdin = stdin
        self._recursive = recursive
        self._seen: set[str] = set()

    def read(self, name: str) -> Iterator[tuple[str, bytes | LoadError]]:
        """Yield what ``name`` stands for: a file, the files of a folder in order, or stdin."""
        if name == STDIN:
            if STDIN not in self._seen:
                self._seen.add(STDIN)
                yield STDIN, self._stdin()
            return
        path = Path(name)
        if not path.is_dir():
            yield from self._file(path)
            return
        found = list(self._folder(path))
        if not found:
            hint = "" if self._recursive else "-R looks into its sub-folders too"
            message = "the folder has no *.yaml, *.yml or *.json file"
            yield name, Unreadable(message, at=Location(name), hint=hint)
        for item in found:
            if isinstance(item, LoadError):
                yield name, item
            elif _leaves(item, path):
                yield str(item), LeavesFolder(at=Location(str(item)))
            else:
                yield from self._file(item)

    def _folder(self, folder: Path) -> Iterator[Path | LoadError]:
        """Yield the files of a folder by name, then those of its sub-folders."""
        problems: list[OSError] = []
        for at, folders, names in os.walk(folder, onerror=problems.append):
            folders.sort()
            yield from (Path(at, name) for name in sorted(names) if name.endswith(SUFFIXES))
            if not self._recursive:
                break
            # Links are not followed: their folder is read where it is, or must not be read.
            yield from (Path(at, name) for name in folders if _leaves(Path(at, name), folder))
        yield from (_unreadable(str(error.filename), error) for error in problems)

    def _file(self, path: Path) -> Iterator[tuple[str, bytes | LoadError]]:
        real = os.path.realpath(path)
        if real in self._seen:
            return
        self._seen.add(real)
        yield str(path), _bytes_of(path)


def _leaves(item: Path, folder: Path) -> bool:
    return not Path(os.path.realpath(item)).is_relative_to(os.path.realpath(folder))


def _bytes_of(path: Path) -> bytes | LoadError:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        return _unreadable(str(path), error)
    if len(content) > MAX_BYTES:
        return TooBig(f"the file has more than {MAX_BYTES >> 20} MiB", at=Location(str(path)))
    return content


def _unreadable(name: str, error: OSError) -> Unreadable:
    hint = (
        "is the path right? it is taken from the current folder" if not Path(name).exists() else ""
    )
    reason = (error.strerror or "it cannot be read").lower()
    return Unreadable(f'cannot read "{name}": {reason}', at=Location(name), hint=hint)
