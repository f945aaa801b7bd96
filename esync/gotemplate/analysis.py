"""What a template uses, told from its text alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat.quoting import text_of
from esync.gotemplate import nodes
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def functions_used(trees: Mapping[bytes, nodes.Body]) -> frozenset[str]:
    """Return the names of all functions that the templates call."""
    walked = (node for body in trees.values() for node in _walk(body))
    return frozenset(node.name for node in walked if isinstance(node, nodes.Identifier))


def _walk(body: nodes.Body) -> Iterator[nodes.Node]:
    """Yield every part of a body, at all depths."""
    waiting: list[nodes.Node] = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(_children(node))


def _children(node: nodes.Node) -> tuple[nodes.Node, ...]:
    match node:
        case nodes.Action() | nodes.Invocation():
            return () if node.pipe is None else (node.pipe,)
        case nodes.Branch():
            return (node.pipe, *node.body, *(node.otherwise or ()))
        case nodes.Pipe():
            return node.commands
        case nodes.Command():
            return node.operands
        case nodes.Chain():
            return (node.operand,)
    return ()


@dataclass(frozen=True, slots=True)
class _Visit:
    """A part of a template, and what ``.`` and ``$`` are there: the root, or something else."""

    node: nodes.Node
    dot_is_root: bool
    dollar_is_root: bool


class FieldUse:
    """Finds the keys that a template reads from what it is given."""

    def __init__(self, trees: Mapping[bytes, nodes.Body]) -> None:
        self._trees = trees
        self._seen: set[tuple[bytes, bool]] = set()
        self._waiting: list[_Visit] = []
        self.keys: set[str] = set()
        self.whole = False

    def find(self, name: bytes) -> tuple[frozenset[str], bool]:
        """Return the keys that are read, and whether all of the root is used besides."""
        self._enter(name, is_root=True)
        while self._waiting:
            self._visit(self._waiting.pop())
        return frozenset(self.keys), self.whole

    def _enter(self, name: bytes, *, is_root: bool) -> None:
        if name not in self._trees or (name, is_root) in self._seen:
            return
        self._seen.add((name, is_root))
        self._later(self._trees[name], is_root, is_root)

    def _later(self, parts: tuple[nodes.Node, ...], dot: bool, dollar: bool) -> None:  # noqa: FBT001
        self._waiting.extend(_Visit(part, dot, dollar) for part in parts)

    def _visit(self, visit: _Visit) -> None:
        node, dot, dollar = visit.node, visit.dot_is_root, visit.dollar_is_root
        match node:
            case nodes.Branch():
                self._later((node.pipe, *(node.otherwise or ())), dot, dollar)
                inner = dot and node.word is nodes.Word.IF
                self._later(node.body, inner or self._is_root(node, visit), dollar)
            case nodes.Invocation():
                self._invocation(node, visit)
            case nodes.Command():
                self._command(node, visit)
            case nodes.Field() | nodes.Variable() | nodes.Dot():
                self._read(node, visit)
            case _:
                self._later(_children(node), dot, dollar)

    def _is_root(self, branch: nodes.Branch, visit: _Visit) -> bool:
        """Tell whether ``with`` makes the root the current value (``with $``)."""
        return branch.word is nodes.Word.WITH and self._means_root(branch.pipe, visit)

    def _means_root(self, pipe: nodes.Pipe, visit: _Visit) -> bool:
        if len(pipe.commands) != 1 or len(pipe.commands[0].operands) != 1:
            return False
        return _root_itself(pipe.commands[0].operands[0], visit)

    def _invocation(self, node: nodes.Invocation, visit: _Visit) -> None:
        is_root = node.pipe is not None and self._means_root(node.pipe, visit)
        if node.pipe is not None and not is_root:
            self._later((node.pipe,), visit.dot_is_root, visit.dollar_is_root)
        self._enter(node.name, is_root=is_root)

    def _command(self, command: nodes.Command, visit: _Visit) -> None:
        key = _indexed_key(command, visit)
        rest = command.operands
        if key is not None:
            self.keys.add(text_of(key))
            rest = command.operands[3:]
        self._later(rest, visit.dot_is_root, visit.dollar_is_root)

    def _read(self, node: nodes.Field | nodes.Variable | nodes.Dot, visit: _Visit) -> None:
        if _root_itself(node, visit):
            self.whole = True
        elif not isinstance(node, nodes.Dot) and _names_of_root(node, visit):
            self.keys.add(text_of(node.names[0]))


def _is_dollar(node: nodes.Node, visit: _Visit) -> bool:
    return isinstance(node, nodes.Variable) and node.name == b"$" and visit.dollar_is_root


def _names_of_root(node: nodes.Field | nodes.Variable, visit: _Visit) -> bool:
    return visit.dot_is_root if isinstance(node, nodes.Field) else _is_dollar(node, visit)


def _root_itself(node: nodes.Node, visit: _Visit) -> bool:
    if isinstance(node, nodes.Dot):
        return visit.dot_is_root
    return isinstance(node, nodes.Variable) and _is_dollar(node, visit) and not node.names


def _indexed_key(command: nodes.Command, visit: _Visit) -> bytes | None:
    """Return ``"name"`` of ``index . "name"``, if that is the command."""
    match command.operands:
        case (nodes.Identifier(name="index"), root, nodes.String(value=key), *_):
            return key if _root_itself(root, visit) else None
    return None
