"""What a function would make too large or would take too long for is refused before it begins."""

from __future__ import annotations

import pytest

from esync.gotemplate.errors import Limit
from tests.unit.gotemplate.rendering import refused, render

_TWINS = "{{ $l := list 1 }}{{ range until 20 }}{{ $l = list $l $l }}{{ end }}"
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
