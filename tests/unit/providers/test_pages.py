"""The reference pages name every field and variable that the code knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from esync.identity.aws.sdk import ENDPOINT_VARIABLES, AwsService
from esync.identity.azure import ambient, machine, workload
from esync.identity.job_tokens import GITHUB_TOKEN, GITHUB_URL, Purpose
from esync.providers.akeyless import ambient as of_akeyless
from esync.providers.akeyless.spec import AkeylessSpec
from esync.providers.aws.spec import AwsSpec
from esync.providers.azure.spec import AzureSpec
from esync.providers.fake import FakeSpec
from esync.providers.gcp.spec import GcpSpec
from esync.providers.ibm.sign_in import (
    API_KEY_VARIABLE,
    ENDPOINT_VARIABLE,
    PROFILE_VARIABLE,
    TOKEN_VARIABLE,
)
from esync.providers.ibm.spec import IbmSpec
from esync.providers.kubernetes.spec import CrdSpec, KubernetesSpec
from esync.providers.vault.ambient import AUDIENCE, MOUNT, NAMESPACE, ROLE, VAULT_TOKENS
from esync.providers.vault.openbao import OpenBaoSpec
from esync.providers.vault.spec import VaultSpec
from esync.providers.webhook.spec import WebhookSpec

PAGES = Path(__file__).parents[3] / "docs" / "reference" / "providers"


def spelled(cls: type) -> set[str]:
    """Return the names of all fields below ``cls`` as manifests spell them."""
    found: set[str] = set()
    kinds = get_type_hints(cls, localns={"Mapping": Mapping})
    for one in fields(cls):
        kind = kinds[one.name]
        first, *rest = one.name.split("_")
        found.add(str(one.metadata.get("name") or first + "".join(map(str.title, rest))))
        for inner in (kind, *get_args(kind)):
            if is_dataclass(inner) and isinstance(inner, type):
                found |= spelled(inner)
    return found


@pytest.mark.parametrize(
    ("page", "spec"),
    [
        ("akeyless", AkeylessSpec),
        ("aws", AwsSpec),
        ("azurekv", AzureSpec),
        ("crd", CrdSpec),
        ("fake", FakeSpec),
        ("gcpsm", GcpSpec),
        ("ibm", IbmSpec),
        ("kubernetes", KubernetesSpec),
        ("openbao", OpenBaoSpec),
        ("vault", VaultSpec),
        ("webhook", WebhookSpec),
    ],
)
def test_every_field_is_on_the_page(page: str, spec: type) -> None:
    """In backticks, as people search for it."""
    text = (PAGES / f"{page}.md").read_text()
    missing = {name for name in spelled(spec) if f"{name}`" not in text}
    assert missing - {"secretRef", "jwt", "auth"} == set()


def test_every_variable_is_on_the_page() -> None:
    """Endpoints of the services that a store can be, and what a CI job needs."""
    text = (PAGES / "aws.md").read_text()
    stores = set(AwsService) - {AwsService.ECR, AwsService.ECR_PUBLIC, AwsService.TAGGING}
    names = {ENDPOINT_VARIABLES[service] for service in stores}
    names |= {Purpose.AWS.value, GITHUB_URL, GITHUB_TOKEN}
    assert {name for name in names if f"`{name}`" not in text} == set()


def test_variables_of_ibm_and_akeyless_are_on_their_pages() -> None:
    """Those that say who the process is."""
    ibm = {API_KEY_VARIABLE, TOKEN_VARIABLE, PROFILE_VARIABLE, ENDPOINT_VARIABLE}
    akeyless = {of_akeyless.ID_VARIABLE, of_akeyless.KEY_VARIABLE, of_akeyless.TYPE_VARIABLE}
    akeyless |= {of_akeyless.PARAM_VARIABLE, of_akeyless.AUDIENCE_VARIABLE}
    akeyless |= {Purpose.AKEYLESS.value, GITHUB_URL, GITHUB_TOKEN}
    for page, names in (("ibm", ibm), ("akeyless", akeyless)):
        text = (PAGES / f"{page}.md").read_text()
        assert {name for name in names if f"`{name}`" not in text} == set()


def test_variables_of_vault_are_on_its_page() -> None:
    """Tokens, roles, and what a CI job needs."""
    text = (PAGES / "vault.md").read_text()
    names = {*VAULT_TOKENS, ROLE, MOUNT, AUDIENCE, NAMESPACE, Purpose.VAULT.value}
    names |= {GITHUB_URL, GITHUB_TOKEN}
    assert {name for name in names if f"`{name}`" not in text} == set()


def test_variables_of_azure_are_on_its_page() -> None:
    """Whatever says who the process is, and where that is asked."""
    text = (PAGES / "azurekv.md").read_text()
    modules = (ambient, machine, workload)
    names = {
        value
        for module in modules
        for name, value in vars(module).items()
        if name.endswith("_VARIABLE")
    }
    names |= {Purpose.AZURE.value, GITHUB_URL, GITHUB_TOKEN}
    assert len(names) > 10
    assert {name for name in names if f"`{name}`" not in text} == set()


@pytest.mark.parametrize("page", sorted(page.stem for page in PAGES.glob("[a-z]*.md")))
def test_one_sentence_per_line(page: str) -> None:
    """Prose breaks its lines after sentences, so that changes are easy to review."""
    lines = (PAGES / f"{page}.md").read_text().splitlines()
    prose = [line for line in lines if line[:1] not in {"|", " ", "{", "}"} and "`" not in line]
    assert [line for line in prose if ". " in line] == []
