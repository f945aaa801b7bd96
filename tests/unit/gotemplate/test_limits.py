"""Hostile templates end, soon and with little memory, and the error says which limit they met."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest

from tests.unit.gotemplate.rendering import refused, render

DEEP = 100_000
ITSELF = '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}'
GROWN = "{{ $l := list }}{{ range 1000000 }}{{ $l = append $l %s }}{{ end }}"
LOOP = "{{ range 1000 }}"
DOUBLED = "{{ $x := list 1 }}{{ range 40 }}{{ $x = list $x $x }}{{ end }}"

# A template and the limit that it meets.
HOSTILE = {
    "repeat": ('{{ repeat 1000000000 "x" }}', "output"),
    "wide": ('{{ printf "%1000000d%1000000d%1000000d%1000000d%1000000d" 1 2 3 4 5 }}', "output"),
    "text": ("{{ range 10 }}" + "x" * 500_000 + "{{ end }}", "output"),
    "doubling": ('{{ $x := "0123456789" }}{{ range 40 }}{{ $x = print $x $x }}{{ end }}', "output"),
    "range": ("{{ range 1000000000000 }}{{ end }}", "steps"),
    "nested range": (LOOP * 3 + "{{ end }}" * 3, "steps"),
    "shared list": (DOUBLED + "{{ $x }}", "steps"),
    "shared json": (DOUBLED + "{{ toJson $x }}", "steps"),
    "growing list": (GROWN % ".", "steps"),
    "hoarding": (GROWN % '(repeat 4000000 "x")', "steps"),
    "itself": (ITSELF, "depth"),
    "a dict in itself": ('{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}', "depth"),
    "parentheses": ("{{ " + "(" * DEEP + "1" + ")" * DEEP + " }}", "depth"),
    "open parentheses": ("{{ " + "(" * DEEP, "depth"),
    "ifs": ("{{ if 1 }}" * DEEP, "depth"),
    "many words": ("{{ 1 }}" * DEEP, "steps"),
    "blocks": ('{{ block "a" 1 }}' * DEEP, "depth"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_templates_meet_a_limit(name: str) -> None:
    """Which one is said in the error, and in its text."""
    template, limit = HOSTILE[name]
    error = refused(template, {"a": "b"})

    assert error.limit == limit
    assert any(word in error.message for word in ("steps", "bytes of text", "deep", "words"))


def _loop(action: str, count: int = 100_000) -> str:
    return f"{{{{ range $i := until {count} }}}}{{{{ $_ := {action} }}}}{{{{ end }}}}"


DATE = '(repeat 1000000 "2006")'
CLASSES = r'regexMatch (printf "(((a{30}){30})%d|[\\pL\\pN]{200})" $i) "aaa"'
JWK = '`{"kty":"RSA","n":"%s","e":"AQAB","d":"%s%s","p":"%s","q":"%s"}`'
DATES_IN_YAML = '{{ $s := print "a: [" (repeat 100000 "2001-01-01x,") "]" }}'
NUMBERED = "{{ $d := dict }}{{ range $i := until 3000 }}{{ $_ := set $d (print %s $i) 1 }}{{ end }}"
FORGOTTEN = "and false " + "(and false " * 100 + "($a := 1) " * 400 + ")" * 100
VERSION = '{{ $v := semver (printf "1.2.3-a%s" (repeat 200000 ".aa")) }}'

# Templates that took minutes, or hundreds of MiB, before what they do had a price.
COSTLY = {
    "digits": "{{ 0x" + "f" * 1_000_000 + " }}",
    "imaginary": "{{ 1" + "0" * 1_000_000 + "i }}",
    "escapes": '{{ $x := "' + r"\n" * 2_000_000 + '" }}',
    "variables": "{{$a:=1}}" * 20_000 + "{{$a}}" * 40_000,
    "forgotten": _loop(FORGOTTEN),
    "nested callees": "{{ " + "call (" * 900 + f'print "{"x" * 1_000_000}"' + ")" * 900 + " }}",
    "classes": _loop(CLASSES),
    "repetition": _loop('regexMatch (printf "a{0,1000}%d" $i) "a"'),
    "dates": _loop(f"toDate {DATE} {DATE}"),
    "layouts": _loop(f"date {DATE} now"),
    "layouts of a method": _loop(f"now.Format {DATE}"),
    "json": _loop('fromJson (printf "[%s1]" (repeat 1000000 "1,"))'),
    "json text": r'{{ $_ := fromJson (print "\"😀" (repeat 4000000 "a") "\"") }}',
    "yaml": '{{ $_ := fromYaml (print "a: " (repeat 3900000 "x")) }}',
    "yaml dates": DATES_IN_YAML + _loop("fromYaml $s"),
    "yaml keys": NUMBERED % '(repeat 1000 "1")' + _loop("toYaml $d"),
    "version": '{{ $_ := semver (printf "1.2.3-a%s" (repeat 700000 ".aa")) }}',
    "versions": VERSION + _loop("$v.Compare $v"),
    "directives": "{{ $l := until 1000 }}" + _loop('printf (repeat 100 "%[1]v") $l'),
    "jwk": '{{ $n := repeat 100000 "AQAB" }}'
    + _loop(f"jwkPrivateKeyPem (printf {JWK} $n $n $n $n $n)"),
    "case": '{{ $_ := swapcase (repeat 3999990 "a") }}{{ $_ = title (repeat 3999990 " ") }}',
    "durations": r'{{ $_ := durationRound (repeat 3999990 "\x01") }}',
    "texts": "{{ range 4000000 }}" + "x{{/**/}}" * 1_000 + "{{ end }}",
    "no separator": r'{{ $_ := replace "" "" (repeat 3999990 "\xff") }}',
}


_ALONE = """
import resource, sys
from esync import gotemplate
resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
try:
    gotemplate.render(sys.stdin.read(), {"a": "b"}, clock=lambda: 0, random=bytes)
