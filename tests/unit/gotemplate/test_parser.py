"""What is a template, and what Go says of what is none."""

from __future__ import annotations

import pytest

from esync import gotemplate
from esync.gotemplate.nodes import Action, Chain, Field, Pipe, Variable, source
from esync.gotemplate.parser import parse
from tests.unit.gotemplate.rendering import refused


def tree(text: str) -> tuple[object, ...]:
    """Return the statements of a template."""
    return parse(text.encode(), "tpl", (b"{{", b"}}"), gotemplate.FUNCTIONS)[b"tpl"]


def pipe(text: str) -> Pipe:
    """Return the pipeline of the one action of a template."""
    (action,) = tree(text)
    assert isinstance(action, Action)
    return action.pipe


def test_fields_of_fields_are_one_node() -> None:
    """Of variables too; of parentheses they are a chain."""
    (field,) = pipe("{{ .a.b }}").commands[0].operands
    assert isinstance(field, Field)
    assert field.names == (b"a", b"b")
    (variable,) = pipe("{{ $.a.b }}").commands[0].operands
    assert isinstance(variable, Variable)
    assert (variable.name, variable.names) == (b"$", (b"a", b"b"))
    (chain,) = pipe("{{ (print).a.b }}").commands[0].operands
    assert isinstance(chain, Chain)
    assert chain.names == (b"a", b"b")


@pytest.mark.parametrize(
    "text",
    [
        '$x := .a.b | printf "%s" (1 | print) nil true',
        "$x = (print .).y.z",
        "print 0x1F 'a' `b` -1.5",
        "len $",
    ],
)
def test_nodes_print_as_they_were_written(text: str) -> None:
    """Errors quote the template in Go's spelling."""
    parsed = tree("{{ $x := 1 }}{{ " + text + " }}")[1]
    assert isinstance(parsed, Action)
    assert source(parsed.pipe) == text


def test_spaces_are_normalised_in_messages() -> None:
    """One space between operands, a bar between spaces."""
    assert source(pipe("{{print  1|print   ( len . )}}")) == "print 1 | print (len .)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ nope }}", 'function "nope" not defined'),
        ("{{ $x }}", 'undefined variable "$x"'),
        ("{{ }}", "missing value for command"),
        ("{{ if }}{{ end }}", "missing value for if"),
        ("{{ if 1 }}", "unexpected EOF"),
        ("{{ end }}", "unexpected {{end}}"),
        ("{{ break }}", "{{break}} outside {{range}}"),
        ("{{ 1 | 2 }}", "non executable command in pipeline stage 2"),
        ("{{ 1.x }}", 'bad number syntax: "1.x"'),
        ('{{ "a".x }}', 'unexpected . after term "\\"a\\""'),
        ("{{ $x, $y := 1 }}", "too many declarations in command"),
        ("{{ range $a, $b, $c := . }}{{ end }}", "too many declarations in range"),
        ("{{ range $a, 1 := . }}{{ end }}", "range can only initialize variables"),
        ("{{ if 1 }}{{ else }}{{ else }}{{ end }}", "expected end; found {{else}}"),
        ("{{ template x }}", 'unexpected "x" in template clause'),
        ('{{ define "a" }}x{{ end }}{{ define "a" }}y{{ end }}',
         'template: multiple definition of template "a"'),
        ("{{ 99999999999999999999 }}", 'integer overflow: "99999999999999999999"'),
    ],
)  # fmt: skip
def test_errors(text: str, message: str) -> None:
    """A template that is none is refused before anything is executed."""
    error = refused(text)

    assert (error.stage, error.message, str(error)) == ("parse", message, message)
    assert error.go_message == f"template: tpl:1: {message}"


def test_errors_know_their_place() -> None:
    """Line and column of what was read last; an action over several lines says where it began."""
    error = refused("ok\n{{ print }}\n  {{ nope }}")
    assert (error.line, error.column) == (3, 5)

    error = refused("{{ if 1 }}\n{{ print\n`x")
    assert error.message == "unterminated raw quoted string in action started at tpl:2"


def test_variables_end_with_their_control() -> None:
    """What is declared inside is not known outside; templates share none."""
    assert refused("{{ if 1 }}{{ $x := 1 }}{{ end }}{{ $x }}").message == 'undefined variable "$x"'
    define = '{{ $x := 1 }}{{ define "t" }}{{ $x }}{{ end }}'
    assert refused(define).message == 'undefined variable "$x"'
