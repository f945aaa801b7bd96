"""A compiled template: executing it, and what can be told of it without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat.quoting import text_of
from esync.gotemplate import nodes
from esync.gotemplate.budget import StepBudget
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
    from collections.abc import Callable

    from esync.gotemplate.machine import Program

_EXCERPT = 120  # characters of a template in a public message


class Template:
    """A template that is ready to be executed, any number of times."""

    def __init__(self, program: Program, text: bytes, name: str, missing_key: str) -> None:
        self._program = program
        self._text = text
        self._name = name
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
        """
        budget = StepBudget()
        context = Context(clock, random, budget)
        machine = Machine(self._program, context, budget, self._missing_key)
        failure: TemplateError
        try:
            return machine.run(self._name.encode("utf-8", "surrogatepass"), root_value(data))
        except Refusal as refusal:
            failure = self._failure(machine, refusal.public, refusal.go_text)
        except LimitReachedError as reached:
            failure = self._failure(machine, reached.text, reached.text, limit=reached.limit)
        except RecursionError:
            text = "a value is nested too deep"
            failure = self._failure(machine, text, text, limit=Limit.DEPTH)
        raise failure

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
