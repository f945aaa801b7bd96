"""What cannot be decoded says why, as a value."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ('{{ b64enc "hello" }}{{ b64dec "aGVsbG8=" }}', "aGVsbG8=hello"),
        ('{{ b64dec "aGVsbG8" }}', "illegal base64 data at input byte 4"),
        ('{{ b32enc "hello" }}{{ b32dec "NBSWY3DP" }}', "NBSWY3DPhello"),
        ('{{ b32dec "MFRGG===" }} {{ b32dec "MF\\nRGG===" }}', "abc abc"),
        (
            (
                '{{ b32dec "MFRGG" }}|{{ b32dec "mfrgg===" }}|{{ b32dec "MFR=====" '
                '}}|{{ b32dec "MFRGG=A=" }}'
            ),
            (
                "illegal base32 data at input byte 0|illegal base32 data at input b"
                "yte 0|illegal base32 data at input byte 3|illegal base32 data at i"
                "nput byte 5"
            ),
        ),
        ('{{ hexdec "68656C6c6f" }}', "hello"),
        (
            '{{ hexdec "6" }}|{{ hexdec "zz" }}|{{ hexdec "6\\xff" }}',
            (
                "encoding/hex: odd length hex string|encoding/hex: invalid byte: U+"
                "007A 'z'|encoding/hex: invalid byte: U+00FF 'ÿ'"
            ),
        ),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output
