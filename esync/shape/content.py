"""Render the templates of a target: what a Secret will hold, without regard to what is live.

Source: External Secrets Operator 2.9: templateFrom in order (ConfigMap, Secret, literal), then
``data``, then labels, then annotations; each overwrites what came before; all see the fetched keys
and never each other's output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.flow.desired import Content
from esync.gocompat import yaml as go_yaml
from esync.manifests.externalsecret import (
    DecodingStrategy,
    MergePolicy,
    TemplateScope,
)
from esync.records import dataclass, field
from esync.secret import SecretValue
from esync.shape.decode import decode
from esync.shape.errors import ReservedLabel, TemplateFailed
from esync.shape.metadata import is_reserved
from esync.shape.sources import text_of
from esync.shape.templates import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.errors import Location
    from esync.flow.plan import Planned
    from esync.flow.snapshot import Snapshot
    from esync.manifests.document import Path
    from esync.manifests.externalsecret import Template, TemplateFrom, TemplateSource
    from esync.shape.chance import Chance
    from esync.shape.collect import Collected

_TEMPLATE: tuple[str, ...] = ("spec", "target", "template")


def rendered(
    planned: Planned,
    template: Template,
    collected: Collected,
    snapshot: Snapshot,
    chance: Chance,
) -> Content:
    """Return what the ExternalSecret's template makes of the fetched keys.

    Raises:
        TemplateFailed: a template does not parse or execute.
        SourceMissing: a ConfigMap, Secret or key with a template is not there.
        ReservedLabel: a manifest sets bookkeeping labels.
    """
    return _Renderer(planned, template, collected, snapshot, chance).content()


@dataclass(slots=True)
class _Parts:
    data: dict[str, SecretValue] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    from_values: set[tuple[str, str]] = field(default_factory=set)
    volatile: set[tuple[str, str]] = field(default_factory=set)


class _Renderer:
    """Renders one target's template, part by part."""

    def __init__(
        self,
        planned: Planned,
        template: Template,
        collected: Collected,
        snapshot: Snapshot,
        chance: Chance,
    ) -> None:
        self._planned = planned
        self._template = template
        self._collected = collected
        self._snapshot = snapshot
        self._chance = chance
        self._parts = _Parts(
            labels=dict(template.metadata.labels), annotations=dict(template.metadata.annotations)
        )

    def content(self) -> Content:
        """Render everything in the operator's order."""
        template, parts = self._template, self._parts
        has_data = bool(template.data or template.template_from)
        if template.merge_policy is MergePolicy.MERGE or not has_data:
            parts.data.update(self._collected.data)
            parts.from_values |= {("data", key) for key in self._collected.from_values}
        for index, source in enumerate(template.template_from):
            self._source(source, (*_TEMPLATE, "templateFrom", index))
        self._values(template.data, "Data", (*_TEMPLATE, "data"))
        metadata = (*_TEMPLATE, "metadata")
        self._values(template.metadata.labels, "Labels", (*metadata, "labels"))
        self._values(template.metadata.annotations, "Annotations", (*metadata, "annotations"))
        for name in (*parts.labels, *parts.annotations):
            if is_reserved(name):
                raise ReservedLabel(
                    "a template sets a label or annotation that belongs to the bookkeeping",
                    at=self._planned.place(metadata),
                )
        return Content(
            data=parts.data,
            labels=parts.labels,
            annotations=parts.annotations,
            finalizers=template.metadata.finalizers,
            type=template.type,
            names_are_values=frozenset(parts.from_values),
            volatile=frozenset(parts.volatile),
        )

    def _values(self, templates: Mapping[str, str], target: str, path: Path) -> None:
        for key in sorted(templates):
            at = self._planned.place((*path, key))
            self._one(templates[key], key, target, DecodingStrategy.NONE, at=at)

    def _source(self, source: TemplateFrom, path: Path) -> None:
        # An empty target is accepted by admission; read it as the schema's default.
        target = source.target or "Data"
        if source.config_map:
            self._items("ConfigMap", source.config_map, source, (*path, "configMap"))
        if source.secret:
            self._items("Secret", source.secret, source, (*path, "secret"))
        if source.literal is not None:
            at = self._planned.place((*path, "literal"))
            strategy = source.values_decoding_strategy
            self._keys_and_values(source.literal, "literal", target, strategy, at=at)

    def _items(self, kind: str, named: TemplateSource, source: TemplateFrom, path: Path) -> None:
        target, strategy = source.target or "Data", source.values_decoding_strategy
        at = self._planned.place(path)
        for item in named.items:
            text = text_of(self._planned, self._snapshot, kind, named.name, item.key, at=at)
            if item.template_as is TemplateScope.KEYS_AND_VALUES:
                self._keys_and_values(text, item.key, target, strategy, at=at)
            else:
                self._one(text, item.key, target, strategy, at=at)

    def _one(
        self, text: str, key: str, target: str, strategy: DecodingStrategy, *, at: Location
    ) -> None:
        rendered = render(text, key, self._collected.data, self._chance, at=at)
        value = decode(SecretValue(rendered.text), strategy, f'template "{key}"')
        self._put(target, key, value, volatile=rendered.volatile)

    def _keys_and_values(
        self, text: str, name: str, target: str, strategy: DecodingStrategy, *, at: Location
    ) -> None:
        rendered = render(text, name, self._collected.data, self._chance, at=at)
        try:
            pairs = go_yaml.string_map(rendered.text)
        except go_yaml.YAMLError:
            raise TemplateFailed(
                f'template "{name}" does not render to YAML with keys and plain values',
                at=at,
                hint="quote values that hold colons, hashes or line ends",
            ) from None
        literal = "{{" not in text
        for key, value in pairs.items():
            spelled = key.decode("utf-8", "surrogateescape")
            decoded = decode(SecretValue(value), strategy, f'a value of template "{name}"')
            self._put(target, spelled, decoded, volatile=rendered.volatile, made=not literal)

    def _put(
        self, target: str, key: str, value: SecretValue, *, volatile: bool, made: bool = False
    ) -> None:
        parts, name = self._parts, target.lower()
        match name:
            case "labels":
                parts.labels[key] = value.reveal().decode("utf-8", "replace")
            case "annotations":
                parts.annotations[key] = value.reveal().decode("utf-8", "replace")
            case _:
                parts.data[key] = value
        (parts.from_values.add if made else parts.from_values.discard)((name, key))
        (parts.volatile.add if volatile else parts.volatile.discard)((name, key))
