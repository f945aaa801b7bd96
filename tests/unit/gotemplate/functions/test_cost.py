"""What a function would make too large or would take too long for is refused before it begins."""

from __future__ import annotations

import pytest

from esync.gotemplate.errors import Limit
from tests.unit.gotemplate.rendering import refused, render

_TWINS = "{{ $l := list 1 }}{{ range until 20 }}{{ $l = list $l $l }}{{ end }}"


def _loop(action: str) -> str:
    return f"{{{{ range until 100000 }}}}{{{{ $_ := {action} }}}}{{{{ end }}}}"


_LONG = '{{ $a := repeat 2000000 "x" }}{{ $b := print (repeat 1999999 "x") "y" }}'
_MANY = "{{ $l := list $a $a $a $a $a $a $a $a }}" + "{{ $l = concat $l $l $l $l }}" * 4
_KEYS = (
    "{{ $d := dict }}{{ range $i := until 200 }}"
    '{{ $_ := set $d (print (repeat 100000 "k") $i) 1 }}{{ end }}'
)
_RING = '{{ $d := dict }}{{ $_ := set $d "d" $d }}'


@pytest.mark.parametrize(
    "call",
    [
        'repeat 1000000000 "x"',
        "until 9223372036854775807",
        "untilStep 0 1000000000000 1",
        "seq 1 1000000000",
        'indent 1000000000 "x"',
        'join (repeat 1000 "x") (until 10000)',
        'replace "" (repeat 1000 "x") (repeat 10000 "y")',
        'wrapWith 1 (repeat 1000 "x") (repeat 10000 "y")',
    ],
)
def test_too_much_text(call: str) -> None:
    """Texts and lists end at the limit of the output."""
    assert refused(f"{{{{ {call} }}}}").limit is Limit.OUTPUT


@pytest.mark.parametrize(
    "template",
    [
        "{{ until 100000 | uniq }}",
        "{{ range until 1000000 }}{{ has 1 (until 100000) }}{{ end }}",
        '{{ snakecase (repeat 1500000 "aB") }}',
        '{{ semverCompare (repeat 100000 " ") "1" }}',
        "{{ chunk 1 (until 2000000) }}",
        '{{ split "," (repeat 4000000 ",") }}',
        _loop('repeat 4000000 "x"'),
        _LONG + _loop("eq $a $b"),
        _LONG + _loop("lt $a $b"),
        _LONG + "{{ $d := dict $a 1 }}" + _loop("index $d $b"),
        _LONG + "{{ $d := dict $a 1 }}{{ $e := dict $b 1 }}" + _loop("deepEqual $d $e"),
        _LONG + "{{ $d := dict $a 1 }}{{ $e := dict $b 1 }}" + _loop("merge $d $e"),
        _LONG + _MANY + _loop("has $b $l"),
        _LONG + _MANY + _loop("sortAlpha $l"),
        _KEYS + _loop("keys $d"),
        _KEYS + "{{ range until 100000 }}{{ range $d }}{{ break }}{{ end }}{{ end }}",
        '{{ $d := dict "path" (repeat 200000 "é") }}' + _loop("urlJoin $d"),
        _loop('dateInZone "2006" now "x/y"'),
        _loop('js (repeat 200000 "<")'),
        _loop('dateModify (repeat 200000 "é") now'),
        f"{_TWINS}{{{{ $l | toJson }}}}",
        f"{_TWINS}{{{{ $l | toYaml }}}}",
        f"{_TWINS}{{{{ $l | deepCopy }}}}",
        f"{_TWINS}{{{{ deepEqual $l (append (rest $l) (first $l)) }}}}",
    ],
)
def test_too_many_steps(template: str) -> None:
    """Work that grows faster than the template ends at the limit of steps."""
    assert refused(template).limit is Limit.STEPS


@pytest.mark.parametrize(
    "call", ["deepCopy $d", 'merge $d (dict "d" $d)', 'deepEqual $d (dict "d" $d)']
)
def test_maps_that_hold_themselves(call: str) -> None:
    """End at the limit of depth, or at once if they are compared with themselves."""
    template = f"{_RING}{{{{ $x := {call} }}}}done"
    if "deepEqual" in call:
        assert render(template) == b"done"
    else:
        assert refused(template).limit is Limit.DEPTH


def test_json_of_a_ring_is_empty() -> None:
    """Go notices a cycle while it encodes."""
    assert render(_RING + "{{ toJson $d }}{{ toYaml $d }}|") == b"|"


def test_a_long_line_of_brackets_ends() -> None:
    """YAML may nest 10,000 deep, as in go-yaml."""
    assert b"max depth" in render('{{ (fromYaml (repeat 1000000 "[")).Error }}')


def test_names_of_a_certificate_are_charged_by_their_size() -> None:
    """However many names a list holds, all of them would be written."""
    names = '{{ $n := repeat 1000000 "a" }}{{ $l := list $n $n $n $n $n }}'
    call = '{{ $_ := genSelfSignedCertWithKey "a" (list) $l 1 (genPrivateKey "ecdsa") }}'
    assert refused(names + call).limit is Limit.OUTPUT
