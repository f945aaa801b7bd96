"""What a template uses, told from its text; equal texts and equal actions are read once."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from esync.records import dataclass

if TYPE_CHECKING:
    from esync.gotemplate import TemplateError

_ACTION: Final = re.compile(r"\{\{[^{}]*\}\}")
# What an action has that means nothing without the others: a word that opens or closes, a variable.
_BOUND: Final = re.compile(
    r"\$|\{\{-?\s*(?:if|else|end|range|with|define|block|template|break|continue)\b"
)
_MANY: Final = 8192


@dataclass(frozen=True, slots=True)
class Usage:
    """What one template uses.

    Attributes:
        keys: of its data, by name.
        whole: it also uses its data as a whole, so that any key may count.
        volatile: the functions by which its result differs from run to run.
        error: why it cannot be parsed; then the rest is empty.
    """

    keys: frozenset[str] = frozenset()
    whole: bool = False
    volatile: frozenset[str] = frozenset()
    error: TemplateError | None = None


NOTHING: Final = Usage()


def usage(text: str) -> Usage:
    """Return what the template ``text`` uses."""
    actions = _ACTION.findall(text)
    if "{{" in _ACTION.sub("", text):
        return _parsed(text)
    # Templates of one repository differ in what they write, and say the same few things in it.
    if any(_BOUND.search(action) for action in actions):
        actions = ["".join(actions)]
    parts = [_parsed(action) for action in dict.fromkeys(actions)]
    if any(part.error for part in parts):
        return _parsed(text)  # for the place of the error; or two braces stand in a string
    if len(parts) == 1:
        return parts[0]
    return Usage(
        keys=frozenset().union(*(part.keys for part in parts)),
        whole=any(part.whole for part in parts),
        volatile=frozenset().union(*(part.volatile for part in parts)),
    )


@lru_cache(maxsize=_MANY)
def _parsed(text: str) -> Usage:
    from esync import gotemplate  # 13 ms, for input with templates

    try:
        template = gotemplate.compile(text.encode("utf-8", "surrogateescape"))
    except gotemplate.TemplateError as error:
        return Usage(error=error)
    keys, whole = template.fields_used()
    functions = template.functions_used()
    volatile = frozenset(name for name in functions if gotemplate.FUNCTIONS[name].changes)
    return Usage(keys, whole, volatile)
