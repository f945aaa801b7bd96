"""What a template uses is told from its text."""

from __future__ import annotations

import pytest

from esync import gotemplate


@pytest.mark.parametrize(
    ("text", "keys", "whole"),
    [
        ("{{ .a }}{{ $.b.c }}", {"a", "b"}, False),
        ('{{ index . "a-b" }}{{ index $ "c" | upper }}', {"a-b", "c"}, False),
        ("{{ with .a }}{{ .b }}{{ $.c }}{{ else }}{{ .d }}{{ end }}", {"a", "c", "d"}, False),
        ("{{ if .a }}{{ .b }}{{ end }}", {"a", "b"}, False),
        ("{{ range .a }}{{ .b }}{{ end }}", {"a"}, False),
        ("{{ range $k, $v := . }}{{ .b }}{{ end }}", set(), True),
        ("{{ toJson . }}", set(), True),
        ("{{ index . .a }}", {"a"}, True),
        ("{{ with $ }}{{ .a }}{{ end }}", {"a"}, True),
        ('{{ define "t" }}{{ .a }}{{ $.b }}{{ end }}{{ template "t" . }}', {"a", "b"}, False),
        ('{{ define "t" }}{{ .a }}{{ end }}{{ template "t" .c }}', {"c"}, False),
        ('{{ define "t" }}{{ .a }}{{ end }}', set(), False),
        ('{{ define "t" }}{{ .a }}{{ template "t" . }}{{ end }}{{ template "t" $ }}', {"a"}, False),
        ('{{ (index . "a").b }}{{ print (.c | upper) }}', {"a", "c"}, False),
        ("plain", set(), False),
    ],
)  # fmt: skip
def test_fields(text: str, keys: set[str], *, whole: bool) -> None:
    """Keys of the root only, wherever they are read; and whether all of it is used."""
    assert gotemplate.compile(text).fields_used() == (frozenset(keys), whole)


def test_functions() -> None:
    """Builtins too, in templates that are defined as well."""
    template = gotemplate.compile('{{ define "t" }}{{ .a | upper }}{{ end }}{{ print (len .) }}')
    assert template.functions_used() == {"upper", "print", "len"}


def test_results_that_change_from_run_to_run() -> None:
    """A template that asks for the time is one of them."""
    assert gotemplate.compile("{{ now | date `2006` }}").changes
    assert not gotemplate.compile("{{ upper .a }}").changes
