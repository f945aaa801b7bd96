"""Go signatures: which values a parameter takes, and what becomes of constants and results."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from esync.gocompat import values
from esync.gocompat.numbers import to_float32
from esync.gocompat.values import Float32, Map, Sized, Slice, type_of
from esync.gotemplate import nodes
from esync.gotemplate.errors import Refusal
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.gocompat.values import Value


class NoValue:
    """No value at all, as opposed to a nil: what a missing key of a map yields."""

    def __repr__(self) -> str:
        return "<no value>"


NO_VALUE: Final = NoValue()

ANY = "interface {}"
REFLECTED = "reflect.Value"
SIZED: dict[str, type[Sized]] = {
    kind.go_type: kind
    for kind in (
        values.Int8,
        values.Int16,
        values.Int32,
        values.Int64,
        values.Uint,
        values.Uint8,
        values.Uint16,
        values.Uint32,
        values.Uint64,
    )
}
# Named types of strings that functions take: a constant becomes one, a string is refused.
NAMED_STRINGS = frozenset({"sprig.HashAlgorithm"})
_SIGNED = ("int", "int8", "int16", "int32", "int64")
_FLOATS = ("float32", "float64")
_PLAIN = {"string": bytes, "int": int, "bool": bool, "float64": float, "complex128": complex}


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes and returns.

    Attributes:
        fixed: the types of its parameters, without the variadic one.
        variadic: the type of each further argument, if it takes any.
        result: the type of what it returns.
    """

    fixed: tuple[str, ...]
    variadic: str | None
    result: str

    def parameter(self, position: int) -> str:
        """Return the type that the argument at ``position`` must have."""
        if position < len(self.fixed) or self.variadic is None:
            return self.fixed[position]
        return self.variadic


@lru_cache(maxsize=1024)
def signature(text: str) -> Signature:
    """Read a Go function type such as ``func(string, ...int) (string, error)``."""
    inside, _, rest = _balanced(text.removeprefix("func"))
    parameters = _split(inside)
    result = rest.strip()
    if result.startswith("("):
        result = _split(_balanced(result)[0])[0]
    variadic = None
    if parameters and parameters[-1].startswith("..."):
        variadic = parameters.pop()[3:]
    return Signature(tuple(parameters), variadic, result)


def _balanced(text: str) -> tuple[str, str, str]:
    """Split ``(inside)rest`` at the parenthesis that closes the first one."""
    depth = 0
    for position, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return text[1:position], ")", text[position + 1 :]
    raise ValueError(text)


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for position, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            parts.append(text[start:position].strip())
            start = position + 1
    last = text[start:].strip()
    return [*parts, last] if last else parts


def is_nilable(go_type: str) -> bool:
    """Tell whether ``nil`` is a value of the type."""
    return go_type in (ANY, REFLECTED, "error") or go_type.startswith(("[]", "map[", "*", "func("))


def zero(go_type: str) -> Value:
    """Return the value that a variable of the type has at first."""
    if go_type.startswith("[]"):
        return Slice([], go_type[2:], is_nil=True)
    if go_type.startswith("map["):
        key, _, elem = _map_types(go_type)
        return Map({}, key, elem, is_nil=True)
    if go_type in SIZED:
        return SIZED[go_type](0)
    if go_type == REFLECTED:
        return NO_VALUE
    plain = _PLAIN.get(go_type)
    return None if plain is None else plain()


def _map_types(go_type: str) -> tuple[str, str, str]:
    depth = 0
    for position, char in enumerate(go_type):
        depth += (char == "[") - (char == "]")
        if char == "]" and depth == 0:
            return go_type[len("map[") : position], "]", go_type[position + 1 :]
    raise ValueError(go_type)


def element(container: list[Value], position: int) -> Value:
    """Return an element of a list with the type that the list gives it."""
    value = container[position]
    if isinstance(container, Slice):
        kind = SIZED.get(container.elem)
        if kind is not None and value.__class__ is int:
            return kind(value)
    return value


@lru_cache(maxsize=1024)
def converter(go_type: str) -> Callable[[Value], Value] | None:
    """Return what checks and converts an argument of that type; None: everything is right.

    What it returns raises :class:`Refusal` on a value of another type.
    """
    if go_type == REFLECTED:
        return None
    if go_type == ANY:
        return lambda value: None if value is NO_VALUE else value
    plain = _PLAIN.get(go_type)

    def convert(value: Value) -> Value:
        if value.__class__ is plain or (value is not NO_VALUE and type_of(value) == go_type):
            return value
        return _converted(value, go_type)

    return convert


