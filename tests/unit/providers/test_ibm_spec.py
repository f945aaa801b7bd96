"""What is wrong with a store of IBM is told before anybody is asked; keys mean what they mean."""

from __future__ import annotations

from typing import Any

import pytest

from esync.manifests.errors import Rejected
from esync.manifests.externalsecret import StoreKind
from esync.manifests.store import RetrySettings
from esync.providers.contract import BadStore
from esync.providers.ibm import Ibm
from esync.providers.ibm.keys import BadIbmKey, SecretType, place_of
from esync.providers.ibm.patience import Retries
from esync.providers.ibm.spec import read_spec, retries_of
from tests.fakes.ibm import KEY
from tests.fakes.stores import make_store

CLUSTER_WIDE = StoreKind.CLUSTER_SECRET_STORE
URL = "https://1234.eu-de.secrets-manager.appdomain.cloud"
ID = "d9b54b0e-4f0d-4d0a-9bb1-5a0e7c9f4f11"


def with_key(**more: str) -> dict[str, Any]:
    """Return settings with an API key."""
    return {"serviceUrl": URL, "auth": {"secretRef": {"secretApiKeySecretRef": KEY | more}}}


def with_profile(profile: str = "app") -> dict[str, Any]:
    """Return settings with a trusted profile."""
    return {"serviceUrl": URL, "auth": {"containerAuth": {"profile": profile}}}


def errors(settings: dict[str, Any], kind: StoreKind = StoreKind.SECRET_STORE) -> list[str]:
    """Return what is wrong with a store, and where."""
    found = Ibm.check(make_store("ibm", settings, kind=kind))
    assert all(error.at is not None and error.at.line for error in found)
    return [error.message for error in found]


@pytest.mark.parametrize("settings", [with_key(), with_profile()])
def test_what_is_right(settings: dict[str, Any]) -> None:
    """One of the two ways; the token's file is not looked at where a store is only checked."""
    assert errors(settings) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (with_key() | {"serviceUrl": ""}, "serviceUrl is missing"),
        (with_profile(""), "profile is empty"),
        (with_key(namespace="other"), 'namespace "other"'),
        ({"serviceUrl": URL, "auth": {}}, "secretRef"),
        ({"serviceUrl": URL, "auth": with_key()["auth"] | with_profile()["auth"]}, "secretRef"),
        ({"serviceUrl": URL, "auth": {"secretRef": {}}}, "name is missing"),
        (
            {"serviceUrl": URL, "auth": {"secretRef": {"secretApiKeySecretRef": {"name": "a"}}}},
            "key is missing",
        ),
    ],
)
def test_what_is_wrong(settings: dict[str, Any], said: str) -> None:
    """As the operator's admission has it: no way, both ways, half a selector."""
    assert said in errors(settings)[0]


def test_a_cluster_store_names_the_namespace() -> None:
    """The rule for selectors is the strict one."""
    assert "needs a namespace" in errors(with_key(), CLUSTER_WIDE)[0]
    assert errors(with_key(namespace="vault"), CLUSTER_WIDE) == []


def test_unknown_fields_are_refused() -> None:
    """As the API server does."""
    with pytest.raises(Rejected):
        read_spec(make_store("ibm", with_key() | {"serviceURL": URL}))


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (None, Retries(0)),
        (RetrySettings(), Retries(3, 5.0)),
        (RetrySettings(max_retries=7, retry_interval="500ms"), Retries(7, 0.5)),
        (RetrySettings(max_retries=-1), Retries(0, 5.0)),
    ],
)
def test_retries_are_made_if_the_store_says_so(
    block: RetrySettings | None, expected: Retries
) -> None:
    """Three times with five seconds at most, where the block leaves that open."""
    assert retries_of(make_store("ibm", with_key(), retry=block)) == expected


def test_an_interval_that_is_no_duration() -> None:
    """It is refused, with the place of the block."""
    store = make_store("ibm", with_key(), retry=RetrySettings(retry_interval="soon"))
    assert [error.message for error in Ibm.check(store)] == [
        "retrySettings.retryInterval is not a duration"
    ]
    with pytest.raises(BadStore):
        retries_of(store)


def test_waits_double_up_to_the_interval() -> None:
    """One second, two, four, and then the interval."""
    retries = Retries(9, 5.0)
    assert [retries.wait(tries) for tries in (1, 2, 3, 4, 9)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert Retries(9, 0.5).wait(1) == 0.5


@pytest.mark.parametrize(
    ("key", "kind", "path"),
    [
        (ID, SecretType.ARBITRARY, f"secrets/{ID}"),
        (f"kv/{ID}", SecretType.KV, f"secrets/{ID}"),
        (f"apps/kv/{ID}", SecretType.KV, f"secrets/{ID}"),
        (f"kv/{ID.replace('-', '')}", SecretType.KV, f"secrets/{ID.replace('-', '')}"),
        (f"kv/urn:uuid:{ID}", SecretType.KV, f"secrets/urn%3Auuid%3A{ID}"),
        (f"kv/{{{ID}}}", SecretType.KV, f"secrets/%7B{ID}%7D"),
        (
            "apps/public_cert/web site",
            SecretType.PUBLIC_CERT,
            "secret_groups/apps/secret_types/public_cert/secrets/web%20site",
        ),
        (
            "my apps?/iam_credentials/a#b",
            SecretType.IAM_CREDENTIALS,
            "secret_groups/my%20apps%3F/secret_types/iam_credentials/secrets/a%23b",
        ),
    ],
)
def test_keys(key: str, kind: SecretType, path: str) -> None:
    """An id needs no group; what stands in a key never becomes another path."""
    place = place_of(key)
    assert (place.kind, place.path) == (kind, path)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("db", "group"),
        ("kv/db", "group"),
        ("/kv/db", "group"),
        ("a/b/c/d", "group"),
        ("apps/secret/db", 'type of secret "secret"'),
        ("apps//db", 'type of secret ""'),
        ("../kv/db", "leads elsewhere"),
        ("apps/kv/..", "leads elsewhere"),
        ("apps/kv/.", "leads elsewhere"),
        ("apps/kv/", "empty part"),
    ],
)
def test_keys_that_mean_nothing(key: str, said: str) -> None:
    """A name needs its group, and a type has to be one of IBM's."""
    with pytest.raises(BadIbmKey, match=said):
        place_of(key)


def test_a_plan_counts_one_call_for_a_secret() -> None:
    """With its metadata, too."""
    calling = Ibm.calling(make_store("ibm", with_key()))
    assert (calling.read, calling.metadata) == (("GetSecret",), ("GetSecret",))
