"""The variables of the identity of the process: what the pages say is what the code reads."""

from __future__ import annotations

import ast
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from esync.identity.aws.sdk import ENDPOINT_VARIABLES as AWS_ENDPOINTS
from esync.identity.gcp.endpoints import ENDPOINT_VARIABLES as GCP_ENDPOINTS
from esync.identity.job_tokens import GITHUB_TOKEN, GITHUB_URL, Purpose

ROOT = Path(__file__).parents[3]
README = ROOT / "docs/reference/providers/README.md"
ROW = re.compile(r"^\| \[`(\w+)`\]\([a-z]+\.md\) \| ([^|]+) \|", re.MULTILINE)
FAMILIES = [
    "AKEYLESS",
    "AWS",
    "AZURE",
    "BAO",
    "CLOUDSDK",
    "ESYNC",
    "GCE",
    "GOOGLE",
    "IBMCLOUD",
    "IDENTITY",
    "VAULT",
]
VARIABLE = re.compile(rf"(?:{'|'.join(FAMILIES)})_[A-Z0-9_]+|HOME")
# Where a provider and its identities are, and which token of a CI job they take.
CODE = {
    "akeyless": (("esync/providers/akeyless",), Purpose.AKEYLESS),
    "aws": (("esync/providers/aws", "esync/identity/aws"), Purpose.AWS),
    "azurekv": (("esync/providers/azure", "esync/identity/azure"), Purpose.AZURE),
    "gcpsm": (("esync/providers/gcp", "esync/identity/gcp"), Purpose.GCP),
    "ibm": (("esync/providers/ibm",), None),
    "openBao": (("esync/providers/vault",), Purpose.VAULT),
    "vault": (("esync/providers/vault",), Purpose.VAULT),
}
# Not who we are, but where the services are and whom to trust: told in tables of their own.
ELSEWHERE = {*AWS_ENDPOINTS.values(), *GCP_ENDPOINTS.values(), "AWS_CA_BUNDLE", "GCE_METADATA_HOST"}
# Only the smaller provider reads its own variable.
NOT_READ = {"vault": {"BAO_TOKEN"}}
# Modules of SDKs that read variables themselves.
SDK = {
    "aws": ("botocore.configprovider", "botocore.credentials", "botocore.utils"),
    "gcpsm": ("google.auth.environment_vars",),
}


def listed() -> dict[str, set[str]]:
    """Return the variables in the table, by provider."""
    text = README.read_text()
    rows = text[text.index("## Variables of the identity") :]
    found: dict[str, set[str]] = {}
    for provider, cell in ROW.findall(rows):
        found.setdefault(provider, set()).update(re.findall(r"`([A-Z_0-9]+)`", cell))
    return found


def literals(source: str) -> set[str]:
    """Return every text in a program that is the name of a variable and nothing else."""
    texts = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and VARIABLE.fullmatch(text)}


def read_by_us(provider: str) -> set[str]:
    """Return what the code of a provider names, and the token that it asks for."""
    folders, purpose = CODE[provider]
    found = set().union(
        *(literals(file.read_text()) for one in folders for file in (ROOT / one).rglob("*.py"))
    )
    tokens = {purpose.value, GITHUB_URL, GITHUB_TOKEN} if purpose else set()
    return (found | tokens) - ELSEWHERE - NOT_READ.get(provider, set())


def read_by_sdk(provider: str) -> set[str]:
    """Return what the SDK of a provider names."""
    found: set[str] = set()
    for name in SDK.get(provider, ()):
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        found |= literals(Path(spec.origin).read_text())
    return found


def test_every_provider_with_an_identity_is_in_the_table() -> None:
    """And no other."""
    assert set(listed()) == set(CODE)


@pytest.mark.parametrize("provider", CODE)
def test_every_variable_that_is_read_is_in_the_table(provider: str) -> None:
    """Whatever says who the process is."""
    assert read_by_us(provider) - listed()[provider] == set()


@pytest.mark.parametrize("provider", CODE)
def test_every_variable_in_the_table_is_read(provider: str) -> None:
    """By us, or by the SDK that looks for the identity."""
    assert listed()[provider] - read_by_us(provider) - read_by_sdk(provider) == set()
