"""What goes wrong yields nothing, or its own text."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        (
            '{{ toYaml (dict "b" (list 1 (dict "x" "yes")) "a" "1" "n" nil) }}',
            'a: "1"\nb:\n- 1\n- x: "yes"\n"n": null',
        ),
        ('{{ toYaml (dict "a10" 1 "a2" 1 "B" 1 "_" 1) }}', "_: 1\nB: 1\na2: 1\na10: 1"),
        ('{{ toYaml "a\\nb" }}', "|-\n  a\n  b"),
        (
            '{{ toYaml (list " x" "a: b" "-" "?a" "2024-01-02" "12:30" "<<" "it\'s" "@") }}',
            ("- ' x'\n- 'a: b'\n- '-'\n- ?a\n- \"2024-01-02\"\n- \"12:30\"\n- <<\n- it's\n- '@'"),
        ),
        ("{{ toYaml (list (list 1) (dict)) }}", "- - 1\n- {}"),
        ('{{ toYaml "\\x7f" }}|{{ toYaml 1i }}|', "||"),
        (
            "{{ toYaml (list 1e21 0.1 100000000000000000000.0 1e-7) }}",
            "- 1e+21\n- 0.1\n- 1e+20\n- 1e-07",
        ),
        (
            '{{ fromYaml "a: 1\\nb: [yes, ~, 0o17, 1_000, 1.50]\\n1: x" | toJson }}',
            '{"1":"x","a":1,"b":[true,null,15,1000,1.5]}',
        ),
        (
            '{{ fromYaml "x: &a {k: 1}\\ny:\\n  <<: *a\\n  z: 2" | toJson }}',
            '{"true":{"k":1,"z":2},"x":{"k":1}}',
        ),
        ('{{ fromYaml "" }}{{ fromYaml "~" | len }}', "map[]0"),
        (
            '{{ (fromYaml "- a").Error }}',
            (
                "error unmarshaling JSON: while decoding JSON: json: cannot unmarsh"
                "al array into Go value of type map[string]interface {}"
            ),
        ),
        (
            '{{ (fromYaml "a: {").Error }}',
            "error converting YAML to JSON: yaml: line 1: did not find expected node content",
        ),
        (
            '{{ (fromYaml "a: *b").Error }}',
            "error converting YAML to JSON: yaml: unknown anchor 'b' referenced",
        ),
        (
            '{{ (fromYaml "a: .inf").Error }}',
            "error converting YAML to JSON: json: unsupported value: +Inf",
        ),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output
