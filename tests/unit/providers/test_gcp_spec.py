"""What is wrong with a store of Google is told with its place, before anybody is asked."""

from __future__ import annotations

from typing import Any

import pytest

from esync.manifests.errors import Rejected
from esync.manifests.externalsecret import StoreKind
from esync.providers.contract import BadStore
from esync.providers.gcp import Gcp
from esync.providers.gcp.spec import read_spec
from tests.fakes.stores import make_store

CLUSTER_WIDE = StoreKind.CLUSTER_SECRET_STORE
AUDIENCE = "//iam.googleapis.com/projects/1"
CONFIG = {"name": "c", "key": "k"}
AWS = {"region": "eu-central-1", "awsCredentialsSecretRef": {"name": "aws"}}


def errors(settings: dict[str, Any], kind: StoreKind = StoreKind.SECRET_STORE) -> list[str]:
    """Return what is wrong with a store, and where."""
    found = Gcp.check(make_store("gcpsm", settings, kind=kind))
    assert all(error.at is not None and error.at.line >= 9 for error in found)
    return [error.message for error in found]


def key(**more: str) -> dict[str, Any]:
    """Return an auth block with a key."""
    return {"secretRef": {"secretAccessKeySecretRef": {"name": "a", "key": "b"} | more}}


def federation(**members: Any) -> dict[str, Any]:
    """Return settings with a federation."""
    return {"projectID": "p", "auth": {"workloadIdentityFederation": members}}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"projectID": "app-1"},
        {"projectID": "123456"},
        {"projectID": "example.com:app"},
        {"projectID": "p", "location": "europe-west3", "auth": key()},
        {"auth": {"workloadIdentity": {"serviceAccountRef": {"name": "a"}}}},
        {"secretVersionSelectionPolicy": "whatever"},
        federation(credConfig=CONFIG),
        federation(serviceAccountRef={"name": "a"}, audience=AUDIENCE),
        federation(awsSecurityCredentials=AWS, audience=AUDIENCE),
        # What does not count is not looked at.
        {"projectID": "p", "auth": {**key(), "workloadIdentityFederation": {}}},
    ],
)
def test_what_is_right(settings: dict[str, Any]) -> None:
    """Neither projectID nor auth is required."""
    assert errors(settings) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"projectID": "p", "auth": key(namespace="other")}, 'namespace "other"'),
        (
            {
                "auth": {
                    "workloadIdentity": {"serviceAccountRef": {"name": "a", "namespace": "other"}}
                }
            },
            'namespace "other"',
        ),
        ({"auth": key()}, "projectID is missing"),
        ({"projectID": "../other"}, "projectID is not"),
        ({"projectID": "a/secrets/b"}, "projectID is not"),
        ({"projectID": "a?b"}, "projectID is not"),
        ({"location": "evil.example/"}, "location is not"),
        ({"location": "europe-west3.evil"}, "location is not"),
        ({"location": "-a"}, "location is not"),
        (
            {
                "auth": {
                    "workloadIdentity": {
                        "serviceAccountRef": {"name": "a"},
                        "clusterProjectID": "a/b",
                    }
                }
            },
            "clusterProjectID is not",
        ),
        (federation(), "exactly one of"),
        (federation(credConfig=CONFIG, serviceAccountRef={"name": "a"}, audience="x"), "exactly"),
        (federation(serviceAccountRef={"name": "a"}), "audience is needed"),
        (federation(awsSecurityCredentials=AWS), "audience is needed"),
    ],
)
def test_what_is_wrong(settings: dict[str, Any], said: str) -> None:
    """The operator's admission, what it says when it makes a client, and what leads elsewhere."""
    (error,) = errors(settings)
    assert said in error


def test_a_cluster_store_may_leave_namespaces_out() -> None:
    """Or name them: those of each ExternalSecret count, or those that are named."""
    for namespace in ({}, {"namespace": "other"}):
        identity = {"workloadIdentity": {"serviceAccountRef": {"name": "a", **namespace}}}
        settings = {"projectID": "p", "auth": {**key(**namespace), **identity}}
        assert errors(settings, CLUSTER_WIDE) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"projectId": "p"},
        {"auth": {"workloadIdentity": {}}},
        {"auth": {"workloadIdentityFederation": {"credConfig": {"name": "c"}}}},
        federation(credConfig=CONFIG, gcpServiceAccountEmail="robot@evil.example"),
        federation(awsSecurityCredentials={**AWS, "region": "eu/../"}, audience="x"),
    ],
)
def test_what_the_api_refuses(settings: dict[str, Any]) -> None:
    """Unknown fields, missing ones, and texts of another form."""
    assert errors(settings)
    with pytest.raises(Rejected):
        read_spec(make_store("gcpsm", settings))


def test_reading_stops_at_what_can_never_work() -> None:
    """A host or path that leads elsewhere is never made of a store's words."""
    with pytest.raises(BadStore, match="location"):
        read_spec(make_store("gcpsm", {"location": "evil.example/"}))


def test_only_one_word_means_fetch() -> None:
    """Any other policy is LatestOrFail."""
    for word, fetches in (
        ("LatestOrFetch", True),
        ("LatestOrFail", False),
        ("latestOrFetch", False),
    ):
        spec = read_spec(make_store("gcpsm", {"secretVersionSelectionPolicy": word}))
        assert spec.fetches_enabled is fetches
    assert not read_spec(make_store("gcpsm", {})).fetches_enabled
