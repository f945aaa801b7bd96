"""What v1beta1 lacks of v1; everything else in it means the same.

Source: External Secrets Operator 2.9, the versions of its API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from esync.manifests import kinds
from esync.manifests.errors import ManifestError, NotInBeta

if TYPE_CHECKING:
    from esync.manifests.document import Document, Path

_V1_ONLY_PROVIDERS: Final = frozenset(
    [
        "barbican",
        "beyondtrustworkloadcredentials",
        "crd",
        "dvls",
        "nebiusmysterybox",
        "ngrok",
        "onepasswordSDK",
        "openBao",
        "ovh",
        "volcengine",
    ]
)
PROVIDERS: Final = kinds.PROVIDERS - _V1_ONLY_PROVIDERS | {"alibaba", "device42"}

_V1_ONLY_GENERATORS: Final = frozenset(
    {
        "BeyondtrustWorkloadCredentialsDynamicSecret",
        "CloudsmithAccessToken",
        "GitlabDeployToken",
        "MFA",
    }
)
# Stands for any value that is text.
AS_TEXT: Final = " as text"
_TEMPLATE_TARGETS: Final = frozenset({"Data", "Annotations", "Labels"})


def missing(document: Document) -> list[ManifestError]:
    """Return an error for each thing in a v1beta1 document that only v1 has."""
    return [
        NotInBeta(path, at=document.place(path), word=word)
        for path, word in _uses(document.kind, _mapping(document.body, "spec"))
    ]


def _uses(kind: str, spec: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield the path of what v1beta1 lacks, and the word there if it is the word that it lacks."""
    match kind:
        case "ExternalSecret":
            yield from _in_external_secret(spec, ("spec",))
        case "ClusterExternalSecret":
            path: Path = ("spec", "externalSecretSpec")
            yield from _in_external_secret(_mapping(spec, "externalSecretSpec"), path)
        case _:
            if isinstance(spec.get("refreshInterval"), str):
                yield ("spec", "refreshInterval"), AS_TEXT


def _in_external_secret(spec: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    if spec.get("syncWindows") is not None:
        yield (*path, "syncWindows"), ""
    yield from _in_target(_mapping(spec, "target"), (*path, "target"))
    for index, entry in _items(spec, "data"):
        at: Path = (*path, "data", index)
        yield from _in_ref(_mapping(entry, "remoteRef"), (*at, "remoteRef"))
        yield from _in_source(entry, at)
    for index, entry in _items(spec, "dataFrom"):
        yield from _in_data_from(entry, (*path, "dataFrom", index))


def _in_data_from(entry: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    for name in ("extract", "find"):
        yield from _in_ref(_mapping(entry, name), (*path, name))
    yield from _in_source(entry, path)
    for index, rewrite in _items(entry, "rewrite"):
        if rewrite.get("merge") is not None:
            yield (*path, "rewrite", index, "merge"), ""


def _in_ref(ref: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    if ref.get("nullBytePolicy") is not None:
        yield (*path, "nullBytePolicy"), ""


def _in_source(entry: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    kind = _mapping(_mapping(entry, "sourceRef"), "generatorRef").get("kind")
    if isinstance(kind, str) and kind in _V1_ONLY_GENERATORS:
        yield (*path, "sourceRef", "generatorRef", "kind"), kind


def _in_target(target: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    if target.get("creationPolicy") == "CreateOrMerge":
        yield (*path, "creationPolicy"), "CreateOrMerge"
    if target.get("manifest") is not None:
        yield (*path, "manifest"), ""
    template = _mapping(target, "template")
    at: Path = (*path, "template")
    if _mapping(template, "metadata").get("finalizers") is not None:
        yield (*at, "metadata", "finalizers"), ""
    for index, entry in _items(template, "templateFrom"):
        if entry.get("valuesDecodingStrategy") is not None:
            yield (*at, "templateFrom", index, "valuesDecodingStrategy"), ""
        word = entry.get("target")
        if isinstance(word, str) and word not in _TEMPLATE_TARGETS:
            yield (*at, "templateFrom", index, "target"), word


def _mapping(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, Mapping) else {}


def _items(parent: Mapping[str, Any], name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    value = parent.get(name)
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, Mapping):
            yield index, item
