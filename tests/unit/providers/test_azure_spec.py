"""The settings of an Azure store: defaults, and what is wrong with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from esync.identity.azure import AzureCloud
from esync.manifests.errors import Rejected
from esync.manifests.externalsecret import StoreKind
from esync.providers.azure import AzureKv
from esync.providers.azure.spec import AuthType, read_spec
from esync.providers.contract import BadStore
from tests.fakes.stores import make_store

LEAST = {"vaultUrl": "https://orders.vault.azure.net/"}
CUSTOM = {"useAzureSDK": True, "customCloudConfig": {"activeDirectoryEndpoint": "https://adfs.x"}}
CLUSTER_WIDE = StoreKind.CLUSTER_SECRET_STORE
ROOT = Path(__file__).parents[3]


def wrong(settings: dict[str, Any], **more: Any) -> list[str]:
    """Return what ``check`` says of settings that are ``LEAST`` and these."""
    store = make_store("azurekv", LEAST | settings, **more)
    return [error.message for error in AzureKv.check(store)]


def test_the_least_settings_and_their_defaults() -> None:
    """The vault suffices; the rest is as the operator's API defaults it."""
    spec = read_spec(make_store("azurekv", LEAST))
    assert spec.vault == "https://orders.vault.azure.net"
    assert spec.auth_type is AuthType.SERVICE_PRINCIPAL
    assert spec.environment_type is AzureCloud.PUBLIC
    assert not spec.use_azure_sdk
    assert wrong({}) == []


@pytest.mark.parametrize(
    "settings",
    [
        {},
        LEAST | {"authType": "Password"},
        LEAST | {"environmentType": "Moon"},
        LEAST | {"tenantID": "x"},
        LEAST | {"useAzureSDK": "yes"},
        LEAST | {"customCloudConfig": {}},
        LEAST | {"authSecretRef": {"clientID": {}}},
    ],
)
def test_what_the_api_refuses(settings: dict[str, Any]) -> None:
    """Missing, unknown and mistyped fields; ``check`` and ``open`` agree."""
    store = make_store("azurekv", settings)
    assert AzureKv.check(store)
    with pytest.raises(Rejected):
        read_spec(store)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"vaultUrl": ""}, "vaultUrl is not the URL of a vault"),
        ({"vaultUrl": "orders"}, "vaultUrl is not the URL of a vault"),
        ({"vaultUrl": "ftp://orders.vault.azure.net"}, "vaultUrl is not the URL of a vault"),
        ({"vaultUrl": "https://a@evil.example"}, "vaultUrl is not the URL of a vault"),
        ({"vaultUrl": "https://a.vault.azure.net?x=1"}, "vaultUrl is not the URL of a vault"),
        ({"vaultUrl": "https://a.vault.azure.net#x"}, "vaultUrl is not the URL of a vault"),
        ({"customCloudConfig": CUSTOM["customCloudConfig"]},
         "customCloudConfig needs useAzureSDK: true"),
        ({"environmentType": "AzureStackCloud"},
         "environmentType AzureStackCloud needs customCloudConfig"),
        ({"environmentType": "AzureStackCloud", "useAzureSDK": True},
         "environmentType AzureStackCloud needs customCloudConfig"),
        ({"environmentType": "GermanCloud", "useAzureSDK": True},
         "environmentType GermanCloud is discontinued, and not known with useAzureSDK"),
        ({"environmentType": "GermanCloud"} | CUSTOM,
         "environmentType GermanCloud is discontinued, and not known with useAzureSDK"),
    ],
)  # fmt: skip
def test_what_can_never_work(settings: dict[str, Any], message: str) -> None:
    """``check`` says it and ``open`` refuses it."""
    assert wrong(settings) == [message]
    with pytest.raises(BadStore, match=message):
        read_spec(make_store("azurekv", LEAST | settings))


@pytest.mark.parametrize(
    "settings",
    [
        {"environmentType": "GermanCloud"},
        {"environmentType": "AzureStackCloud"} | CUSTOM,
        {"environmentType": "ChinaCloud"} | CUSTOM,
        {"authType": "ManagedIdentity", "identityId": "x"},
        {"authType": "WorkloadIdentity"},
    ],
)
def test_what_can(settings: dict[str, Any]) -> None:
    """Signing in is judged when it is done, since ``--store-auth ambient`` may not need it."""
    assert wrong(settings) == []


@pytest.mark.parametrize(
    ("kind", "namespace", "right"),
    [
        (StoreKind.SECRET_STORE, "", True),
        (StoreKind.SECRET_STORE, "orders", True),
        (StoreKind.SECRET_STORE, "vault", False),
        (CLUSTER_WIDE, "", True),
        (CLUSTER_WIDE, "vault", True),
    ],
)
@pytest.mark.parametrize(
    ("fields", "judged"),
    [
        ({"authSecretRef": {"clientId": {}}}, True),
        ({"authSecretRef": {"clientSecret": {}}}, True),
        ({"serviceAccountRef": {"name": "robot"}}, True),
        ({"authSecretRef": {"clientCertificate": {}}}, False),
        ({"authSecretRef": {"tenantId": {}}}, False),
    ],
)
def test_a_secret_store_names_no_other_namespace(
    fields: dict[str, Any],
    judged: bool,  # noqa: FBT001
    kind: StoreKind,
    namespace: str,
    right: bool,  # noqa: FBT001
) -> None:
    """The operator's admission does not look at the selectors of certificate and tenant."""
    ((outer, inner),) = fields.items()
    added = {"namespace": namespace} if namespace else {}
    if outer == "serviceAccountRef":
        settings = {outer: inner | added}
    else:
        settings = {outer: {name: {"name": "a", "key": "b"} | added for name in inner}}
    assert len(wrong(settings, kind=kind)) == (0 if right or not judged else 1)


def test_errors_stand_where_the_field_stands() -> None:
    """The place is the line of the field (11: the second of the block)."""
    store = make_store("azurekv", LEAST | {"environmentType": "AzureStackCloud"})
    (error,) = AzureKv.check(store)
    assert str(error.at) == "store.yaml:11"


def test_checking_a_store_imports_no_sdk() -> None:
    """``esync validate`` must not pay for it."""
    code = (
        "import sys; from tests.fakes.stores import make_store;"
        "from esync.providers.azure import AzureKv;"
        "AzureKv.check(make_store('azurekv', {'vaultUrl': 'https://a.vault.azure.net'}));"
        "sys.exit(any(name in sys.modules for name in ('azure', 'cryptography', 'urllib3')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
