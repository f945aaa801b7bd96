"""Spell desired Secrets as manifests for others to apply. Pure; the output holds the values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from esync.flow.kubernetes import secret_to_object
from esync.flow.manifest import ManifestObject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esync.flow.desired import Content
    from esync.flow.kubernetes import SecretObject
    from esync.secret import SecretValue


def as_yaml(secrets: Sequence[SecretObject | ManifestObject]) -> str:
    """Return a stream of documents, sorted by namespace and name."""
    dumped = yaml.dump_all(
        _objects(secrets),
        Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper),
        explicit_start=True,
        sort_keys=False,
        allow_unicode=True,
        width=4096,
    )
    return str(dumped)


def as_json(secrets: Sequence[SecretObject | ManifestObject]) -> str:
    """Return one ``List`` with all Secrets, sorted by namespace and name."""
    items = {"apiVersion": "v1", "kind": "List", "items": _objects(secrets)}
    return json.dumps(items, indent=2, ensure_ascii=False) + "\n"


def content_as_yaml(content: Content) -> str:
    """Return what templates made, for reading: text as text, other bytes as ``!!binary``."""
    body: dict[str, Any] = {}
    if content.type:
        body["type"] = content.type
    for name, mapping in (("labels", content.labels), ("annotations", content.annotations)):
        if mapping:
            body[name] = dict(sorted(mapping.items()))
    body["data"] = {key: _readable(value) for key, value in sorted(content.data.items())}
    return str(yaml.dump(body, Dumper=_Readable, sort_keys=False, allow_unicode=True, width=4096))


class _Readable(yaml.SafeDumper):
    """Writes text of several lines as a block."""


def _block(dumper: _Readable, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Readable.add_representer(str, _block)


def _readable(value: SecretValue) -> str | bytes:
    try:
        return value.reveal().decode()
    except UnicodeDecodeError:
        return value.reveal()


def _objects(secrets: Sequence[SecretObject | ManifestObject]) -> list[dict[str, Any]]:
    ordered = sorted(secrets, key=lambda one: (one.ref.namespace, one.ref.kind, one.ref.name))
    return [
        dict(one.body) if isinstance(one, ManifestObject) else secret_to_object(one)
        for one in ordered
    ]