except gotemplate.TemplateError as error:
    # Not ru_maxrss: that starts at what the process had before it became this program.
    with open("/proc/self/status") as status:
        print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("name", ["range", "hoarding", "growing list", "parentheses", "doubling"])
def test_hostile_templates_need_little(name: str) -> None:
    """Five seconds of one processor and 256 MiB are enough in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-c", _ALONE],
        # Coverage would follow, and make each step many times as slow.
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        input=HOSTILE[name][0],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) < 256 * 1024
    assert resource.getrlimit(resource.RLIMIT_CPU) != (5, 5)


def test_a_width_beyond_all_measure_is_go_s_mistake() -> None:
    """Go does not take it for a width, and nor do we."""
    assert render('{{ printf "%1000000000d" 1 }}') == b"%!(NOVERB)%!(EXTRA int=1)"


def test_what_is_deep_but_not_too_deep_is_rendered() -> None:
    """Up to a thousand levels, whatever Python's own stack could take."""
    assert render("{{ " + "(print " * 990 + "1" + ")" * 990 + " }}") == b"1"
    assert render("{{ if 1 }}" * 990 + "x" + "{{ end }}" * 990) == b"x"
    assert render("{{ if 0 }}" + "{{ else if 0 }}" * 3000 + "{{ else }}y{{ end }}") == b"y"
    count = '{{ define "n" }}{{ if lt . 900 }}{{ template "n" (add1 . | int) }}{{ end }}{{ end }}'
    assert render(count + '{{ template "n" 1 }}ok') == b"ok"
    assert sys.getrecursionlimit() <= 3000


def test_what_is_quoted_is_cut_in_public() -> None:
    """A message shows the begin of what a template says at length; Go's own words show it all."""
    error = refused("{{ 1" + "0" * 300_000 + " }}")
    assert error.message == f'illegal number syntax: "1{"0" * 79}…"'
    assert len(error.go_message) > 300_000

    for name in ('"' + "a b " * 9_000 + '"', "x" * 9_000):
        assert len(refused(f"{{{{ until {name} }}}}").message) < 200


def test_a_short_message_is_whole() -> None:
    """What people read is not touched."""
    error = refused('{{ until "a" }}')
    assert error.message == 'expected integer; found "a"'


def test_an_expression_is_paid_for_once() -> None:
    """The same one costs nothing in a loop, wherever it was compiled before."""
    loop = r'{{ range until 2000 }}{{ $_ := regexMatch ".{1000}" "a" }}{{ end }}ok'
    assert render(loop) == b"ok"
    assert render(loop) == b"ok"
