"""Templates are executed as Go does; the golden lines have the many cases, here are the rules."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync import gotemplate
from esync.gocompat.values import Int64, Method, Struct
from tests.unit.gotemplate.rendering import NOW, refused, render


def test_data_of_all_kinds() -> None:
    """Text becomes bytes; bytes that are no text pass through."""
    data = {"s": "é", "b": b"\xff", "n": 3, "f": 0.5, "t": True, "l": [1, "x"], "m": {"k": None}}
    assert render("{{.s}} {{.n}} {{.f}} {{.t}} {{.l}} {{.m}}", data) == (
        "é 3 0.5 true [1 x] map[k:<nil>]".encode()
    )
    assert render("{{.b}}", data) == b"\xff"
    assert render("{{ len .s }}", data) == b"2"


def test_a_map_of_strings_has_go_s_type() -> None:
    """A key that `index` does not find is the empty string, as in a `map[string]string`."""
    assert render('{{ printf "%T" . }}|{{ index . "nope" }}|', {"a": "b"}) == b"map[string]string||"
    assert render('{{ printf "%T" . }}', {"a": 1}) == b"map[string]interface {}"


def test_no_data_at_all() -> None:
    """Nothing can be read from it, and it prints as what it is."""
    template = gotemplate.compile("{{ . }}")
    assert template.execute(None, clock=lambda: NOW, random=bytes) == b"<no value>"
    with pytest.raises(gotemplate.TemplateError, match='nil data; no entry for key "a"'):
        gotemplate.compile("{{ .a }}").execute(None, clock=lambda: NOW, random=bytes)


def test_the_data_is_left_alone() -> None:
    """Functions that change a map change a copy."""
    data = {"inner": {"a": 1}, "n": 1}
    assert render('{{ $_ := set .inner "b" 2 }}{{ .inner }}', data) == b"map[a:1 b:2]"
    assert data == {"inner": {"a": 1}, "n": 1}


def test_data_that_go_cannot_have() -> None:
    """No Python object gets in."""
    with pytest.raises(TypeError, match="no value for a template: object"):
        render("{{ . }}", {"a": object()})


@pytest.mark.parametrize(("missing_key", "result"), [("default", b"<no value>"), ("zero", b"")])
def test_missing_keys(missing_key: str, result: bytes) -> None:
    """An error, the zero value, or a text that says so."""
    assert render("{{ .x }}", {"a": "b"}, missing_key=missing_key) == result
    assert refused("{{ .x }}", {"a": "b"}).message == 'map has no entry for key "x"'


def test_fields_of_what_is_missing() -> None:
    """In the default mode nothing comes of nothing; a nil in a map is an error all the same."""
    assert render("{{ .x.y.z }}", {"a": 1}, missing_key="default") == b"<no value>"
    error = refused("{{ .x.y }}", {"x": None}, missing_key="default")
    assert error.message == "nil pointer evaluating interface {}.y"


def test_a_method_of_what_is_missing() -> None:
    """Its arguments are not even looked at in the default mode."""
    template = '{{ .x.Format (fail "never") }}{{ 1 | .x.y }}'
    assert render(template, {"a": 1}, missing_key="default") == b"<no value><no value>"
    error = refused("{{ .a.b 1 }}", {"a": {"b": 1}})
    assert error.message == "b is not a method but has arguments"


def test_other_delimiters() -> None:
    """As the operator's flags set them; an empty one means the usual one."""
    assert render("{{.a}}<<.a>>", {"a": "b"}, delimiters=("<<", ">>")) == b"{{.a}}b"
    assert render("{{.a}}", {"a": "b"}, delimiters=("", "")) == b"b"


def test_a_template_is_executed_many_times() -> None:
    """Nothing stays from one execution to the next."""
    template = gotemplate.compile("{{ $x := .a }}{{ range .l }}{{ $x = . }}{{ end }}{{ $x }}")
    results = [
        template.execute({"a": "b", "l": items}, clock=lambda: 0, random=bytes)
        for items in ([1, 2], [], [3])
    ]
    assert results == [b"2", b"b", b"3"]


def test_a_declaration_that_is_skipped_declares_nothing() -> None:
    """`and` and `or` leave the rest unevaluated, so an outer variable is meant again."""
    assert render("{{ $x := 1 }}{{ and false ($x := 2) }}{{ $x }}") == b"false1"
    assert render("{{ $x := 1 }}{{ and true ($x := 2) }}{{ $x }}") == b"22"
    assert refused("{{ or 1 ($x := 2) }}{{ $x }}").message == "undefined variable: $x"


def test_loops() -> None:
    """Over lists, maps by key, and numbers; with `break`, `continue`, and `else` for none."""
    assert (
        render("{{ range $i, $x := .l }}{{ $i }}{{ $x }} {{ end }}", {"l": ["a", "b"]}) == b"0a 1b "
    )
    assert (
        render("{{ range $k, $v := . }}{{ $k }}{{ $v }}{{ end }}", {"b": "2", "a": "1"}) == b"a1b2"
    )
    assert (
        render("{{ range 3 }}{{ . }}{{ else }}none{{ end }}{{ range 0 }}{{ else }}none{{ end }}")
        == b"012none"
    )
    skipping = "{{ if eq . 2 }}{{ continue }}{{ end }}{{ if eq . 4 }}{{ break }}{{ end }}"
    loop = "{{ range list 1 2 3 4 5 }}{{ with . }}" + skipping + "{{ . }}{{ end }}{{ end }}"
    assert render(loop + "{{ . | len }}", {"a": "b"}) == b"131"


