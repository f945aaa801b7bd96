"""Nodes of YAML to values, as go-yaml decodes them into an empty interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from esync.gocompat.base64 import Base64Error
from esync.gocompat.base64 import decode as decode_base64
from esync.gocompat.values import Map, Uint64, type_of
from esync.gocompat.yaml.nodes import Node, YAMLError, parse, text_of, unlimited
from esync.gocompat.yaml.resolving import BINARY, MERGE, TIMESTAMP, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.gocompat.values import Value

# How much of the work may come from aliases: 99 %, falling to 10 % as documents grow.
_FEW, _MANY = 400_000, 4_000_000
_UNWATCHED_ALIASES, _UNWATCHED = 100, 1_000
_STEPS: Final = 30  # that a value takes to be decoded, and to go through JSON
_STEPS_FOR_DATE: Final = 250
_UNSIGNED: Final = 1 << 63

# A key with its Go type, for 1, 1.0 and true are three keys of a map.
Key = tuple[str, Any]


class Pairs(dict[Key, Any]):
    """A ``map[interface {}]interface {}``; the keys carry their types."""


def as_go(value: Value) -> Value:
    """Return a value with its maps as Go values, to be printed."""
    if isinstance(value, Pairs):
        members = {key: as_go(item) for (_, key), item in value.items()}
        return Map(members, "interface {}", "interface {}")
    return [as_go(item) for item in value] if isinstance(value, list) else value


def decode(text: bytes, spend: Callable[[int], None] = unlimited) -> Value:
    """Return the value of the first document; None if there is none.

    Raises:
        YAMLError: it is no YAML, or one of its tags or aliases is wrong.
    """
    root = parse(text, spend)
    return None if root is None else _Decoder(spend).value(root)


class _Decoder:
    def __init__(self, spend: Callable[[int], None]) -> None:
        self.spend = spend
        self.count = 0
        self.from_aliases = 0
        self.depth = 0
        self.open: set[Node] = set()  # aliases being followed

    def value(self, node: Node) -> Value:
        self.watch()
        match node.kind:
            case "scalar":
                return self.scalar(node)
            case "sequence":
                return [self.value(child) for child in node.children]
            case "mapping":
                return self.mapping(node, Pairs())
        return self.follow(node, self.value)

    def watch(self) -> None:
        """Count one more value, and refuse a document that consists of aliases."""
        self.spend(_STEPS)
        self.count += 1
        self.from_aliases += self.depth > 0
        if self.from_aliases <= _UNWATCHED_ALIASES or self.count <= _UNWATCHED:
            return
        share = max(0.1, min(0.99, 0.99 - 0.89 * (self.count - _FEW) / (_MANY - _FEW)))
        if self.from_aliases / self.count > share:
            raise YAMLError("yaml: document contains excessive aliasing")

    def follow(self, node: Node, decode_target: Callable[[Node], Value]) -> Value:
        if node in self.open:
            raise YAMLError(f"yaml: anchor '{node.text}' value contains itself")
        self.open.add(node)
        self.depth += 1
        value = decode_target(node.children[0])
        self.depth -= 1
        self.open.remove(node)
        return value

    def scalar(self, node: Node) -> Value:
        if not node.tag and not node.plain:
            return text_of(node)
        if node.text[4:5] == "-":  # as in a date, which is tried by several layouts
            self.spend(_STEPS_FOR_DATE)
        tag, value = resolve(node.tag, node.text)
        if tag == BINARY:
            try:
                return decode_base64(value)
            except Base64Error:
                raise YAMLError("yaml: !!binary value contains invalid base64 data") from None
        return text_of(node) if tag == TIMESTAMP else value

    def mapping(self, node: Node, into: Pairs) -> Pairs:
        for key_node, value_node in zip(node.children[::2], node.children[1::2], strict=True):
            if _is_merge(key_node):
                self.merge(value_node, into)
                continue
            key = self.value(key_node)
            if isinstance(key, list | dict):
                from esync.gocompat import fmt

                shown = fmt.sprintf(b"%#v", [as_go(key)]).decode("utf-8", "replace")
                raise YAMLError(f"yaml: invalid map key: {shown}")
            into[_typed(key)] = self.value(value_node)
        return into

    def merge(self, node: Node, into: Pairs) -> None:
        """Take over the members of a map, or of several, of which earlier ones win."""
        sources = reversed(node.children) if node.kind == "sequence" else [node]
        for source in sources:
            target = source.children[0] if source.kind == "alias" else source
            if target.kind != "mapping":
                raise YAMLError("yaml: map merge requires map or sequence of maps as the value")
            self.watch()
            if source.kind == "alias":
                self.follow(source, lambda mapping: self.merged(mapping, into))
            else:
                self.mapping(source, into)

    def merged(self, node: Node, into: Pairs) -> Pairs:
        self.watch()
        return self.mapping(node, into)


def _is_merge(node: Node) -> bool:
    return node.kind == "scalar" and node.text == "<<" and (node.plain or node.tag == MERGE)


def _typed(key: Value) -> Key:
    if isinstance(key, int) and not isinstance(key, bool) and key >= _UNSIGNED:
        return "uint64", Uint64(key)
    return type_of(key), key
