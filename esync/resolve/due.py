"""Whether an ExternalSecret is due: by policy, interval and windows, or by an invalid target.

Source:
    External Secrets Operator 2.9: a sync is skipped only if no refresh is needed *and* the target
    is valid, so that a deleted or edited Secret is repaired whatever the policy.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, assert_never

from esync.gocompat.cron import is_active
from esync.gocompat.digest import sync_version
from esync.gocompat.durations import DurationError, parse_duration
from esync.manifests.externalsecret import (
    CreationPolicy,
    ExternalSecretSpec,
    RefreshPolicy,
    WindowKind,
)
from esync.manifests.reader import examine

if TYPE_CHECKING:
    from esync.flow.kubernetes import SecretObject
    from esync.flow.manifest import ManifestObject
    from esync.flow.snapshot import Existing
    from esync.manifests.externalsecret import ExternalSecret, SyncWindows

_NANOSECONDS: Final = 10**9


def is_due(
    one: ExternalSecret,
    existing: Existing | None,
    live: SecretObject | ManifestObject | None,
    now: int,
) -> bool:
    """Tell whether ``one`` is to be fetched now.

    Args:
        one: as the input has it.
        existing: as the cluster has it, with its status; None if it does not.
        live: its target, a Secret or an object of another kind.
        now: nanoseconds since 1970.
    """
    return _needs_refresh(one, existing, now) or not _is_valid(one, live)


def due_at(one: ExternalSecret, existing: Existing | None, now: int) -> int | None:
    """Return when ``one`` is to be refreshed next, sync windows aside; None for never.

    A moment that is over, or ``now``, means that it is due.
    """
    if _needs_refresh(one, existing, now):
        return now
    refreshed = moment_of(existing.refresh_time) if existing else None
    interval = interval_of(one.spec.refresh_interval)
    is_periodic = one.spec.refresh_policy in {RefreshPolicy.PERIODIC, None}
    return refreshed + interval if is_periodic and interval > 0 and refreshed else None


def is_changed(existing: Existing) -> bool:
    """Tell whether an ExternalSecret was changed since its status was written."""
    version = sync_version(existing.generation, existing.annotations, existing.labels)
    return existing.synced_version not in {"", version}


def _is_valid(one: ExternalSecret, live: SecretObject | ManifestObject | None) -> bool:
    if one.spec.target.creation_policy is CreationPolicy.ORPHAN:
        return True
    return live is not None and live.is_managed and live.is_intact


def _needs_refresh(one: ExternalSecret, existing: Existing | None, now: int) -> bool:
    synced = existing.synced_version if existing else ""
    refreshed = moment_of(existing.refresh_time) if existing else None
    changed = existing is not None and (is_changed(existing) or _says_more(one, existing))
    never = not synced or refreshed is None
    policy = one.spec.refresh_policy
    match policy:
        case RefreshPolicy.CREATED_ONCE:
            return never
        case RefreshPolicy.ON_CHANGE:
            return never or changed
        case RefreshPolicy.PERIODIC | None:
            if synced and interval_of(one.spec.refresh_interval) <= 0:
                # ESO does so too: not even a changed spec is fetched then.
                return False
            failed = existing is not None and existing.ready.status == "False"
            return never or changed or _is_time(one, refreshed or 0, now, failed=failed)
        case _:
            assert_never(policy)


def _says_more(one: ExternalSecret, existing: Existing) -> bool:
    """Tell whether the input says something else than the cluster was told."""
    if one.uid:
        return False
    spec, _ = examine(ExternalSecretSpec, existing.spec, at_path=("spec",), document=one.document)
    return spec != one.spec


def _is_time(one: ExternalSecret, refreshed: int, now: int, *, failed: bool) -> bool:
    """Tell whether it is time again; for what failed last that is now.

    Another run may have been successful meanwhile, and its refresh is not ours.
    """
    if refreshed > now:
        return True
    if not failed and now <= refreshed + interval_of(one.spec.refresh_interval):
        return False
    return one.spec.sync_windows is None or _allowed(one.spec.sync_windows, now)


def _allowed(windows: SyncWindows, now: int) -> bool:
    active = any(is_active(one.schedule, interval_of(one.duration), now) for one in windows.windows)
    return active if windows.kind is WindowKind.ALLOW else not active


def interval_of(text: str) -> int:
    """Return a duration in nanoseconds; what is none counts as zero."""
    try:
        return parse_duration(text)
    except DurationError:
        return 0


def moment_of(text: str) -> int | None:
    """Return nanoseconds since 1970 of an RFC 3339 time; None for an absent or zero one."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    seconds = int(moment.timestamp())
    return None if moment.year <= 1 else seconds * _NANOSECONDS
