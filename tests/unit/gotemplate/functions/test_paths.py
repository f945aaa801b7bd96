"""Paths with slashes; the `os` ones do the same."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ('{{ base "/a/b//" }}{{ base "" }}{{ base "//" }}', "b./"),
        ('{{ dir "/a/b" }} {{ dir "a" }} {{ dir "" }} {{ dir "a/" }}', "/a . . a"),
        (
            (
                '{{ clean "a//b/./c/../../d" }} {{ clean "/../x" }} {{ clean "../..'
                '/x/.." }} {{ clean "" }}'
            ),
            "a/d /x ../.. .",
        ),
        ('{{ ext "a.b/c" }}|{{ ext "a.tar.gz" }}|{{ ext ".x" }}|{{ ext "a." }}', "|.gz|.x|."),
        ('{{ isAbs "/a" }}{{ isAbs "a" }}{{ isAbs "" }}', "truefalsefalse"),
        (
            (
                '{{ osBase "/a/b" }}{{ osDir "/a/b" }}{{ osClean "a/.." }}{{ osExt '
                '"a.b" }}{{ osIsAbs "/" }}'
            ),
            "b/a..btrue",
        ),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output
