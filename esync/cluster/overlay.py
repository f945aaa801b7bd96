"""Reads the input as if it were in the cluster, and the cluster for what the input lacks."""

from __future__ import annotations

from base64 import b64encode
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import (
    CONFIG_MAPS,
    NAMESPACES,
    SECRETS,
    SERVICE_ACCOUNTS,
    Invalid,
    Object,
    Reader,
    Resource,
    Visitor,
)
from esync.cluster.labels import matches, parse_selector
from esync.errors import EsyncError
from esync.flow.catalog import Gaps
from esync.gocompat.base64 import Base64Error, decode
from esync.manifests.document import Document, ObjectRef

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

NO_GAPS: Final = Gaps()
NAME_LABEL: Final = "kubernetes.io/metadata.name"
_USED: Final = {one.kind: one for one in (SECRETS, CONFIG_MAPS, SERVICE_ACCOUNTS, NAMESPACES)}


class NotInInput(EsyncError):
    """Something is needed that the input lacks, and the cluster may not be asked."""

    rule = "ES0205"

    def __init__(self, ref: ObjectRef, gaps: Gaps = NO_GAPS) -> None:
        otherwise = "" if gaps.guarded else ", or drop --offline"
        hint = gaps.hint(ref, f"pass its file with -f{otherwise}")
        where = "the input that is trusted" if gaps.guarded else "the input"
        super().__init__(f"{ref} is not in {where}", hint=hint)
        self.ref = ref


class BrokenInInput(EsyncError):
    """Something is needed that the input has, with errors; nothing is taken in its place."""

    rule = "ES0212"

    def __init__(self, ref: ObjectRef) -> None:
        super().__init__(
            f"{ref} is in the input, and has errors of its own",
            hint="they are told apart; the cluster's own is not taken in its place",
        )
        self.ref = ref


class InputFirst:
    """A reader over documents, with a cluster behind them.

    Secrets, ConfigMaps, ServiceAccounts and Namespaces of the input are seen as the API server
    would have stored them, and hide those of the cluster. May be used by several threads at once.

    Args:
        documents: the input; other kinds are not looked at.
        behind: the cluster; None if it may not be asked.
        gaps: what the input has and cannot be used.
    """

    def __init__(
        self,
        documents: Mapping[ObjectRef, Document],
        behind: Reader | None,
        gaps: Gaps = NO_GAPS,
    ) -> None:
        self._documents = {
            ref: document
            for ref, document in documents.items()
            if ref.kind in _USED and document.api_version == _USED[ref.kind].api_version
        }
        self._behind = behind
        self.gaps = gaps
        self._made: dict[ObjectRef, Object] = {}
        self._lock = Lock()

    def add(self, made: Object) -> None:
        """Show an object that this run made, whatever input and cluster have of that name."""
        metadata = made["metadata"]
        ref = ObjectRef(made["kind"], metadata.get("namespace", ""), metadata["name"])
        with self._lock:
            self._made[ref] = made

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Return what this run made, else the input's object, else the cluster's.

        Raises:
            NotInInput: it is in neither of the first two, and there is no cluster to ask, or the
                cluster has none and the input's is not trusted.
            BrokenInInput: the input's object has errors, or is defined twice.
            Invalid: the input's object is none that the API server would accept.
        """
        ref = ObjectRef(resource.kind, namespace if resource.namespaced else "", name)
        found = self._own(resource, ref)
        if found is not None:
            return found
        if self._behind is None:
            raise NotInInput(ref, self.gaps)
        live = self._behind.get(resource, namespace, name)
        if live is None and ref in self.gaps.untrusted:
            raise NotInInput(ref, self.gaps)
        return live

    def alone(self, hidden: Collection[ObjectRef] = ()) -> InputFirst:
        """Return a reader over the documents, without a cluster behind them.

        Args:
            hidden: what is left out.
        """
        seen = {ref: one for ref, one in self._documents.items() if ref not in hidden}
        return InputFirst(seen, None, self.gaps)

    def seen_by(self, visitor: Visitor | None) -> Visitor:
        """Return the same objects over a cluster as somebody else sees it.

        Args:
            visitor: hides what it may not read, whoever made it; None if there is no cluster to
                ask, so that nothing else is there and nothing is hidden.
        """
        return SeenBy(self, visitor)

    def own(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Return what this run made, else the input's object; the cluster is not asked."""
        namespace = namespace if resource.namespaced else ""
        return self._own(resource, ObjectRef(resource.kind, namespace, name))

    def list(self, resource: Resource, namespace: str = "", selector: str = "") -> Iterator[Object]:
        """Yield the objects of this run and of the input, then those that only the cluster has.

        Without a cluster, what the input holds is all there is.
        """
        behind = self._behind.list(resource, namespace, selector) if self._behind else ()
        yield from self.list_over(behind, resource, namespace, selector)

    def list_over(
        self, behind: Iterable[Object], resource: Resource, namespace: str, selector: str
    ) -> Iterator[Object]:
        """Yield the objects of this run and of the input, then those that only ``behind`` has."""
        chosen = parse_selector(selector)
        own = self._refs(resource, namespace)
        for ref in own:
            found = self._own(resource, ref)
            if found and matches(chosen, found["metadata"].get("labels") or {}):
                yield found
        for found in behind:
            metadata = found["metadata"]
            ref = ObjectRef(resource.kind, metadata.get("namespace", ""), metadata["name"])
            if ref not in own:
                yield found

    def _refs(self, resource: Resource, namespace: str) -> dict[ObjectRef, None]:
        with self._lock:
            every = [*self._made, *self._documents, *self.gaps.broken]
        if _USED.get(resource.kind) != resource:
            return {}
        return {
            ref: None
            for ref in every
            if ref.kind == resource.kind and namespace in {"", ref.namespace}
        }

    def _own(self, resource: Resource, ref: ObjectRef) -> Object | None:
        if _USED.get(resource.kind) != resource:
            return None
        with self._lock:
            made = self._made.get(ref)
        if made is not None:
            return made
        if ref in self.gaps.broken:
            raise BrokenInInput(ref)
        document = self._documents.get(ref)
        return None if document is None else stored(document)


