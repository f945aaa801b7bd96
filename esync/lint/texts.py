"""Where the templates of a spec stand, those in ConfigMaps and Secrets of the input too.

Source: External Secrets Operator 2.9, ``target.template``: the metadata of other targets than
Secrets is not rendered.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final

from esync.lint.usage import Usage, usage
from esync.manifests.document import ObjectRef
from esync.manifests.errors import spelled
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.errors import Location
    from esync.manifests.document import Document, Path
    from esync.manifests.externalsecret import ExternalSecretSpec, Template

_TEMPLATE: Final = ("target", "template")


@dataclass(frozen=True, slots=True)
class Text:
    """One template.

    Attributes:
        name: the path in its document.
        is_secret: it stands in a Secret, so that nothing of it may be quoted.
        is_rewrite: it makes key names, and is given one key.
    """

    name: str
    uses: Usage
    at: Location
    is_secret: bool = False
    is_rewrite: bool = False


@dataclass(frozen=True, slots=True)
class LostKey:
    """A template source of the input that has no such key."""

    source: ObjectRef
    key: str
    known: tuple[str, ...]
    at: Location


@dataclass(frozen=True, slots=True)
class Texts:
    """The templates of one spec.

    Attributes:
        found: those that the input has.
        unknown: sources that it lacks, and where they are named.
        lost: keys that its sources lack.
    """

    found: tuple[Text, ...] = ()
    unknown: tuple[tuple[ObjectRef, Location], ...] = ()
    lost: tuple[LostKey, ...] = ()


_NONE: Final = Texts()


def texts_of(
    spec: ExternalSecretSpec,
    document: Document,
    base: Path,
    namespace: str,
    objects: Mapping[ObjectRef, Document],
) -> Texts:
    """Return the templates of ``spec``, which stands in ``document`` at ``base``."""
    if spec.target.template is None and not any(one.rewrite for one in spec.data_from):
        return _NONE
    reader = _Reader(document, base, namespace, objects)
    reader.rewrites(spec)
    if spec.target.template is not None:
        reader.template(spec.target.template, renders_metadata=spec.target.manifest is None)
    return Texts(tuple(reader.found), tuple(reader.unknown), tuple(reader.lost))


class _Reader:
    """Collects the templates of one spec."""

    def __init__(
        self,
        document: Document,
        base: Path,
        namespace: str,
        objects: Mapping[ObjectRef, Document],
    ) -> None:
        self._document = document
        self._base = base
        self._namespace = namespace
        self._objects = objects
        self.found: list[Text] = []
        self.unknown: list[tuple[ObjectRef, Location]] = []
        self.lost: list[LostKey] = []

    def rewrites(self, spec: ExternalSecretSpec) -> None:
        """Take the templates that make key names."""
        for index, entry in enumerate(spec.data_from):
            for step, rewrite in enumerate(entry.rewrite):
                if rewrite.transform:
                    path = ("dataFrom", index, "rewrite", step, "transform", "template")
                    self._own(rewrite.transform.template, path, is_rewrite=True)

    def template(self, template: Template, *, renders_metadata: bool) -> None:
        """Take the templates of the target."""
        for key, text in template.data.items():
            self._own(text, (*_TEMPLATE, "data", key))
        if renders_metadata:
            for name in ("labels", "annotations"):
                texts: Mapping[str, str] = getattr(template.metadata, name)
                for key, text in texts.items():
                    self._own(text, (*_TEMPLATE, "metadata", name, key))
        for index, source in enumerate(template.template_from):
            path: Path = (*_TEMPLATE, "templateFrom", index)
            if source.literal is not None:
                self._own(source.literal, (*path, "literal"))
            for kind, field, named in (
                ("ConfigMap", "configMap", source.config_map),
                ("Secret", "secret", source.secret),
            ):
                if named is not None:
                    ref = ObjectRef(kind, self._namespace, named.name)
                    keys = [item.key for item in named.items]
                    self._held(ref, keys, (*path, field))

    def _own(self, text: str, path: Path, *, is_rewrite: bool = False) -> None:
        if "{{" not in text:
            return
        full = (*self._base, *path)
        at = self._document.place(full)
        self.found.append(Text(spelled(full), usage(text), at, is_rewrite=is_rewrite))

    def _held(self, ref: ObjectRef, keys: list[str], path: Path) -> None:
        full = (*self._base, *path)
        document = self._objects.get(ref) if self._namespace else None
        if document is None:
            self.unknown.append((ref, self._document.place((*full, "name"))))
            return
        held = dict(_held_texts(document))
        for index, key in enumerate(keys):
            if key not in held:
                at = self._document.place((*full, "items", index, "key"))
                self.lost.append(LostKey(ref, key, tuple(held), at))
                continue
            name, at = f'key "{key}" of {ref}', document.place((held[key][0], key))
            is_secret = ref.kind == "Secret"
            self.found.append(Text(name, usage(held[key][1]), at, is_secret=is_secret))


def _held_texts(document: Document) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield key, field and text of everything that a ConfigMap or Secret holds."""
    body: Mapping[str, Any] = document.body
    for key, value in (body.get("data") or {}).items():
        text = "" if value is None else str(value)
        yield key, ("data", _decoded(text) if document.kind == "Secret" else text)
    if document.kind == "Secret":
        for key, value in (body.get("stringData") or {}).items():
            yield key, ("stringData", "" if value is None else str(value))


def _decoded(text: str) -> str:
    try:
        return b64decode(text).decode("utf-8", "surrogateescape")
    except binascii.Error:
        return ""
