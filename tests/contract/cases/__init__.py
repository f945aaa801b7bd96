"""The cases: one line for each provider, module and class; a new provider adds its line."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

    from tests.contract.case import Case

# Each function takes pytest's request, and yields its case.
CASES = {
    "fake": "tests.contract.cases.fake:fake",
    "gcpsm": "tests.contract.cases.gcp:of_a_project",
    "gcpsm-regional": "tests.contract.cases.gcp:of_a_location",
    "aws-secrets-manager": "tests.contract.cases.aws:secrets_manager",
    "aws-parameter-store": "tests.contract.cases.aws:parameter_store",
    "aws-certificate-manager": "tests.contract.cases.aws:certificate_manager",
    "azurekv": "tests.contract.cases.azure:secrets",
    "vault": "tests.contract.cases.vault:vault",
    "akeyless": "tests.contract.cases.akeyless:static",
    "ibm": "tests.contract.cases.ibm:kv",
    "ibm-arbitrary": "tests.contract.cases.ibm:arbitrary",
    "openBao": "tests.contract.cases.vault:openbao",
    "kubernetes": "tests.contract.cases.kubernetes:secrets",
    "crd": "tests.contract.cases.crd:objects",
    "webhook": "tests.contract.cases.webhook:values",
}


def start(name: str, request: pytest.FixtureRequest) -> Iterator[Case]:
    """Import the case behind ``name``, and no other, and run it."""
    module, _, attribute = CASES[name].partition(":")
    made = getattr(import_module(module), attribute)
    return cast("Callable[[pytest.FixtureRequest], Iterator[Case]]", made)(request)