def _converted(value: Value, go_type: str) -> Value:
    if value is NO_VALUE:
        if is_nilable(go_type):
            return zero(go_type)
        raise Refusal(f"invalid value; expected {go_type}")
    if value is not None and type_of(value) == "*" + go_type:
        return value
    actual = ANY if value is None else type_of(value)
    raise Refusal(f"wrong type for value; expected {go_type}; got {actual}")


Constant = nodes.Bool | nodes.String | nodes.Number


def constant(node: Constant, go_type: str) -> Value:
    """Return what a constant is as an argument of that type.

    Raises:
        Refusal: it cannot be one.
    """
    if go_type in (ANY, REFLECTED):
        return ideal(node)
    if go_type == "bool":
        return _expect(node.value if isinstance(node, nodes.Bool) else None, "bool", node)
    if go_type == "string" or go_type in NAMED_STRINGS:
        return _expect(node.value if isinstance(node, nodes.String) else None, "string", node)
    if isinstance(node, nodes.Number):
        converted = _number(node, go_type)
        if converted is not None:
            return converted
    kind = _kind_of_number(go_type)
    if kind is None:
        raise Refusal(f"can't handle {nodes.source(node)} for arg of type {go_type}")
    return _expect(None, kind, node)


def _expect(value: Value, kind: str, node: Constant) -> Value:
    if value is None:
        raise Refusal(f"expected {kind}; found {nodes.source(node)}")
    return value


def _kind_of_number(go_type: str) -> str | None:
    if go_type in _SIGNED:
        return "integer"
    if go_type in SIZED:
        return "unsigned integer"
    if go_type in _FLOATS:
        return "float"
    return "complex" if go_type.startswith("complex") else None


def _number(node: nodes.Number, go_type: str) -> Value:
    if go_type == "int":
        return node.as_int
    kind = SIZED.get(go_type)
    if kind is not None:
        whole = node.as_int if kind.signed else node.as_uint
        return None if whole is None else wrapped(whole, kind)
    if go_type == "float32" and node.as_float is not None:
        return Float32(to_float32(node.as_float))
    return node.as_float if go_type == "float64" else node.as_complex


def wrapped(value: int, kind: type[Sized]) -> Sized:
    """Return ``value`` as an integer of another size, losing high bits as Go does."""
    value &= (1 << kind.bits) - 1
    if kind.signed and value >> (kind.bits - 1):
        value -= 1 << kind.bits
    return kind(value)


def ideal(node: Constant) -> Value:
    """Return what a constant is where any type will do.

    Raises:
        Refusal: it fits no ``int``.
    """
    if not isinstance(node, nodes.Number):
        return node.value
    if node.as_complex is not None:
        return node.as_complex
    if node.as_float is not None and _looks_like_float(node.written):
        return node.as_float
    if node.as_int is None:
        raise Refusal(f"{node.written} overflows int")
    return node.as_int


def _looks_like_float(written: str) -> bool:
    is_hex = written[:2] in ("0x", "0X") and not set(written) & set("pP")
    return not is_hex and written[0] != "'" and bool(set(written) & set(".eEpP"))


@lru_cache(maxsize=1024)
def result_of(go_type: str) -> Callable[[Value], Value] | None:
    """Return what gives a plain result the declared type; None: nothing is to be done."""
    kind = SIZED.get(go_type)
    if kind is not None:
        return lambda value: value if value.__class__ is kind else kind(value)
    if go_type.startswith("[]") and go_type != "[]" + ANY:
        elem = go_type[2:]
        return lambda value: value if value.__class__ is Slice else _typed_list(value, elem)
    if go_type.startswith("map[") and go_type != f"map[string]{ANY}":
        key, _, of = _map_types(go_type)
        return lambda value: value if value.__class__ is Map else _typed_map(value, key, of)
    if is_nilable(go_type) and go_type not in (ANY, REFLECTED):
        return lambda value: zero(go_type) if value is None else value
    return None


def _typed_list(value: Value, elem: str) -> Slice:
    return Slice(value or [], elem, is_nil=value is None)


def _typed_map(value: Value, key: str, elem: str) -> Map:
    return Map(value or {}, key, elem, is_nil=value is None)