class SeenBy:
    """What this run made and the input has, and the cluster behind it, as one identity sees it."""

    def __init__(self, inputs: InputFirst, visitor: Visitor | None) -> None:
        self._inputs = inputs
        self._visitor = visitor

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Return what this run made, else the input's object, else the cluster's.

        Raises:
            NotInInput: it is in neither of the first two, and there is no cluster to ask.
            Forbidden: the identity may not read it in the cluster, also if this run made it.
        """
        live = self._visitor.get(resource, namespace, name) if self._visitor else None
        found = self._inputs.own(resource, namespace, name)
        if found is None and self._visitor is None:
            raise NotInInput(ObjectRef(resource.kind, namespace, name), self._inputs.gaps)
        return live if found is None else found

    def list(self, resource: Resource, namespace: str = "", selector: str = "") -> Iterator[Object]:
        """Yield the objects of this run and of the input, then those that only the cluster has.

        Raises:
            Forbidden: the identity may not list them in the cluster, also if this run made them.
        """
        live = list(self._visitor.list(resource, namespace, selector)) if self._visitor else []
        yield from self._inputs.list_over(live, resource, namespace, selector)

    def resource_of(self, group: str, version: str, kind: str) -> Resource | None:
        """Return the resource whose objects are of ``kind``, or None if there is none."""
        if self._visitor:
            return self._visitor.resource_of(group, version, kind)
        known = _USED.get(kind)
        is_known = known and known.group == group and version in {"", known.version}
        return known if is_known else None

    def may(self, verb: str, resource: Resource, namespace: str = "") -> bool:
        """Tell whether the cluster permits it; without one, everything is permitted."""
        return self._visitor.may(verb, resource, namespace) if self._visitor else True


def stored(document: Document) -> Object:
    """Return the object as the API server would have it, for the kinds that esync reads.

    ``stringData`` of a Secret goes into ``data``, and wins there; a Namespace has the label of its
    own name.

    Raises:
        Invalid: data is no text, or no base64; placed at its line.
    """
    body = dict(document.body)
    metadata = dict(body.get("metadata") or {})
    metadata["name"] = document.name
    if document.namespace:
        metadata["namespace"] = document.namespace
    if document.kind == NAMESPACES.kind:
        metadata["labels"] = {**(metadata.get("labels") or {}), NAME_LABEL: document.name}
    body["metadata"] = metadata
    if document.kind == SECRETS.kind:
        given = body.pop("stringData", None)
        body["data"] = _base64(document, "data") | {
            key: b64encode(text.encode("utf-8", "surrogateescape")).decode()
            for key, text in _texts(document, "stringData", given)
        }
        body["type"] = body.get("type") or "Opaque"
    elif document.kind == CONFIG_MAPS.kind:
        body["data"] = dict(_texts(document, "data", body.get("data")))
        body["binaryData"] = _base64(document, "binaryData")
    return body


def _base64(document: Document, field: str) -> dict[str, str]:
    """Return the entries of ``field`` in the one spelling of base64 that the API server gives."""
    data: dict[str, str] = {}
    for key, text in _texts(document, field, document.body.get(field)):
        try:
            data[key] = b64encode(decode(text.encode("utf-8", "surrogateescape"))).decode()
        except Base64Error:
            raise Invalid(
                f'{field} of {document.ref}: "{key}" is not base64',
                at=document.place((field, key)),
                hint="stringData takes plain text" if document.kind == SECRETS.kind else "",
            ) from None
    return data


def _texts(document: Document, field: str, entries: Any) -> Iterator[tuple[str, str]]:
    """Yield the entries of a mapping of texts; null is an empty one."""
    if entries is None:
        return
    if not hasattr(entries, "items"):
        at = document.place((field,))
        raise Invalid(f"{field} of {document.ref} is no mapping", at=at)
    for key, text in entries.items():
        if text is None:  # the API server reads null as nothing
            text = ""  # noqa: PLW2901 - what the entry stands for
        if not isinstance(text, str):
            raise Invalid(
                f'{field} of {document.ref}: "{key}" is no text',
                at=document.place((field, str(key))),
                hint="put it in quotes",
            )
        yield str(key), text
