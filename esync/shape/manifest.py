"""Build a target of another kind than Secret.

Source: External Secrets Operator 2.9, ``target.manifest``: metadata is not rendered, ``data`` of
the template always lands in the top-level ``data``, Owner and Orphan replace the whole object.
"""

from __future__ import annotations

from copy import deepcopy
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from esync.flow.applyset import PART_OF_LABEL
from esync.flow.desired import Piece
from esync.flow.kubernetes import (
    CREATED_BY_LABEL,
    DATA_HASH_ANNOTATION,
    MANAGED_LABEL,
    owner_to_object,
)
from esync.flow.manifest import ManifestObject
from esync.gocompat.digest import created_by, digest
from esync.manifests.externalsecret import CreationPolicy, TemplateScope
from esync.records import dataclass
from esync.secret import SecretValue
from esync.shape.decode import decode
from esync.shape.errors import BadTarget, ReservedLabel
from esync.shape.metadata import copied, is_reserved
from esync.shape.owners import owners_after
from esync.shape.paths import BadPathError, parse, place
from esync.shape.sources import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.flow.plan import Planned
    from esync.flow.snapshot import Snapshot
    from esync.manifests.document import Path
    from esync.manifests.externalsecret import Template, TemplateFrom, TemplateSource
    from esync.shape.chance import Chance
    from esync.shape.collect import Collected

_TEMPLATE: Final = ("spec", "target", "template")
_WITH_DATA: Final = frozenset({"ConfigMap", "Secret"})
_MERGES: Final = frozenset({CreationPolicy.MERGE, CreationPolicy.CREATE_OR_MERGE})


def pieces(
    planned: Planned,
    template: Template,
    collected: Collected,
    snapshot: Snapshot,
    chance: Chance,
) -> tuple[Piece, ...]:
    """Render what a template brings to a manifest, in the order in which it is put there.

    Raises:
        TemplateFailed, SourceMissing: as for Secrets.
    """
    return tuple(_Renderer(planned, collected, snapshot, chance).pieces(template))


@dataclass(frozen=True, slots=True)
class _Renderer:
    planned: Planned
    collected: Collected
    snapshot: Snapshot
    chance: Chance

    def pieces(self, template: Template) -> Iterator[Piece]:
        for index, source in enumerate(template.template_from):
            path: Path = (*_TEMPLATE, "templateFrom", index)
            if source.literal is not None:
                scope = TemplateScope.KEYS_AND_VALUES
                yield self._piece(source.literal, "literal", source, scope, path=(*path, "literal"))
            if source.config_map:
                yield from self._items("ConfigMap", source.config_map, source, path)
            if source.secret:
                yield from self._items("Secret", source.secret, source, path)
        plain = _plain_source()
        for key in sorted(template.data):
            path = (*_TEMPLATE, "data", key)
            yield self._piece(template.data[key], key, plain, TemplateScope.VALUES, path=path)

    def _items(
        self, kind: str, named: TemplateSource, source: TemplateFrom, path: Path
    ) -> Iterator[Piece]:
        at = self.planned.place(path)
        for item in named.items:
            text = text_of(self.planned, self.snapshot, kind, named.name, item.key, at=at)
            piece = self._piece(text, item.key, source, item.template_as, path=path)
            # ESO does so too: from a ConfigMap or Secret only the target Data has any effect.
            if piece.target.lower() == "data":
                yield piece

    def _piece(
        self, text: str, key: str, source: TemplateFrom, scope: TemplateScope, *, path: Path
    ) -> Piece:
        from esync.shape.templates import render

        rendered = render(text, key, self.collected.data, self.chance, at=self.planned.place(path))
        return Piece(
            target=source.target or "Data",
            key=key,
            value=SecretValue(rendered.text),
            keys_and_values=scope is TemplateScope.KEYS_AND_VALUES,
            decoding=source.values_decoding_strategy,
            path=path,
            volatile=rendered.volatile,
        )


