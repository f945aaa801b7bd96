"""What Secrets, ConfigMaps and other documents that are used as they stand must look like."""

from __future__ import annotations

from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from esync.manifests.reader import examine
from esync.manifests.typed import metadata_of
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.manifests.document import Document
    from esync.manifests.errors import ManifestError


@dataclass(frozen=True, slots=True)
class SecretContent:
    """What a Secret holds."""

    data: Mapping[str, bytes] = field(default_factory=dict)
    string_data: Mapping[str, str] = field(default_factory=dict)
    type: str = ""


@dataclass(frozen=True, slots=True)
class ConfigMapContent:
    """What a ConfigMap holds."""

    data: Mapping[str, str] = field(default_factory=dict)
    binary_data: Mapping[str, bytes] = field(default_factory=dict)


_CONTENTS: Final = MappingProxyType(
    {
        "Secret": (SecretContent, ("data", "stringData", "type")),
        "ConfigMap": (ConfigMapContent, ("data", "binaryData")),
    }
)


def errors_of(document: Document) -> list[ManifestError]:
    """Return what the API would not accept of the parts that esync reads."""
    _, errors = metadata_of(document)
    content = _CONTENTS.get(document.kind)
    if document.api_version == "v1" and content is not None:
        shape: type = content[0]
        body = {name: document.body[name] for name in content[1] if name in document.body}
        errors += examine(shape, body, at_path=(), document=document)[1]
    return errors
