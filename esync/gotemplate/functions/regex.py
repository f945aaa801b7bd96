"""Sprig's functions on regular expressions, in Go's syntax.

Source:
    sprig 3 as vendored by External Secrets Operator 2.9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from esync.gocompat import regexp
from esync.gocompat.quoting import can_backquote, quote
from esync.gocompat.values import Slice
from esync.gotemplate.function import Context, Function, FunctionError

if TYPE_CHECKING:
    from collections.abc import Callable


_MOST_KEPT: Final = 16
_LARGEST_KEPT: Final = 20_000


def _compiled(context: Context, source: bytes) -> regexp.Pattern:
    """Compile, or return what an earlier call in this execution compiled."""
    found: regexp.Pattern | None = context.memory.get(source)
    if found is not None:
        return found
    pattern = regexp.compile(source, spend=context.budget.spend)
    if pattern.size <= _LARGEST_KEPT:
        if len(context.memory) >= _MOST_KEPT:
            del context.memory[next(iter(context.memory))]
        context.memory[source] = pattern
    return pattern


def _must_compile(context: Context, source: bytes) -> regexp.Pattern:
    try:
        return _compiled(context, source)
    except regexp.RegexpError as error:
        raise FunctionError(str(error)) from None


def _compile(context: Context, source: bytes) -> regexp.Pattern:
    """Compile; where that fails, Go panics and says what it was to compile."""
    try:
        return _compiled(context, source)
    except regexp.RegexpError as error:
        quoted = b"`" + source + b"`" if can_backquote(source) else quote(source)
        shown = quoted.decode("utf-8", "replace")
        raise FunctionError(f"regexp: Compile({shown}): {error}") from None


def _match(context: Context, source: bytes, text: bytes) -> bool:
    """Tell whether ``text`` matches; a wrong expression matches nothing."""
    try:
        return regexp.search(_compiled(context, source), text, spend=context.budget.spend)
    except regexp.RegexpError:
        return False


def _must_match(context: Context, source: bytes, text: bytes) -> bool:
    return regexp.search(_must_compile(context, source), text, spend=context.budget.spend)


def _find(context: Context, pattern: regexp.Pattern, text: bytes) -> bytes:
    return regexp.find(pattern, text, spend=context.budget.spend) or b""


def _find_all(context: Context, pattern: regexp.Pattern, text: bytes, limit: int) -> Slice:
    found = regexp.find_all(pattern, text, limit, spend=context.budget.spend)
    return Slice(found, "string", is_nil=not found)


def _replace_all(context: Context, pattern: regexp.Pattern, text: bytes, target: bytes) -> bytes:
    return regexp.replace_all(pattern, text, target, spend=context.budget.spend)


def _replace_literally(
    context: Context, pattern: regexp.Pattern, text: bytes, target: bytes
) -> bytes:
    return regexp.replace_all_literal(pattern, text, target, spend=context.budget.spend)


def _split(context: Context, pattern: regexp.Pattern, text: bytes, limit: int) -> Slice:
    parts = regexp.split(pattern, text, limit, spend=context.budget.spend)
    return Slice(parts, "string", is_nil=limit == 0)


def _pair(name: str, signature: str, call: Callable[..., Any]) -> dict[str, Function]:
    """Return a function as it is, which panics, and as ``mustX``, which returns an error."""

    def plain(context: Context, source: bytes, *rest: Any) -> Any:
        return call(context, _compile(context, source), *rest)

    def must(context: Context, source: bytes, *rest: Any) -> Any:
        return call(context, _must_compile(context, source), *rest)

    parameters, _, result = signature.rpartition(") ")
    return {
        name: Function(signature, plain, wants_context=True),
        f"mustR{name[1:]}": Function(f"{parameters}) ({result}, error)", must, wants_context=True),
    }


FUNCTIONS: Final = {
    "mustRegexMatch": Function(
        "func(string, string) (bool, error)", _must_match, wants_context=True
    ),
    "regexMatch": Function("func(string, string) bool", _match, wants_context=True),
    "regexQuoteMeta": Function("func(string) string", regexp.quote, byte_steps=0.75),
    **_pair("regexFind", "func(string, string) string", _find),
    **_pair("regexFindAll", "func(string, string, int) []string", _find_all),
    **_pair("regexReplaceAll", "func(string, string, string) string", _replace_all),
    **_pair("regexReplaceAllLiteral", "func(string, string, string) string", _replace_literally),
    **_pair("regexSplit", "func(string, string, int) []string", _split),
}
