"""A compiled template: executing it, and what can be told of it without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat.quoting import text_of
from esync.gotemplate import nodes
from esync.gotemplate.analysis import FieldUse, functions_used
from esync.gotemplate.budget import StepBudget
from esync.gotemplate.compiler import compile_trees
from esync.gotemplate.data import root_value
from esync.gotemplate.errors import (
    Limit,
    LimitReachedError,
    Place,
    Refusal,
    Stage,
    TemplateError,
)
from esync.gotemplate.function import Context
from esync.gotemplate.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esync.gotemplate.function import Function

_EXCERPT = 120  # characters of a template in a public message


class Template:
    """A template that is ready to be executed, any number of times."""

    def __init__(
        self,
        trees: Mapping[bytes, nodes.Body],
        functions: Mapping[str, Function],
        text: bytes,
        name: str,
        missing_key: str,
    ) -> None:
        self._trees = trees
        self._functions = functions
        self._program = compile_trees(trees, functions)
        self._text = text
        self._name = name
        self._main = name.encode("utf-8", "surrogatepass")
        self._missing_key = missing_key

    def execute(
        self, data: object, *, clock: Callable[[], int], random: Callable[[int], bytes]
    ) -> bytes:
        """Return what the template writes when it is given ``data``.

        Args:
            data: str, bytes, numbers, bool, None, lists and mappings of such. A mapping whose
                values are all strings is a ``map[string]string`` to the template.
            clock: nanoseconds since 1970, UTC.
            random: that many random bytes.

        Raises:
            TemplateError: the template cannot be executed with this data.
            TypeError: something in the data has no counterpart in Go.
        """
        budget = StepBudget()
        context = Context(clock, random, budget)
        machine = Machine(self._program, context, budget, self._missing_key)
        failure: TemplateError
        try:
            return machine.run(self._main, root_value(data))
        except Refusal as refusal:
            failure = self._failure(machine, refusal.public, refusal.go_text)
        except LimitReachedError as reached:
            failure = self._failure(machine, reached.text, reached.text, limit=reached.limit)
        except RecursionError:
            text = "a value is nested too deep"
            failure = self._failure(machine, text, text, limit=Limit.DEPTH)
        raise failure

    def functions_used(self) -> frozenset[str]:
        """Return the names of the functions that the template calls, builtins too."""
        return functions_used(self._trees)

    def fields_used(self) -> tuple[frozenset[str], bool]:
        """Return the keys that the template reads from its data, and whether it uses all of it.

        A key is read by ``.name``, ``$.name`` or ``index . "name"``; ``range .``, ``toJson .`` and
        the like use all.
        """
        return FieldUse(self._trees).find(self._main)

    @property
    def changes(self) -> bool:
        """Whether the result differs from run to run: the template asks for the time or chance."""
        return any(self._functions[name].changes for name in self.functions_used())

    def _failure(
        self, machine: Machine, public: str, go_text: str, *, limit: Limit | None = None
    ) -> TemplateError:
        node = machine.node
        if node is None:
            place, located, excerpt = Place(1, 0), self._name, ""
        else:
            start = self._text.rfind(b"\n", 0, node.at) + 1
            line = self._text.count(b"\n", 0, node.at) + 1
            excerpt = nodes.source(node)
            place = Place(line, node.at - start, excerpt[:_EXCERPT])
            located = f"{self._name}:{line}:{node.at - start}"
        executing = text_of(machine.template)
        go_message = f'template: {located}: executing "{executing}" at <{excerpt}>: {go_text}'
        return TemplateError(Stage.EXEC, place, public, go_message=go_message, limit=limit)