def test_templates_call_templates() -> None:
    """Each has its own variables, and gets what it is given."""
    assert render(
        '{{ define "t" }}<{{ . }}{{ $ }}>{{ end }}{{ template "t" 1 }}{{ template "t" }}'
    ) == (b"<11><<no value><no value>>")
    assert refused('{{ template "t" (fail "never") }}').message == 'template "t" not defined'


class _Clock(Struct):
    """A value with methods, a field that is exported and one that is not."""

    go_type = "*demo.Clock"

    @property
    def fields(self) -> dict[str, object]:
        return {"Zone": b"UTC", "secret": b"hidden"}

    @property
    def methods(self) -> dict[str, Method]:
        return {
            "Hour": Method("func() int", lambda: 7),
            "Add": Method(
                "func(int64, ...string) string", lambda n, *words: b"%d" % n + b"".join(words)
            ),
        }


def test_methods_and_fields_of_structs() -> None:
    """Methods take converted arguments; only exported fields are in reach."""
    data = {"c": _Clock(), "n": Int64(5)}
    assert (
        render("{{ .c.Hour }} {{ .c.Zone }} {{ (.c.Add 1) }} {{ .c.Add .n }}", data) == b"7 UTC 1 5"
    )
    assert render('{{ .c.Add 1 "a" `b` }} {{ "z" | .c.Add 2 }}', data) == b"1ab 2z"
    assert refused("{{ .c.secret }}", data).message == (
        "secret is an unexported field of struct type *demo.Clock"
    )
    assert refused("{{ .c.Hour 1 }}", data).message == "wrong number of args for Hour: want 0 got 1"
    assert refused('{{ .c.Add "x" }}', data).message == 'expected integer; found "x"'
    assert refused("{{ .c.Add nil }}", data).message == "cannot assign nil to int64"
    assert (
        refused("{{ .c.Zone 1 }}", data).message
        == "Zone has arguments but cannot be invoked as function"
    )


@pytest.mark.parametrize("name", ["__class__", "__init__", "go_type", "fields", "items", "real"])
@pytest.mark.parametrize("value", ["text", 1, 1.5, [1], {"a": 1}, True])
def test_no_python_attribute_is_in_reach(name: str, value: object) -> None:
    """Neither as a field nor as a method of anything."""
    error = refused("{{ .v." + name + " }}", {"v": value})
    assert error.stage == "exec"


def test_errors_know_their_place_and_hide_data() -> None:
    """The public text quotes the template only; Go's own text is kept beside it."""
    data = {"password": "hunter2", "l": [1]}
    error = refused("{{ if true }}\n  {{ fail .password }}{{ end }}", data)
    assert (error.line, error.column, error.excerpt) == (2, 5, "fail .password")
    assert str(error) == "error calling fail"
    assert error.go_message == (
        'template: tpl:2:5: executing "tpl" at <fail .password>: error calling fail: hunter2'
    )
    assert (error.__cause__, error.__context__) == (None, None)

    error = refused("{{ range .password }}{{ end }}", data)
    assert str(error) == "range can't iterate over a value of type string"
    assert "hunter2" in error.go_message


def test_numbers_from_data_are_data_too() -> None:
    """An index that is out of range is not told."""
    for template in ("{{ index .l .pin }}", "{{ range $a, $b := .pin }}{{ end }}"):
        error = refused(template, {"l": [1], "pin": 4711})
        assert "4711" not in str(error)
        assert "4711" in error.go_message


def test_equality_of_structs() -> None:
    """Times are equal if they are the same moment; a version is equal to itself only."""
    times = '{{ $a := toDate "2006" "2020" }}{{ $b := toDate "2006" "2021" }}'
    assert render(times + '{{ eq $a $b }} {{ eq $a (toDate "2006" "2020") }}') == b"false true"
    assert (
        render('{{ $v := semver "1.2.3" }}{{ eq $v $v }} {{ eq $v (semver "1.2.3") }}')
        == b"true false"
    )


def test_errors_of_types_are_public() -> None:
    """They name types and what stands in the template."""
    assert str(refused("{{ upper 1 }}")) == "expected string; found 1"
    assert (
        str(refused("{{ upper .n }}", {"n": 1})) == "wrong type for value; expected string; got int"
    )
    assert str(refused("{{ eq 1 `a` }}")) == (
        "error calling eq: incompatible types for comparison: int and string"
    )
    assert str(refused("{{ trunc 1.5 `a` }}")) == "expected integer; found 1.5"


@given(st.text("{}()|$.:=`\"' \n-/*abci0123x,é\\", max_size=40))
def test_no_text_escapes_as_another_error(text: str) -> None:
    """Whatever stands in a template, the one error is TemplateError."""
    inside = "{{" + text + "}}"
    for template in (text, inside, "{{ range . }}" + inside + "{{ end }}"):
        with suppress(gotemplate.TemplateError):
            render(template, {"a": "b"})


WORDS = st.sampled_from(
    [
        "{{", "}}", "{{-", "-}}", " ", "if", "range", "with", "end", "else", "define", "template",
        "block", "break", "continue", "nil", "true", "1", "-1", "1.5", '"a"', "`b`", "'c'", "$",
        "$x", ".", ".a", ":=", "=", "|", "(", ")", ",", "print", "printf", "len", "index", "and",
        "or", "eq", "lt", "slice", "call", "html", "list", "dict", "first", "upper", "repeat",
        "until", "toJson", "fromJson", "join", "\n", "text",
    ]
)  # fmt: skip


@given(st.lists(WORDS, max_size=25).map(" ".join))
def test_no_template_escapes_as_another_error(text: str) -> None:
    """Nor does a template of the right words in the wrong order."""
    inside = "{{ " + text + " }}"
    for template in (text, inside, "{{ range list 1 . }}" + inside + "{{ end }}"):
        with suppress(gotemplate.TemplateError):
            render(template, {"a": "b"})
