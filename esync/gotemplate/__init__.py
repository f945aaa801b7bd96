"""Go's text/template in Python: lexer, parser, executor and the function set of the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gotemplate.errors import Limit, Stage, TemplateError
from esync.gotemplate.functions import FUNCTIONS
from esync.gotemplate.parser import parse
from esync.gotemplate.template import Template

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FUNCTIONS", "Limit", "Stage", "Template", "TemplateError", "compile", "render"]


def _encoded(text: str | bytes) -> bytes:
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text


def compile(  # noqa: A001 - the word for it, and always used with the module's name
    text: str | bytes,
    *,
    name: str = "",
    missing_key: str = "error",
    delimiters: tuple[str, str] = ("{{", "}}"),
) -> Template:
    """Parse a template, once for any number of executions.

    Args:
        text: the template.
        name: what it is called in messages.
        missing_key: what a missing key of a map yields: ``error``, ``zero`` (the zero of the map's
            type) or ``default`` (``<no value>``).
        delimiters: what opens and closes an action; an empty one means the usual one.

    Raises:
        TemplateError: it cannot be parsed.
    """
    source = _encoded(text)
    left, right = delimiters
    marks = (_encoded(left or "{{"), _encoded(right or "}}"))
    trees = parse(source, name, marks, FUNCTIONS)
    return Template(trees, FUNCTIONS, source, name, missing_key)


def render(
    template: str | bytes,
    data: object,
    *,
    clock: Callable[[], int],
    random: Callable[[int], bytes],
    name: str = "",
    missing_key: str = "error",
    delimiters: tuple[str, str] = ("{{", "}}"),
) -> bytes:
    """Parse and execute a template; see :func:`compile` and :meth:`Template.execute`.

    Raises:
        TemplateError: it cannot be parsed or executed.
    """
    compiled = compile(template, name=name, missing_key=missing_key, delimiters=delimiters)
    return compiled.execute(data, clock=clock, random=random)
