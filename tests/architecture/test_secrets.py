"""Who may look at values."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from esync.secret import SecretValue

ROOT = Path(__file__).parents[2]
# Each of these turns values into other values, or hands them to where they belong.
MAY_REVEAL = {
    "esync/cluster/direct.py",
    "esync/deliver/emit.py",
    "esync/flow/kubernetes.py",
    "esync/identity/aws/sign_in.py",
    "esync/identity/azure/certificates.py",
    "esync/identity/azure/exchange.py",
    "esync/identity/gcp/federation.py",
    "esync/identity/gcp/gke.py",
    "esync/identity/gcp/keys.py",
    "esync/identity/gcp/subjects.py",
    "esync/identity/kept.py",
    "esync/identity/references.py",
    "esync/payload/payload.py",
    "esync/providers/akeyless/ambient.py",
    "esync/providers/akeyless/cloud_id.py",
    "esync/providers/akeyless/sign_in.py",
    "esync/providers/azure/sign_in.py",
    "esync/providers/ibm/payload.py",
    "esync/providers/ibm/sign_in.py",
    "esync/providers/kubernetes/custom.py",
    "esync/providers/kubernetes/sign_in.py",
    "esync/providers/vault/ambient.py",
    "esync/providers/vault/gcp_login.py",
    "esync/providers/vault/payload.py",
    "esync/providers/vault/session.py",
    "esync/providers/vault/sign_in.py",
    "esync/providers/webhook/ntlm.py",
    "esync/providers/webhook/requests.py",
    "esync/report/text.py",
    "esync/resolve/due.py",
    "esync/shape/build.py",
    "esync/shape/content.py",
    "esync/shape/decode.py",
    "esync/shape/manifest.py",
    "esync/shape/merge.py",
    "esync/shape/sources.py",
    "esync/shape/templates.py",
    "esync/transport/tls.py",
}


def test_only_listed_modules_reveal_values() -> None:
    """A new module on this list is a decision that somebody reads."""
    found = {
        str(module.relative_to(ROOT))
        for module in (ROOT / "esync").rglob("*.py")
        if ".reveal()" in module.read_text()
    }

    assert found - MAY_REVEAL == set()


@pytest.mark.parametrize("spell", [str, repr, "{}".format, "{:>20}".format, "%s".__mod__])
def test_a_value_prints_as_a_mask(spell: object) -> None:
    """However it is formatted; and lists of it, too."""
    assert callable(spell)
    value = SecretValue(b"canary")

    assert spell(value).strip() == "***"
    assert "canary" not in repr([value]) + str({"k": value})


def test_a_value_is_not_pickled() -> None:
    """No value gets into a file or another process by accident."""
    with pytest.raises(TypeError):
        pickle.dumps(SecretValue(b"canary"))
