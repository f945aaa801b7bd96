"""Spell desired Secrets as manifests for others to apply. Pure; the output holds the values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from esync.flow.kubernetes import secret_to_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esync.flow.kubernetes import SecretObject


def as_yaml(secrets: Sequence[SecretObject]) -> str:
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


def as_json(secrets: Sequence[SecretObject]) -> str:
    """Return one ``List`` with all Secrets, sorted by namespace and name."""
    items = {"apiVersion": "v1", "kind": "List", "items": _objects(secrets)}
    return json.dumps(items, indent=2, ensure_ascii=False) + "\n"


def _objects(secrets: Sequence[SecretObject]) -> list[dict[str, Any]]:
    return [
        secret_to_object(one) for one in sorted(secrets, key=lambda one: (one.namespace, one.name))
    ]
