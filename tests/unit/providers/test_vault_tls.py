"""What Vault stores say of certificates that cannot be used."""

from __future__ import annotations

import pytest

from esync.providers.contract import BadStore
from esync.providers.vault.tls import tls_context
from esync.secret import SecretValue
from esync.transport.tls import Tls

NONE = SecretValue(b"hunter2")


@pytest.mark.parametrize(
    ("tls", "environ", "words"),
    [
        (Tls(b"hunter2"), {}, "caBundle or caProvider"),
        (Tls(pair=(NONE, NONE)), {}, "no pair in PEM"),
        (Tls(), {"CURL_CA_BUNDLE": "/does/not/exist"}, "/does/not/exist cannot be read"),
    ],
)
def test_what_is_wrong(tls: Tls, environ: dict[str, str], words: str) -> None:
    """The store is at fault, and nothing of it is shown."""
    with pytest.raises(BadStore, match=words) as caught:
        tls_context(tls, environ)
    assert "hunter2" not in f"{caught.value!r}{caught.value.hint}"
