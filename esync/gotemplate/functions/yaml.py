"""The operator's functions on YAML: what goes wrong yields nothing, or its own text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.gocompat import yaml
from esync.gocompat.json_encode import UnsupportedError
from esync.gotemplate.function import Context, Function
from esync.gotemplate.functions.metering import Meter

if TYPE_CHECKING:
    from esync.gocompat.values import Value


_STEPS: Final = 200


def _to_yaml(context: Context, value: Value) -> bytes:
    """Write, without the last line end; what YAML cannot have is an empty text."""
    try:
        written = yaml.write(value, Meter(context, bytes_per_step=1)).removesuffix(b"\n")
    except (yaml.YAMLError, UnsupportedError):
        return b""
    return written


def _from_yaml(context: Context, text: bytes) -> dict[bytes, Value]:
    """Read a mapping; what is none makes a map with the error's text under ``Error``."""
    context.budget.spend(len(text))
    try:
        return yaml.read_map(text, context.budget.spend)
    except yaml.YAMLError as error:
        return {b"Error": str(error).encode("utf-8", "surrogateescape")}


FUNCTIONS: Final = {
    "fromYaml": Function(
        "func(string) map[string]interface {}", _from_yaml, wants_context=True, steps=_STEPS
    ),
    "toYaml": Function("func(interface {}) string", _to_yaml, wants_context=True, steps=_STEPS),
}
