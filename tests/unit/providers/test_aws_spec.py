"""The settings of an AWS store: defaults, what is wrong with them, and who they say we are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from esync.errors import EsyncError
from esync.identity.aws import Retries, Role, StaticKeys, WebIdentity
from esync.manifests.errors import Rejected
from esync.manifests.externalsecret import StoreKind
from esync.manifests.store import RetrySettings, SecretSelector, ServiceAccountSelector
from esync.providers.aws import Aws
from esync.providers.aws.spec import ServiceName, identity_of, read_spec, retries_of
from esync.providers.contract import BadStore
from tests.fakes.stores import make_store

LEAST = {"service": "SecretsManager", "region": "eu-central-1"}
ROLE = "arn:aws:iam::123456789012:role/reader"
ID, SECRET = {"name": "aws", "key": "id"}, {"name": "aws", "key": "secret"}
ROOT = Path(__file__).parents[3]
CLUSTER_WIDE = StoreKind.CLUSTER_SECRET_STORE


def wrong(settings: dict[str, Any], **more: Any) -> list[str]:
    """Return what ``check`` says of settings that are ``LEAST`` and these."""
    return [error.message for error in Aws.check(make_store("aws", LEAST | settings, **more))]


def test_the_least_settings_and_their_defaults() -> None:
    """Service and region suffice; the rest is as the operator's API defaults it."""
    store = make_store("aws", LEAST)
    spec = read_spec(store)
    assert (spec.service, spec.region) == (ServiceName.SECRETS_MANAGER, "eu-central-1")
    assert (spec.prefix, spec.role, spec.additional_roles) == ("", "", ())
    identity = identity_of(spec, store, "orders")
    assert (identity.source, identity.roles) == (None, ())
    assert wrong({}) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"region": "eu-central-1"},
        {"service": "SecretsManager"},
        {"service": "S3", "region": "eu-central-1"},
        LEAST | {"regoin": "x"},
        LEAST | {"role": 5},
        LEAST | {"sessionTags": [{"key": "a"}]},
        LEAST | {"sessionTagsPolicy": "All"},
    ],
)
def test_what_the_api_refuses(settings: dict[str, Any]) -> None:
    """Missing, unknown and mistyped fields; ``check`` and ``open`` agree."""
    store = make_store("aws", settings)
    assert Aws.check(store)
    with pytest.raises(Rejected):
        read_spec(store)


@pytest.mark.parametrize("region", ["eu-central-1", "not-a-region", "us-east-1-fips", "X"])
def test_a_region_is_judged_by_its_shape(region: str) -> None:
    """There is no list of known regions; new ones work at once."""
    assert wrong({"region": region}) == []


@pytest.mark.parametrize(
    "region", ["noop.", "", "a.b", "evil.example.org/", "x@y", "-x", "x-", "a" * 64, "a b", "x\n"]
)
def test_a_region_is_one_label_of_a_host_name(region: str) -> None:
    """Anything else could make credentials go to another host."""
    assert wrong({"region": region}) == ["region is not the name of a region"]
    with pytest.raises(BadStore):
        read_spec(make_store("aws", LEAST | {"region": region}))


@pytest.mark.parametrize(
    ("deletion", "right"),
    [
        ({}, True),
        ({"recoveryWindowInDays": 7}, True),
        ({"recoveryWindowInDays": 30}, True),
        ({"forceDeleteWithoutRecovery": True}, True),
        ({"recoveryWindowInDays": 6}, False),
        ({"recoveryWindowInDays": 31}, False),
        ({"recoveryWindowInDays": -1}, False),
        ({"recoveryWindowInDays": 7, "forceDeleteWithoutRecovery": True}, False),
    ],
)
@pytest.mark.parametrize("service", [name.value for name in ServiceName])
def test_deletion_settings_are_checked_for_every_service(
    deletion: dict[str, Any],
    right: bool,  # noqa: FBT001
    service: str,
) -> None:
    """A window of 7 to 30 days, and none together with force."""
    assert (wrong({"service": service, "secretsManager": deletion}) == []) is right


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
    "auth",
    [
        {"secretRef": {"accessKeyIDSecretRef": ID, "secretAccessKeySecretRef": SECRET}},
        {"jwt": {"serviceAccountRef": {"name": "robot"}}},
    ],
)
def test_a_secret_store_names_no_other_namespace(
    auth: dict[str, Any],
    kind: StoreKind,
    namespace: str,
    right: bool,  # noqa: FBT001
) -> None:
    """A ClusterSecretStore may name one or leave it to each ExternalSecret."""
    selectors: dict[str, Any]
    (selectors,) = auth.values()
    added = {"namespace": namespace} if namespace else {}
    spread = {name: one | added for name, one in selectors.items()}
    found = wrong({"auth": {next(iter(auth)): spread}}, kind=kind)
    assert len(found) == (0 if right else len(selectors))


def test_errors_stand_where_the_field_stands() -> None:
    """The place is the line of the region (11: the second field of the block)."""
    (error,) = Aws.check(make_store("aws", LEAST | {"region": "noop."}))
    assert str(error.at) == "store.yaml:11"