def _plain_source() -> TemplateFrom:
    from esync.manifests.externalsecret import TemplateFrom

    return TemplateFrom()


def build_manifest(
    planned: Planned,
    data: Mapping[str, SecretValue],
    rendered: tuple[Piece, ...],
    live: ManifestObject | None,
    uid: str,
) -> ManifestObject:
    """Return the object as it should be.

    Args:
        planned: whose target it is.
        data: the fetched keys.
        rendered: what the template brings.
        live: the object in the cluster; Merge and CreateOrMerge build on it.
        uid: of the ExternalSecret in the cluster; without one there is no owner reference.

    Raises:
        OwnedByAnother: another ExternalSecret or controller owns it.
        BadTarget: a piece cannot be put where it shall go, or changes whose object it is.
        ReservedLabel: the template sets bookkeeping labels.
    """
    one = planned.external_secret
    target = one.spec.target
    body = _base(planned, live if target.creation_policy in _MERGES else None)
    template = target.template
    metadata = template.metadata if template else None
    labels = dict(metadata.labels) if metadata else copied(one.labels)
    annotations = dict(metadata.annotations) if metadata else copied(one.annotations)
    before = {**body["metadata"].get("labels", {}), **body["metadata"].get("annotations", {})}
    body["metadata"].setdefault("labels", {}).update(labels)
    body["metadata"].setdefault("annotations", {}).update(annotations)
    if template is None:
        _put_data(body, data)
    volatile: set[tuple[str, ...]] = set()
    for piece in rendered:
        written = _put(body, piece, planned)
        (volatile.update if piece.volatile else volatile.difference_update)(written)
    _check_identity(body, planned)
    _check_reserved(body["metadata"], before, planned)
    _stamp(body, planned, live, uid)
    return ManifestObject(body, frozenset(volatile))


def _base(planned: Planned, live: ManifestObject | None) -> dict[str, Any]:
    if live is not None:
        return deepcopy(dict(live.body))
    manifest = planned.external_secret.spec.target.manifest
    if manifest is None:
        raise AssertionError("a Secret target is built elsewhere")
    body: dict[str, Any] = {
        "apiVersion": manifest.api_version,
        "kind": manifest.kind,
        "metadata": {"name": planned.target.name, "namespace": planned.target.namespace},
    }
    body["data" if manifest.kind in _WITH_DATA else "spec"] = {}
    return body


def _put_data(body: dict[str, Any], data: Mapping[str, SecretValue]) -> None:
    texts = {key: _text(value.reveal()) for key, value in sorted(data.items())}
    if body["kind"] == "ConfigMap":
        body["data"] = texts
    else:
        body.setdefault("spec", {})["data"] = texts


def _put(body: dict[str, Any], piece: Piece, planned: Planned) -> set[tuple[str, ...]]:
    """Put a piece where it belongs, and return beginnings of paths to what it wrote."""
    try:
        match piece.target.lower():
            case "labels" | "annotations" as name:
                return _put_strings(body["metadata"], name, piece)
            case "data":
                return _put_strings(body, "data", piece)
            case "spec" if not piece.keys_and_values:
                return _put_strings(body, "spec", piece)
            case _:
                tokens = parse(piece.target)
                merge = piece.keys_and_values and len(tokens) > 1
                place(body, tokens, _parsed(piece), merge=merge)
                names = tuple(takewhile(lambda token: isinstance(token, str), tokens))
                return {tuple(str(name) for name in names)}
    except BadPathError as error:
        at = planned.place(piece.path)
        raise BadTarget(f'target "{piece.target}": {error}', at=at) from None


def _put_strings(holder: Any, name: str, piece: Piece) -> set[tuple[str, ...]]:  # any JSON value
    if not isinstance(holder, dict) or not isinstance(holder.setdefault(name, {}), dict):
        raise BadPathError("another entry put something there that is no mapping")
    texts = _strings(piece)
    holder[name].update(texts)
    return {(name, key) for key in texts}


