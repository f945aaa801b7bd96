"""What is due: by policy, interval and windows, or because the target is not valid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from esync.errors import Location
from esync.flow.kubernetes import DATA_HASH_ANNOTATION, MANAGED_LABEL, SecretObject
from esync.flow.manifest import ManifestObject
from esync.flow.snapshot import Existing, Ready
from esync.gocompat.cron import NANOSECONDS
from esync.gocompat.digest import data_hash, digest, sync_version
from esync.manifests.document import Document
from esync.manifests.externalsecret import (
    CreationPolicy,
    ExternalSecret,
    ExternalSecretSpec,
    RefreshPolicy,
    SyncWindow,
    SyncWindows,
    Target,
    WindowKind,
)
from esync.resolve.due import is_due
from esync.secret import SecretValue

if TYPE_CHECKING:
    from typing import Any

NOW = 1_700_000_000 * NANOSECONDS  # 2023-11-14 22:13:20 UTC
AGO_20S, AGO_2H, AHEAD = "2023-11-14T22:13:00Z", "2023-11-14T20:13:20Z", "2023-11-14T23:00:00Z"
ZERO = "0001-01-01T00:00:00Z"
CURRENT = sync_version(3, {}, {})
OLDER = sync_version(2, {}, {})
ONCE, CHANGE, PERIODIC = RefreshPolicy.CREATED_ONCE, RefreshPolicy.ON_CHANGE, RefreshPolicy.PERIODIC
OPEN = SyncWindow("0 22 * * *", "1h")
SHUT = SyncWindow("0 8 * * *", "1h")
BROKEN = SyncWindow("* * * * 7", "1h")

DATA = {"k": SecretValue(b"v")}
VALID = SecretObject(
    "ns",
    "app",
    data=DATA,
    labels={MANAGED_LABEL: "true"},
    annotations={DATA_HASH_ANNOTATION: data_hash({"k": b"v"})},
)


def external_secret(**spec: Any) -> ExternalSecret:
    """Return one with this spec, as the cluster has it."""
    at = Location("x.yaml", 1)
    document = Document("external-secrets.io/v1", "ExternalSecret", "ns", "app", {}, at, {})
    return ExternalSecret("app", "ns", ExternalSecretSpec(**spec), document, uid="u")


def existing(synced: str, refreshed: str) -> Existing:
    """Return what the cluster tells; generation 3, without labels and annotations."""
    return Existing("u", 3, synced_version=synced, refresh_time=refreshed)


@pytest.mark.parametrize(
    ("policy", "windows", "expected"),
    [
        (PERIODIC, None, True),
        (PERIODIC, SyncWindows(WindowKind.DENY, (OPEN,)), False),
        (ONCE, None, False),
        (CHANGE, None, False),
    ],
)
def test_what_failed_last_is_due(
    policy: RefreshPolicy, windows: SyncWindows | None, *, expected: bool
) -> None:
    """Although another run was successful meanwhile: its refresh is not that of the failed one."""
    one = external_secret(refresh_policy=policy, refresh_interval="1h", sync_windows=windows)
    failed = replace(existing(CURRENT, AGO_20S), ready=Ready("False", "SecretSyncedError"))

    assert is_due(one, failed, VALID, NOW) is expected
    assert not is_due(one, existing(CURRENT, AGO_20S), VALID, NOW)


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ({}, False),  # what the API server defaults is no difference
        ({"refreshInterval": "1h0m0s", "target": {"creationPolicy": "Owner"}}, False),
        ({"target": {"name": "other"}}, True),
    ],
)
def test_a_file_that_says_something_else_is_due(live: dict[str, Any], *, expected: bool) -> None:
    """Then the operator has not synced what the file asks for."""
    one = external_secret()
    fresh = replace(existing(CURRENT, AGO_20S), spec=live)

    assert is_due(replace(one, uid=""), fresh, VALID, NOW) is expected
    # Of the cluster's own object the version tells it all.
    assert not is_due(one, fresh, VALID, NOW)


@pytest.mark.parametrize(
    ("policy", "interval", "synced", "refreshed", "expected"),
    [
        # CreatedOnce: unless it never was.
        (ONCE, "1h", "", "", True),
        (ONCE, "1h", CURRENT, ZERO, True),
        (ONCE, "1h", CURRENT, AGO_2H, False),
        (ONCE, "1h", OLDER, AGO_2H, False),
        # OnChange: or it changed.
        (CHANGE, "1h", "", "", True),
        (CHANGE, "1h", CURRENT, ZERO, True),
        (CHANGE, "1h", CURRENT, AGO_2H, False),
        (CHANGE, "1h", OLDER, AGO_20S, True),
        # Periodic, in this order: no interval; changed; never; in the future; not yet; now.
        (PERIODIC, "0", CURRENT, AGO_2H, False),
        (PERIODIC, "0", OLDER, AGO_2H, False),
        (PERIODIC, "-1h", OLDER, AGO_2H, False),
        (PERIODIC, "0", "", "", True),
        (PERIODIC, "1h", OLDER, AGO_20S, True),
        (PERIODIC, "1h", CURRENT, ZERO, True),
        (PERIODIC, "1h", CURRENT, "", True),
        (PERIODIC, "1h", CURRENT, AHEAD, True),
        (PERIODIC, "1h", CURRENT, AGO_20S, False),
        (PERIODIC, "20s", CURRENT, AGO_20S, False),
        (PERIODIC, "19s", CURRENT, AGO_20S, True),
        (PERIODIC, "1h", CURRENT, AGO_2H, True),
        (None, "1h", CURRENT, AGO_20S, False),
        (None, "1h", CURRENT, AGO_2H, True),
        (None, "0", OLDER, AGO_2H, False),
    ],
)
def test_refresh_policies(
    policy: RefreshPolicy | None, interval: str, synced: str, refreshed: str, *, expected: bool
) -> None:
    """With a valid target only the policy counts."""
    one = external_secret(refresh_policy=policy, refresh_interval=interval)

    assert is_due(one, existing(synced, refreshed), VALID, NOW) is expected


def test_what_the_cluster_does_not_have_is_due() -> None:
    """Nobody can tell when it was synced."""
    for policy in (None, *RefreshPolicy):
        assert is_due(external_secret(refresh_policy=policy), None, VALID, NOW)


@pytest.mark.parametrize(
    ("kind", "windows", "allowed"),
    [
        (WindowKind.ALLOW, (OPEN,), True),
        (WindowKind.ALLOW, (SHUT,), False),
        (WindowKind.ALLOW, (SHUT, OPEN), True),
        (WindowKind.ALLOW, (BROKEN,), False),
        (WindowKind.DENY, (OPEN,), False),
        (WindowKind.DENY, (SHUT,), True),
        (WindowKind.DENY, (SHUT, OPEN), False),
        (WindowKind.DENY, (BROKEN,), True),
    ],
)
def test_windows(kind: WindowKind, windows: tuple[SyncWindow, ...], *, allowed: bool) -> None:
    """They say whether a periodic refresh may happen now, and nothing else."""
    spec = {"sync_windows": SyncWindows(kind, windows)}
    one = external_secret(**spec)

    assert is_due(one, existing(CURRENT, AGO_2H), VALID, NOW) is allowed
    # A first sync, a changed manifest, an invalid target and the other policies ask no window.
    assert is_due(one, existing("", ""), VALID, NOW)
    assert is_due(one, existing(OLDER, AGO_2H), VALID, NOW)
    assert is_due(one, existing(CURRENT, AGO_2H), None, NOW)
    changed = external_secret(refresh_policy=CHANGE, **spec)
    assert is_due(changed, existing(OLDER, AGO_2H), VALID, NOW)


INVALID = {
    "missing": None,
    "not managed": replace(VALID, labels={}),
    "managed by something else": replace(VALID, labels={MANAGED_LABEL: "yes"}),
    "edited": replace(VALID, data={"k": SecretValue(b"w")}),
    "not stamped": replace(VALID, annotations={}),
}


@pytest.mark.parametrize("live", INVALID.values(), ids=INVALID)
def test_an_invalid_target_is_due(live: SecretObject | None) -> None:
    """Whatever the policy; except for Orphan, whose target is always valid."""
    fresh = existing(CURRENT, AGO_20S)
    for policy in CreationPolicy:
        one = external_secret(refresh_policy=ONCE, target=Target(creation_policy=policy))
        assert is_due(one, fresh, live, NOW) is (policy is not CreationPolicy.ORPHAN)


@pytest.mark.parametrize(
    ("body", "stamped", "valid"),
    [
        ({"data": {"k": "v"}}, {"k": "v"}, True),
        ({"data": {"k": "w"}}, {"k": "v"}, False),
        ({"spec": {"data": {"k": "v"}}, "data": {"x": "y"}}, {"data": {"k": "v"}}, True),
        ({"spec": {}, "data": {"k": "v"}}, {"k": "v"}, False),
        ({"spec": None, "data": {"k": "v"}}, {"k": "v"}, True),
    ],
)
def test_a_target_of_another_kind(
    body: dict[str, Any], stamped: dict[str, Any], *, valid: bool
) -> None:
    """Its spec is what is stamped, or else its data."""
    annotations = {DATA_HASH_ANNOTATION: digest(stamped)}
    metadata = {"name": "app", "labels": {MANAGED_LABEL: "true"}, "annotations": annotations}
    live = ManifestObject({"kind": "ConfigMap", "metadata": metadata, **body})

    assert is_due(external_secret(), existing(CURRENT, AGO_20S), live, NOW) is not valid
