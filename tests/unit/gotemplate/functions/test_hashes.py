"""Checksums are those of the standards."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import render


@pytest.mark.parametrize(
    ("name", "of_abc"),
    [
        ("adler32sum", b"38600999"),
        ("sha1sum", b"a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("sha256sum", b"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "sha512sum",
            (
                b"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                b"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ),
    ],
)
def test_checksums(name: str, of_abc: bytes) -> None:
    """The test vectors of FIPS 180, and of RFC 1950 for Adler's."""
    assert render(f'{{{{ {name} "abc" }}}}') == of_abc