def _strings(piece: Piece) -> dict[str, str]:
    """Return keys and texts of a piece that lands in a map of texts."""
    from esync.gocompat import yaml

    if piece.keys_and_values:
        try:
            found = yaml.string_map(piece.value.reveal())
        except yaml.YAMLError:
            raise BadPathError("the template does not render to keys and plain values") from None
        pairs = {_text(key): SecretValue(value) for key, value in found.items()}
    else:
        pairs = {piece.key: piece.value}
    what = f'template "{piece.key}"'
    return {
        key: _text(decode(value, piece.decoding, what).reveal()) for key, value in pairs.items()
    }


def _parsed(piece: Piece) -> object:
    """Return the value of a piece that lands at a path: YAML if it is, else the text."""
    from esync.gocompat import yaml

    value = piece.value
    if not piece.keys_and_values:
        value = decode(value, piece.decoding, f'template "{piece.key}"')
    try:
        return _plain(yaml.typed(value.reveal()))
    except yaml.YAMLError:
        if piece.keys_and_values:
            raise BadPathError("the template does not render to YAML") from None
        return _text(value.reveal())


def _plain(value: Any) -> Any:  # any JSON value, strings as bytes
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, dict):
        return {_text(key): _plain(member) for key, member in value.items()}
    return [_plain(member) for member in value] if isinstance(value, list) else value


def _check_identity(body: Mapping[str, Any], planned: Planned) -> None:
    """Refuse a template that changed whose object this is; the operator would write it."""
    manifest = planned.external_secret.spec.target.manifest
    meta = body.get("metadata")
    is_ours = (
        manifest is not None
        and isinstance(meta, dict)
        and all(_is_text_map(meta.get(name, {})) for name in ("labels", "annotations"))
        and (body.get("apiVersion"), body.get("kind")) == (manifest.api_version, manifest.kind)
        and (meta.get("namespace"), meta.get("name"))
        == (planned.target.namespace, planned.target.name)
    )
    if not is_ours:
        raise BadTarget(
            "the template changes apiVersion, kind, name or namespace of its target, or its "
            "labels or annotations into something else",
            at=planned.place(_TEMPLATE),
        )


def _is_text_map(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def _check_reserved(meta: dict[str, Any], before: Mapping[str, str], planned: Planned) -> None:
    """Refuse bookkeeping that a template brought; what a live object had stays."""
    for name in ("labels", "annotations"):
        for key, text in meta.setdefault(name, {}).items():
            if is_reserved(key) and before.get(key) != text:
                raise ReservedLabel(
                    "a template sets a label or annotation that belongs to the bookkeeping",
                    at=planned.place(_TEMPLATE),
                )


def _stamp(body: dict[str, Any], planned: Planned, live: ManifestObject | None, uid: str) -> None:
    one, meta = planned.external_secret, body["metadata"]
    meta["labels"][MANAGED_LABEL] = "true"
    hashed = body.get("spec")
    meta["annotations"][DATA_HASH_ANNOTATION] = digest(
        body.get("data") if hashed is None else hashed
    )
    meta["labels"].pop(CREATED_BY_LABEL, None)
    if one.spec.target.creation_policy is CreationPolicy.OWNER:
        meta["labels"][CREATED_BY_LABEL] = created_by(one.namespace, one.name)
    owners = owners_after(
        live.owners if live else (), live.labels if live else {}, one, planned.target, uid
    )
    meta["ownerReferences"] = [owner_to_object(owner) for owner in owners]
    if live is not None:
        if PART_OF_LABEL in live.labels:
            meta["labels"][PART_OF_LABEL] = live.labels[PART_OF_LABEL]
        for name in ("resourceVersion", "uid", "finalizers"):
            if live.metadata.get(name):
                meta[name] = live.metadata[name]
    for name in ("labels", "annotations", "ownerReferences"):
        if not meta[name]:
            del meta[name]


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
