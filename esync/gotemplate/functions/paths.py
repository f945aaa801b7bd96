"""Sprig's functions on paths with slashes; the ``os`` ones do the same, as on Linux.

Source:
    Go 1.26, packages ``path`` and ``path/filepath``.
"""

from __future__ import annotations

from typing import Final

from esync.gotemplate.function import Function


def _clean(path: bytes) -> bytes:
    """Return the shortest path to the same place, by the letters alone."""
    rooted = path.startswith(b"/")
    kept: list[bytes] = []
    for part in path.split(b"/"):
        if part == b".." and kept and kept[-1] != b"..":
            kept.pop()
        elif part == b"..":
            if not rooted:
                kept.append(part)
        elif part not in (b"", b"."):
            kept.append(part)
    return (b"/" if rooted else b"") + b"/".join(kept) or b"."


def _base(path: bytes) -> bytes:
    """Return the last part; ``.`` of nothing, ``/`` of slashes alone."""
    if not path:
        return b"."
    return path.rstrip(b"/").rpartition(b"/")[2] or b"/"


def _directory(path: bytes) -> bytes:
    return _clean(path[: path.rfind(b"/") + 1])


def _extension(path: bytes) -> bytes:
    name = path.rpartition(b"/")[2]
    return name[name.rfind(b".") :] if b"." in name else b""


def _is_absolute(path: bytes) -> bool:
    return path.startswith(b"/")


_TEXT: Final = "func(string) string"
_PATHS: Final = {
    "base": Function(_TEXT, _base),
    "clean": Function(_TEXT, _clean),
    "dir": Function(_TEXT, _directory),
    "ext": Function(_TEXT, _extension),
    "isAbs": Function("func(string) bool", _is_absolute),
}

FUNCTIONS: Final = {
    **_PATHS,
    **{f"os{name[0].upper()}{name[1:]}": function for name, function in _PATHS.items()},
}
