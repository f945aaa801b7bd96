"""Manifests as YAML with comments above each, or as one JSON ``List``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from esync.deploy.parts import Part


class _Plain(yaml.SafeDumper):
    """Repeats what stands twice, instead of pointing at it."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the library's signature
        return True


def as_yaml(parts: Sequence[Part], head: Iterable[str]) -> str:
    """Return a stream of documents; ``head`` stands above the first one."""
    lines = "".join(f"# {line}".rstrip() + "\n" for line in head)
    return lines + "".join(_document(part) for part in parts)


def as_json(parts: Sequence[Part]) -> str:
    """Return one ``List``; JSON has no comments."""
    items = {"apiVersion": "v1", "kind": "List", "items": [part.body for part in parts]}
    return json.dumps(items, indent=2, ensure_ascii=False) + "\n"


def _document(part: Part) -> str:
    comments = "".join(f"# {_plain(line)}\n" for line in part.comments)
    body = yaml.dump(part.body, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=4096)
    return f"---\n{comments}{body}"


def _plain(line: str) -> str:
    """Return a line without what ends a comment: names and addresses of the input stand there."""
    return "".join(one if one.isprintable() else " " for one in line)
