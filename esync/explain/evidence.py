"""What a verdict rests on, in words: names and places, never a value. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.manifests.errors import spelled
from esync.manifests.externalsecret import DecodingStrategy
from esync.providers.references import references

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.flow.change import Change
    from esync.flow.fetched import Answer, StoreCalls
    from esync.flow.kubernetes import SecretObject
    from esync.flow.plan import Ask, Entry, Planned
    from esync.manifests.document import ObjectRef
    from esync.manifests.externalsecret import ExternalSecret
    from esync.manifests.store import Store


def of_manifest(one: ExternalSecret) -> Iterator[str]:
    """Tell where it stands, and how much it asks for."""
    origin = f", from ClusterExternalSecret {one.origin}" if one.origin else ""
    yield (
        f"{one.place()}: {len(one.spec.data)} entries of data, "
        f"{len(one.spec.data_from)} of dataFrom{origin}"
    )


def of_store(store: Store) -> str:
    """Tell which store, and where it stands."""
    return f"{store.ref} ({store.provider}) at {store.document.at}"


def of_conditions(store: Store, namespace: str) -> str:
    """Tell why a store may be used."""
    if not store.is_cluster_wide:
        return f"{store.ref} belongs to the namespace"
    if not store.conditions:
        return f"{store.ref} has no conditions"
    return f"a condition of {store.ref} allows namespace {namespace}"


def of_credentials(store: Store, namespace: str) -> Iterator[str]:
    """Tell what a store signs in with, by name."""
    found = False
    for one in references(store, namespace):
        found = True
        yield f"{store.ref}: {one.kind} {one.namespace}/{one.name} ({spelled(one.path)})"
    if not found:
        yield f"{store.ref} names none"


def of_calls(calls: StoreCalls) -> str:
    """Tell that a store answered."""
    counted = ", ".join(f"{number} {name}" for name, number in sorted(calls.calls.items()))
    return f"{calls.store} answered: {counted}"


def of_keys(planned: Planned, answers: Mapping[Ask, Answer]) -> Iterator[str]:
    """Tell of each entry what its store said."""
    for entry in planned.entries:
        if entry.ask is None:
            yield f"{spelled(entry.path)} asks nothing"
            continue
        answer = answers[entry.ask]
        said = "is not in the store, and is left out" if answer.no_secret else "is there"
        if answer.found is not None:
            said = f"found {len(answer.found)} keys"
        yield f"{spelled(entry.path)}: {_asked(entry.ask)} {said}"


def of_properties(planned: Planned) -> Iterator[str]:
    """Tell which entries look into what a store handed over."""
    for entry in planned.entries:
        property_ = _property(entry)
        if property_:
            yield f'{spelled(entry.path)}: property "{property_}"'


def of_decoding(planned: Planned, keys: int) -> Iterator[str]:
    """Tell how many keys there are, and which entries are decoded."""
    yield f"{keys} keys"
    for entry in planned.entries:
        many = entry.data_from
        ref = entry.data.remote_ref if entry.data else many and (many.find or many.extract)
        if ref and ref.decoding_strategy is not DecodingStrategy.NONE:
            yield f"{spelled(entry.path)}: decodingStrategy {ref.decoding_strategy}"
        if many and many.rewrite:
            yield f"{spelled(entry.path)}: {len(many.rewrite)} rewrites"


def of_template(planned: Planned) -> Iterator[str]:
    """Tell which templates there are; nothing if there are none."""
    template = planned.external_secret.spec.target.template
    if template is None:
        return
    metadata = len(template.metadata.labels) + len(template.metadata.annotations)
    yield (
        f"{len(template.data)} templates in data, {metadata} in metadata, "
        f"{len(template.template_from)} entries of templateFrom"
    )
    for source in template.template_from:
        for kind, named in (("ConfigMap", source.config_map), ("Secret", source.secret)):
            if named:
                yield f"{kind} {planned.target.namespace}/{named.name}"


def of_owner(target: ObjectRef, live: SecretObject | None) -> str:
    """Tell who has the target now."""
    if live is None:
        return f"there is no {target}"
    controller = live.controller
    owner = f"controlled by {controller.kind} {controller.name}" if controller else "without owner"
    return f"{target} is {'managed' if live.is_managed else 'not managed'}, {owner}"


def of_change(change: Change) -> Iterator[str]:
    """Tell what would be written: names of fields, masked where they are values."""
    for field in change.fields:
        name = f"{field.field}.{field.key}" if field.key else field.field
        yield f"{name} {field.mark}{' on each run' if field.volatile else ''}"


def _asked(ask: Ask) -> str:
    if ask.find is not None:
        return "find"
    version = f' version "{ask.version}"' if ask.version else ""
    return f'"{ask.key}"{version}'


def _property(entry: Entry) -> str:
    if entry.data:
        return entry.data.remote_ref.property
    extract = entry.data_from.extract if entry.data_from else None
    return extract.property if extract else ""
