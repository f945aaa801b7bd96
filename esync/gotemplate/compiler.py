"""From trees to instructions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from esync.gotemplate import instructions as make
from esync.gotemplate import invocations, loops, nodes
from esync.gotemplate.arguments import (
    NO_VALUE,
    constant,
    converter,
    ideal,
    is_nilable,
    signature,
)
from esync.gotemplate.builtins import calling
from esync.gotemplate.calls import Callee, check_count
from esync.gotemplate.errors import Refusal
from esync.gotemplate.instructions import Label, Span
from esync.gotemplate.machine import Entry, Program
from esync.gotemplate.nesting import Work, finish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from esync.gotemplate.function import Function
    from esync.gotemplate.instructions import Places
    from esync.gotemplate.machine import Instruction

_CONSTANTS = nodes.Bool | nodes.String | nodes.Number
_LOGIC = ("and", "or")


def compile_trees(trees: Mapping[bytes, nodes.Body], functions: Mapping[str, Function]) -> Program:
    """Turn parsed templates into a program; ``functions`` has all that they call."""
    code: list[Instruction] = []
    entries: dict[bytes, Entry] = {}
    for name, body in trees.items():
        at = len(code)
        compiler = Compiler(code, functions, trees)
        finish(compiler.template(body))
        entries[name] = Entry(at, compiler.most_variables, len(code) - at)
    return Program(tuple(code), entries)


class Compiler:
    """Compiles one template; its instructions go behind those of the others.

    Variables have their places when the program runs: the n-th in scope is the n-th of the list.
    """

    def __init__(
        self,
        code: list[Instruction],
        functions: Mapping[str, Function],
        templates: Mapping[bytes, nodes.Body],
    ) -> None:
        self._code = code
        self._functions = functions
        self._templates = templates
        self._loops: list[tuple[Label, Label]] = []
        self._scope: list[bytes] = []
        self._latest: dict[bytes, Places] = {}
        self.most_variables = 0
        self._declare(b"$")

    def template(self, body: nodes.Body) -> Work[None]:
        """Compile the body of the template."""
        yield self._body(body)
        self._add(make.leave())

    def _add(self, instruction: Instruction) -> None:
        self._code.append(instruction)

    def _mark(self, label: Label) -> None:
        label.at = len(self._code)

    # Variables.

    def _declare(self, name: bytes) -> int:
        slot = len(self._scope)
        self._scope.append(name)
        self._latest[name] = (slot, self._latest.get(name))
        self.most_variables = max(self.most_variables, len(self._scope))
        return slot

    def _leave_scope(self, height: int) -> None:
        """Forget the variables from the one at ``height`` on."""
        while len(self._scope) > height:
            name = self._scope.pop()
            _, self._latest[name] = self._latest[name] or (0, None)

    def _places(self, name: bytes) -> Places:
        """Return where a variable may be, the innermost first."""
        return self._latest.get(name)

    # Statements.

    def _body(self, body: nodes.Body) -> Work[None]:
        for part in body:
            match part:
                case nodes.Text():
                    self._add(make.text(part.text))
                case nodes.Action():
                    yield from self._pipeline(part.pipe)
                    self._add(make.drop() if part.pipe.variables else make.emit())
                case nodes.Branch():
                    yield self._branch(part)
                case nodes.Break() | nodes.Continue():
                    end, following = self._loops[-1]
                    self._add(make.jump(end if isinstance(part, nodes.Break) else following))
                case nodes.Invocation():
                    yield from self._invocation(part)

    def _branch(self, branch: nodes.Branch) -> Work[None]:
        height = len(self._scope)
        yield from self._pipeline(branch.pipe)
        match branch.word:
            case nodes.Word.IF:
                yield from self._if(branch)
            case nodes.Word.WITH:
                yield from self._with(branch)
            case nodes.Word.RANGE:
                yield from self._range(branch)
        self._leave_scope(height)

    def _scoped_body(self, body: nodes.Body) -> Work[None]:
        height = len(self._scope)
        yield self._body(body)
        self._leave_scope(height)

    def _if(self, branch: nodes.Branch) -> Work[None]:
        otherwise, end = Label(), Label()
        self._add(make.jump_if_false(otherwise))
        yield from self._scoped_body(branch.body)
        yield from self._otherwise(branch, otherwise, end)

    def _otherwise(self, branch: nodes.Branch, otherwise: Label, end: Label) -> Work[None]:
        """Compile what is done instead of the body, which ends here."""
        if branch.otherwise:
            self._add(make.jump(end))
        self._mark(otherwise)
        yield from self._scoped_body(branch.otherwise or ())
        self._mark(end)

    def _with(self, branch: nodes.Branch) -> Work[None]:
        otherwise, end = Label(), Label()
        outer_dot = self._declare(b"")
        self._add(make.begin_with(otherwise, outer_dot))
        yield from self._scoped_body(branch.body)
        self._add(make.restore_dot(outer_dot))
        yield from self._otherwise(branch, otherwise, end)

    def _range(self, branch: nodes.Branch) -> Work[None]:
        otherwise, end = Label(), Label()
        following, done = Label(), Label()
        pipe = branch.pipe
        takers = self._takers(pipe)
        items = self._declare(b"")
        outer_dot = self._declare(b"")
        self._add(loops.begin_range(otherwise, items, len(pipe.variables)))
        self._mark(following)
        self._add(loops.next_item(following, done, items, takers))
        self._loops.append((done, following))
        yield from self._scoped_body(branch.body)
        self._loops.pop()
        self._add(make.jump(following))
        self._mark(done)
        self._add(make.restore_dot(outer_dot))
        yield from self._otherwise(branch, otherwise, end)

    def _takers(self, pipe: nodes.Pipe) -> list[loops.Taker]:
        names = [variable.name for variable in pipe.variables]
        if pipe.assigns:
            return [loops.into_variable(name, self._places(name)) for name in names]
        first = len(self._scope) - len(names)
        return [loops.into_slot(first + position) for position in range(len(names))]

    def _invocation(self, invocation: nodes.Invocation) -> Work[None]:
        if invocation.name not in self._templates:
            self._add(make.undefined_template(invocation, invocation.name))
            return
        self._add(make.at(invocation))
        if invocation.pipe is None:
            self._add(make.push(invocation, NO_VALUE))
        else:
            yield from self._pipeline(invocation.pipe)
        back = Label()
        self._add(make.invoke(invocation.name, back))
        self._mark(back)

    # Pipelines: each leaves its value on top of the stack.

    def _pipeline(self, pipe: nodes.Pipe) -> Work[None]:
        first = pipe.commands[0].operands
        if isinstance(first[0], nodes.Pipe) and len(first) > 1:
            self._add(make.at(pipe))  # every other operand is named by its own instruction
        for position, command in enumerate(pipe.commands):
            yield from self._command(command, has_final=position > 0)
            if self._may_be_nil(command.operands[0]):
                self._add(make.unwrap())
        for variable in pipe.variables:
            if pipe.assigns:
                self._add(make.assign(variable.name, self._places(variable.name)))
            else:
                self._add(make.declare(self._declare(variable.name)))

    def _may_be_nil(self, operand: nodes.Operand) -> bool:
        if isinstance(operand, nodes.Identifier):
            result = signature(self._functions[operand.name].signature).result
            return is_nilable(result) and not result.startswith(("[]", "map["))
        return not isinstance(operand, _CONSTANTS | nodes.Pipe)

    def _command(self, command: nodes.Command, *, has_final: bool) -> Work[None]:
        first, *arguments = command.operands
        takes_no_arguments = bool(arguments) or has_final
        match first:
            case nodes.Identifier():
                yield from self._function(command, first, arguments, has_final=has_final)
            case nodes.Field() | nodes.Variable() | nodes.Chain():
                yield from self._member(first, arguments, has_final=has_final)
            case nodes.Pipe():
                if takes_no_arguments:
                    self._add(make.refuse_here(partial(_not_a_function, first)))
                else:
                    yield self._pipeline(first)
            case _:
                if takes_no_arguments:
                    self._add(make.refuse(first, _not_a_function(first)))
                else:
                    self._literal(first)

    def _literal(self, node: nodes.Operand) -> None:
        match node:
            case nodes.Dot():
                self._add(make.dot(node, None))
            case nodes.Bool() | nodes.String() | nodes.Number():
                self._push_constant(node, lambda: ideal(node))
            case _:
                self._add(make.refuse(node, "nil is not a command"))

    def _push_constant(self, node: nodes.Node, value: Callable[[], object]) -> None:
        try:
            instruction = make.push(node, value())
        except Refusal as refusal:
            instruction = make.refuse(node, refusal.go_text)
        self._add(instruction)

    # Functions.

    def _function(
        self,
        command: nodes.Node,
        identifier: nodes.Identifier,
        arguments: Sequence[nodes.Operand],
        *,
        has_final: bool,
    ) -> Work[None]:
        name = identifier.name
        callee = self._callee(name, arguments)
        try:
            check_count(name, callee.takes, len(arguments), int(has_final))
        except Refusal as refusal:
            self._add(make.refuse(identifier, refusal.go_text))
            return
        if not arguments:
            self._add(make.at(identifier))
        if name in _LOGIC:
            yield from self._logic(name, arguments, has_final=has_final)
            return
        for position, argument in enumerate(arguments):
            yield from self._argument(argument, callee.takes.parameter(position))
        convert = None
        if has_final:
            convert = converter(callee.takes.parameter(len(arguments)))
        count = len(arguments)
        self._add(invocations.call(command, callee, count, convert, has_final=has_final))

    def _callee(self, name: str, arguments: Sequence[nodes.Operand]) -> Callee:
        if name == "call" and arguments:
            # What is not to be called is named as the template names it.
            return Callee(name, calling(partial(nodes.source, arguments[0])))
        return Callee(name, self._functions[name])

    def _logic(
        self, name: str, arguments: Sequence[nodes.Operand], *, has_final: bool
    ) -> Work[None]:
        """Compile ``and`` and ``or``, which leave what need not be known unevaluated."""
        end = Label()
        height = len(self._scope)
        forgotten = Span()
        self._add(make.forget(forgotten))
        for position, argument in enumerate(arguments):
            yield from self._argument(argument, "reflect.Value")
            self._add(
                invocations.short_circuit(
                    end,
                    stops_at=name == "or",
                    has_final=has_final,
                    is_last=position == len(arguments) - 1,
                )
            )
        self._mark(end)
        forgotten.begin, forgotten.end = height, len(self._scope)

    def _argument(self, node: nodes.Operand, go_type: str) -> Work[None]:
        """Compile an argument; its value ends on top, converted to its parameter's type."""
        convert = converter(go_type)
        match node:
            case nodes.Dot():
                self._add(make.dot(node, convert))
            case nodes.Nil():
                self._push_constant(node, lambda: invocations.nil(go_type))
            case nodes.Bool() | nodes.String() | nodes.Number():
                self._push_constant(node, lambda: constant(node, go_type))
            case nodes.Field() | nodes.Variable():
                self._plain_member(node, convert)
            case _:
                yield from self._computed(node)
                if convert is not None:
                    self._add(make.convert_top(convert))

    def _computed(self, node: nodes.Operand) -> Work[None]:
        """Compile what is computed before it is anything: calls, and what parentheses hold."""
        match node:
            case nodes.Pipe():
                yield self._pipeline(node)
            case nodes.Identifier():
                yield from self._function(node, node, (), has_final=False)
            case nodes.Chain():
                yield from self._chained(node)
                self._add(make.fields_of_top(node, node.names))

    # Fields and methods.

    def _plain_member(
        self, node: nodes.Field | nodes.Variable, convert: Callable[[object], object] | None
    ) -> None:
        if isinstance(node, nodes.Field):
            self._add(make.field(node, node.names, convert))
        else:
            places = self._places(node.name)
            self._add(make.variable(node, node.name, places, node.names, convert))

    def _chained(self, chain: nodes.Chain) -> Work[None]:
        self._add(make.at(chain))
        yield from self._computed(chain.operand)

    def _member(
        self,
        node: nodes.Field | nodes.Variable | nodes.Chain,
        arguments: Sequence[nodes.Operand],
        *,
        has_final: bool,
    ) -> Work[None]:
        if not arguments and not has_final:
            if isinstance(node, nodes.Chain):
                yield from self._computed(node)
            else:
                self._plain_member(node, None)
            return
        if isinstance(node, nodes.Variable) and not node.names:
            self._add(make.refuse(node, _not_a_function(node)))
            return
        yield from self._receiver(node)
        yield from self._method(node, arguments, has_final=has_final)

    def _receiver(self, node: nodes.Field | nodes.Variable | nodes.Chain) -> Work[None]:
        match node:
            case nodes.Field():
                self._add(make.dot(node, None))
            case nodes.Variable():
                places = self._places(node.name)
                self._add(make.variable(node, node.name, places, (), None))
            case nodes.Chain():
                yield from self._chained(node)

    def _method(
        self,
        node: nodes.Field | nodes.Variable | nodes.Chain,
        arguments: Sequence[nodes.Operand],
        *,
        has_final: bool,
    ) -> Work[None]:
        end = Label()
        count = len(arguments)
        self._add(invocations.begin_method(node, node.names, end, count, has_final=has_final))
        for position, argument in enumerate(arguments):
            match argument:
                case nodes.Nil():
                    self._add(invocations.method_nil(argument, position))
                case nodes.Bool() | nodes.String() | nodes.Number():
                    self._add(invocations.method_constant(argument, position))
                case _:
                    yield from self._argument(argument, "reflect.Value")
                    self._add(invocations.method_argument(position))
        self._add(invocations.end_method(node, node.names[-1], count, has_final=has_final))
        self._mark(end)


def _not_a_function(node: nodes.Operand) -> str:
    return f"can't give argument to non-function {nodes.source(node)}"
