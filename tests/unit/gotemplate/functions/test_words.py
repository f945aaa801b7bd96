"""Letter case is mapped rune by rune, words are found by xstrings' rules."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ('{{ upper "straße é ŉ" }}', "STRAßE É ŉ"),
        ('{{ lower "Éİ" }}', "éi"),
        ('{{ upper "\\xff" | b64enc }}', "77+9"),
        ('{{ title "hello wOrld foo-bar x_y" }}', "Hello WOrld Foo-Bar X_y"),
        ('{{ untitle "Hello World" }}', "hello world"),
        ('{{ swapcase "This Is é test" }}', "tHIS iS É TEST"),
        ('{{ snakecase "FirstName HTTPServer NoHTTPS" }}', "first_name_http_server_no_https"),
        ('{{ snakecase "http2xx Bld4Floor3rd GO_PATH" }}', "http_2xx_bld4_floor_3rd_go_path"),
        ('{{ kebabcase "FirstName--x.Y" }}', "first-name--x.y"),
        ('{{ snakecase "日本語テキスト" }}', "日本語_テキスト"),
        (
            '{{ camelcase "http_server" }}{{ camelcase "_complex__case_" }}',
            "HttpServer_Complex_Case_",
        ),
        ('{{ camelcase "GOLANG_IS_GREAT" }}', "GolangIsGreat"),
        ('{{ camelcase "__" }}', "___"),
        ('{{ snakecase "" }}{{ camelcase "" }}|', "|"),
        ('{{ shuffle "aaa" }}', "aaa"),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output
