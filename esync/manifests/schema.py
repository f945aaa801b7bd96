"""The JSON Schemas of ``schemas/``: where they are, and what they say against a document.

Reading into dataclasses is the fast path and knows the common part; a schema also knows the
settings of every provider, so ``validate`` and whoever explains a store asks here.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, Final

from esync.manifests.broken import told
from esync.manifests.formats import is_base64
from esync.manifests.kinds import GROUP, group_of, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

    from esync.manifests.document import Document
    from esync.manifests.errors import ManifestError

KINDS: Final = ("ExternalSecret", "ClusterExternalSecret", "SecretStore", "ClusterSecretStore")
VERSIONS: Final = ("v1", "v1beta1")
# Every schema of a document: those of the operator's kinds, and of our own.
SHIPPED: Final = (*((kind, version) for kind in KINDS for version in VERSIONS), ("Policy", "v1"))


def schema_text(kind: str, version: str) -> str:
    """Return the JSON Schema of one kind, as it is shipped.

    Raises:
        KeyError: there is none.
    """
    if (kind, version) not in SHIPPED:
        raise KeyError(f"{kind} {version}")
    return _shipped(f"{kind.lower()}_{version}.json")


def result_schema_text() -> str:
    """Return the JSON Schema of the results of ``-o json``, as it is shipped."""
    return _shipped("result.json")


def _shipped(name: str) -> str:
    from importlib.resources import files  # 3 ms

    installed = files("esync").joinpath("schemas", name)
    if installed.is_file():
        return installed.read_text(encoding="utf-8")
    # In a checkout the folder stands beside the package.
    return (FilePath(__file__).parents[2] / "schemas" / name).read_text(encoding="utf-8")


def violations(document: Document) -> list[ManifestError]:
    """Return what the schema says against ``document``, in the order of its lines.

    A kind without a schema has no violations. Members that are null count as absent.
    """
    if group_of(document) != GROUP or document.kind not in KINDS:
        return []
    if version_of(document) not in VERSIONS:
        return []
    validator = _validator(document.kind, version_of(document))
    found = {
        (one.rule, one.message): one  # several keywords can say the same
        for error in validator.iter_errors(without_nulls(document.body))
        for one in told(error, document)
    }
    return sorted(found.values(), key=lambda error: error.at.line if error.at else 0)


def without_nulls(value: Any) -> Any:
    """Return ``value`` without the members that are null; items of lists stay."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@cache
def _validator(kind: str, version: str) -> Validator:
    from jsonschema import Draft202012Validator, FormatChecker
    from jsonschema.validators import extend

    checker = FormatChecker(formats=())
    checker.checks("byte")(lambda value: not isinstance(value, str) or is_base64(value))
    # The library's own types say nothing of extend.
    strict: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
    validator: Validator = strict(json.loads(schema_text(kind, version)), format_checker=checker)
    return validator


def _pattern(
    _validator: Any, pattern: str, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    """Match as other languages do: ``$`` is the end, not the line break before it."""
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, str) and not re.search(pattern.removesuffix("$") + r"\Z", instance):
        yield ValidationError("")