@pytest.mark.parametrize(
    ("auth", "source"),
    [
        ({}, None),
        ({"jwt": {"serviceAccountRef": {"name": "robot", "audiences": ["x"]}}},
         WebIdentity(ServiceAccountSelector("robot", "", ("x",)))),
        ({"secretRef": {"accessKeyIDSecretRef": ID, "secretAccessKeySecretRef": SECRET}},
         StaticKeys(SecretSelector("aws", "", "id"), SecretSelector("aws", "", "secret"))),
        ({"secretRef": {"accessKeyIDSecretRef": ID, "secretAccessKeySecretRef": SECRET},
          "jwt": {"serviceAccountRef": {"name": "robot"}}},
         WebIdentity(ServiceAccountSelector("robot"))),
    ],
)  # fmt: skip
def test_who_signs(auth: dict[str, Any], source: StaticKeys | WebIdentity | None) -> None:
    """A service account wins over static keys; neither is the identity of the process."""
    store = make_store("aws", LEAST | {"auth": auth})
    assert identity_of(read_spec(store), store, "orders").source == source


@pytest.mark.parametrize(
    "auth",
    [{"jwt": {}}, {"secretRef": {}}, {"secretRef": {"accessKeyIDSecretRef": ID}}],
)
def test_half_an_identity_is_an_error(auth: dict[str, Any]) -> None:
    """An empty ``jwt`` makes the operator crash; here it is told, like half an access key."""
    store = make_store("aws", LEAST | {"auth": auth})
    assert all("is missing" in error.message for error in Aws.check(store))
    with pytest.raises(BadStore, match="is missing"):
        identity_of(read_spec(store), store, "orders")


TAGS = {"sessionTags": [{"key": "team", "value": "a"}, {"key": "team", "value": "b"}]}
BUILT_IN = (
    ("esoNamespace", "orders"),
    ("esoStoreName", "main"),
    ("esoStoreKind", "SecretStore"),
)


@pytest.mark.parametrize(
    ("settings", "tags"),
    [
        ({}, ()),
        (TAGS, (("team", "a"), ("team", "b"))),
        (TAGS | {"sessionTagsPolicy": "None"}, (("team", "a"), ("team", "b"))),
        (TAGS | {"sessionTagsPolicy": "Simple"}, BUILT_IN),
        (
            TAGS
            | {
                "sessionTagsPolicy": "Custom",
                "customSessionTags": {"a": "b", "": "x", "empty": ""},
            },
            (("a", "b"), *BUILT_IN),
        ),
        ({"customSessionTags": {"a": "b"}}, ()),
    ],
)
def test_session_tags(settings: dict[str, Any], tags: tuple[tuple[str, str], ...]) -> None:
    """A policy other than None drops the explicit tags, as the operator does."""
    store = make_store("aws", LEAST | settings | {"role": ROLE})
    (role,) = identity_of(read_spec(store), store, "orders").roles
    assert role.tags == tags


def test_built_in_tags_win_and_may_not_be_written() -> None:
    """The API refuses them among the custom ones; were they there, the policy's would count."""
    settings = {"sessionTagsPolicy": "Custom", "customSessionTags": {"esoNamespace": "evil"}}
    assert wrong(settings) == ["customSessionTags: esoNamespace is set by the policy itself"]
    store = make_store("aws", LEAST | settings | {"role": ROLE})
    (role,) = identity_of(read_spec(store), store, "orders").roles
    assert dict(role.tags) == dict(BUILT_IN)


def test_external_id_and_tags_belong_to_the_last_role() -> None:
    """The additional roles come first and plain; without ``role`` the rest is not used."""
    more = {"externalID": "x", "transitiveTagKeys": ["team"], "additionalRoles": ["a", "b"]} | TAGS
    store = make_store("aws", LEAST | more | {"role": ROLE})
    last = Role(ROLE, "x", (("team", "a"), ("team", "b")), ("team",))
    assert identity_of(read_spec(store), store, "n").roles == (Role("a"), Role("b"), last)
    store = make_store("aws", LEAST | more)
    assert identity_of(read_spec(store), store, "n").roles == (Role("a"), Role("b"))


@pytest.mark.parametrize(
    ("settings", "retries"),
    [
        (None, Retries(1, None)),
        (RetrySettings(), Retries(3, None)),
        (RetrySettings(1), Retries(1, None)),
        (RetrySettings(0), Retries(0, None)),
        (RetrySettings(5, "1m30s"), Retries(5, 90.0)),
        (RetrySettings(None, "500ms"), Retries(3, 0.5)),
        (RetrySettings(2, "0s"), Retries(2, None)),
    ],
)
def test_retry_settings(settings: RetrySettings | None, retries: Retries) -> None:
    """``maxRetries`` counts attempts; an interval above zero takes the place of the back-off."""
    assert retries_of(make_store("aws", LEAST, retry=settings)) == retries


def test_an_interval_that_is_none() -> None:
    """The store cannot be opened."""
    with pytest.raises(EsyncError, match="retryInterval"):
        retries_of(make_store("aws", LEAST, retry=RetrySettings(1, "5 seconds")))


def test_checking_a_store_imports_no_sdk() -> None:
    """``esync validate`` must not pay for botocore."""
    code = (
        "import sys; from tests.fakes.stores import make_store;"
        "from esync.providers.aws import Aws;"
        "Aws.check(make_store('aws', {'service': 'SecretsManager', 'region': 'x'}));"
        "sys.exit(any(name in sys.modules for name in ('botocore', 'boto3', 'cryptography')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
