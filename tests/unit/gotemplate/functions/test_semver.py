"""Masterminds' versions and constraints."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import refused, render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ('{{ semver "v1.2-rc.1+b" }} {{ (semver "v1.2").Original }}', "1.2.0-rc.1+b v1.2"),
        (
            (
                '{{ $v := semver "1.2.3-rc.1+b" }}{{ $v.Major }}{{ $v.Minor }}{{ $v'
                ".Patch }}{{ $v.Prerelease }}{{ $v.Metadata }}"
            ),
            "123rc.1b",
        ),
        (
            (
                '{{ (semver "1.2.3-a").IncPatch }} {{ (semver "1.2.3").IncMinor }} '
                '{{ (semver "1.2.3").IncMajor }}'
            ),
            "1.2.3 1.3.0 2.0.0",
        ),
        (
            (
                '{{ (semver "1.2.3").Compare (semver "1.2.3-a") }}{{ (semver "1.0.0'
                '-a.10").LessThan (semver "1.0.0-a.9") }}'
            ),
            "1false",
        ),
        (
            (
                '{{ semverCompare "^1.2" "1.9.0" }}{{ semverCompare "^0.2.3" "0.3.0'
                '" }}{{ semverCompare "~1.2" "1.3.0" }}'
            ),
            "truefalsefalse",
        ),
        (
            (
                '{{ semverCompare ">=1.2 <2 || 3.x" "3.4.5" }}{{ semverCompare "1.2'
                ' - 1.4" "1.4.9" }}'
            ),
            "truetrue",
        ),
        ('{{ semverCompare ">1.2" "1.3.0-a" }}{{ semverCompare ">1.2-0" "1.3.0-a" }}', "falsetrue"),
        (
            (
                '{{ semverCompare "!=1.x" "1.5" }}{{ semverCompare ">11" "11.1" }}{'
                '{ semverCompare "*" "0.0.1" }}'
            ),
            "falsefalsetrue",
        ),
        ('{{ (semver "1").SetPrerelease "x" }}', "1.0.0-x"),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ('{{ semver "x" }}', "invalid semantic version"),
        ('{{ semver "1.2.3-01" }}', "version segment starts with 0"),
        ('{{ semverCompare "garbage" "1" }}', "improper constraint: garbage"),
        ('{{ semverCompare "1 2x3" "1" }}', "constraint parser error"),
        (
            '{{ (semver "1.2.3").IncPatch.Original }}',
            "can't evaluate field Original in type semver.Version",
        ),
    ],
)
def test_refuses(template: str, words: str) -> None:
    """In Go's words, which the public message does not repeat."""
    error = refused(template)
    assert error.go_message.endswith(words)
