"""What is written, when, and by whom.

Source: External Secrets Operator 2.9: ownership of targets, decisions when nothing was fetched,
and when a refresh is due.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, ClassVar, Final

from esync.gocompat.durations import parse_duration
from esync.lint.rule import Finding, Severity
from esync.manifests.document import ObjectRef
from esync.manifests.externalsecret import (
    DEFAULT_REFRESH,
    CreationPolicy,
    DeletionPolicy,
    MergePolicy,
    RefreshPolicy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.lint.view import View
    from esync.manifests.externalsecret import ExternalSecret, ExternalSecretSpec

_WANTS_ALL: Final = frozenset({CreationPolicy.OWNER, CreationPolicy.ORPHAN})


class TwoWriters(Finding):
    """Two ExternalSecrets write one Secret, and one of them will lose."""

    rule = "ES0711"
    title: ClassVar = "Two writers of one Secret"
    severity: ClassVar = Severity.ERROR


class NeverAgain(Finding):
    """``refreshInterval: 0`` stops more than refreshes by the clock."""

    rule = "ES0712"
    title: ClassVar = "Refresh interval of zero"


class CannotBeDeleted(Finding):
    """``deletionPolicy: Delete`` on a Secret that nobody owns fails when it would count."""

    rule = "ES0718"
    title: ClassVar = "Delete without owner"


def two_writers(view: View) -> Iterator[TwoWriters]:
    """Look for targets that several ExternalSecrets write."""
    writers: dict[ObjectRef, list[ExternalSecret]] = defaultdict(list)
    for one in view.catalog.external_secrets:
        if one.spec.target.creation_policy is not CreationPolicy.NONE:
            manifest = one.spec.target.manifest
            kind = manifest.kind if manifest else "Secret"
            writers[ObjectRef(kind, one.namespace, one.target_name)].append(one)
    for target, several in writers.items():
        first, *others = several
        for other in others:
            if _collide(first.spec, other.spec):
                yield TwoWriters(
                    f"{target} is also written by ExternalSecret {first.name}",
                    about=ObjectRef("ExternalSecret", other.namespace, other.name),
                    at=other.place("spec", "target", "name"),
                    hint=f"that one stands at {first.place()}; "
                    "give one another target.name, or both creationPolicy Merge and other keys",
                )


def never_again(view: View) -> Iterator[NeverAgain]:
    """Look for intervals that are not above zero where the interval counts."""
    for subject in view.subjects:
        spec = subject.spec
        if spec.refresh_interval == DEFAULT_REFRESH or _is_generated(spec):
            continue
        periodic = spec.refresh_policy in {None, RefreshPolicy.PERIODIC}
        if periodic and parse_duration(spec.refresh_interval) <= 0:
            yield NeverAgain(
                "with this interval the operator never fetches again, even if the manifest changes",
                about=subject.ref,
                at=subject.place("refreshInterval"),
                hint="say refreshPolicy: OnChange, or CreatedOnce if that is meant",
            )


def cannot_be_deleted(view: View) -> Iterator[CannotBeDeleted]:
    """Look for deletionPolicy Delete with creationPolicy Orphan, which admission lets pass."""
    for subject in view.subjects:
        target = subject.spec.target
        if (target.creation_policy, target.deletion_policy) == (
            CreationPolicy.ORPHAN,
            DeletionPolicy.DELETE,
        ):
            yield CannotBeDeleted(
                "deletionPolicy Delete fails on a Secret that is an Orphan",
                about=subject.ref,
                at=subject.place("target", "deletionPolicy"),
                hint="use creationPolicy Owner, or deletionPolicy Retain",
            )


def _is_generated(spec: ExternalSecretSpec) -> bool:
    """Tell whether only generators bring data: for them, never again is what is meant."""
    return not spec.data and all(
        entry.source_ref is not None and entry.source_ref.generator_ref is not None
        for entry in spec.data_from
    )


def _collide(one: ExternalSecretSpec, other: ExternalSecretSpec) -> bool:
    policies = {one.target.creation_policy, other.target.creation_policy}
    if policies & _WANTS_ALL:
        return True
    return bool(_keys(one) & _keys(other))


def _keys(spec: ExternalSecretSpec) -> frozenset[str]:
    """Return the keys that are certainly written."""
    fetched = frozenset(entry.secret_key for entry in spec.data)
    template = spec.target.template
    if template is None or not (template.data or template.template_from):
        return fetched
    made = frozenset(template.data)
    return made | fetched if template.merge_policy is MergePolicy.MERGE else made
