"""What counts as a certificate."""

from __future__ import annotations

import pytest

from esync.identity.certificates import is_certificate


@pytest.mark.parametrize("inside", ["ü", "", "AAAA"])
def test_a_block_that_holds_none(inside: str) -> None:
    """It is no certificate, and no crash, whatever characters it has."""
    text = f"-----BEGIN CERTIFICATE-----\n{inside}\n-----END CERTIFICATE-----"
    assert not is_certificate(text.encode())
