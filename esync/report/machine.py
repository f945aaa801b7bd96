"""Results as machines read them: one JSON document, described by ``schemas/result.json``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from esync.flow.change import Action
from esync.report.restarts import restart_document
from esync.report.summary import counts

if TYPE_CHECKING:
    from esync.errors import EsyncError
    from esync.flow.applyset import Prune
    from esync.flow.change import Change, Done
    from esync.flow.failure import Failure
    from esync.flow.outcome import Outcome
    from esync.flow.plan import Planned

API_VERSION: Final = "esync.dev/v1"
_KINDS: Final = {"apply": "ApplyResult", "diff": "DiffResult", "validate": "ValidateResult"}


def as_json(outcome: Outcome) -> str:
    """Return the document; names, marks and counts, never a value."""
    items = [_done(one) for one in outcome.done] + [_change(one) for one in outcome.changes]
    items += [_prune(one) for one in outcome.prunes]
    document: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": _KINDS.get(outcome.command, "Result"),
        "summary": {
            "counts": counts(outcome),
            "context": outcome.where.context,
            "server": outcome.where.server,
            "calls": [{"store": one.store, "calls": dict(one.calls)} for one in outcome.calls],
        },
        "items": items,
        "errors": [failure_document(one, "error") for one in outcome.failures],
        "warnings": [failure_document(one, "warning") for one in outcome.warnings],
        "notes": [failure_document(one, "note") for one in outcome.remarks],
        "skipped": [{"object": str(one.ref), "reason": one.reason} for one in outcome.skipped],
    }
    if outcome.restarts:
        document["restarts"] = [restart_document(one) for one in outcome.restarts]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _done(done: Done) -> dict[str, Any]:
    item: dict[str, Any] = {
        "kind": done.ref.kind,
        "namespace": done.ref.namespace,
        "name": done.ref.name,
        "result": done.result.value,
        "notes": list(done.notes),
    }
    if done.planned:
        item["externalSecret"] = _origin(done.planned)
    if done.change:
        item["changes"] = _fields(done.change)
    if done.error:
        item["error"] = _error(done.error)
    return item


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.ref.kind,
        "namespace": change.ref.namespace,
        "name": change.ref.name,
        "action": change.action.value,
        "differs": change.is_real,
        "externalSecret": _origin(change.planned),
        "changes": _fields(change),
        "notes": [*(change.desired.notes if change.desired else ()), *change.consequences],
    }


def _prune(prune: Prune) -> dict[str, Any]:
    return {
        "kind": prune.ref.kind,
        "namespace": prune.ref.namespace,
        "name": prune.ref.name,
        "action": Action.DELETE.value,
        "differs": True,
        "changes": [],
        "notes": ["no manifest asks for it any more", *prune.notes],
    }


def _origin(planned: Planned) -> dict[str, Any]:
    one = planned.external_secret
    at = one.place()
    origin: dict[str, Any] = {
        "namespace": one.namespace,
        "name": one.name,
        "file": at.file,
        "line": at.line,
    }
    if one.origin:
        origin["clusterExternalSecret"] = one.origin
    return origin


def _fields(change: Change) -> list[dict[str, Any]]:
    return [
        {"field": one.field, "key": one.key, "change": one.mark.value, "volatile": one.volatile}
        for one in change.fields
    ]


def failure_document(failure: Failure, severity: str) -> dict[str, Any]:
    """Return a failure as an entry of ``errors``, ``warnings`` or ``notes``."""
    named = {"object": str(failure.ref)} if failure.ref else {}
    return {**named, "severity": severity, **_error(failure.error)}


def _error(error: EsyncError) -> dict[str, Any]:
    body: dict[str, Any] = {"rule": error.rule, "message": error.message, "hint": error.hint}
    if error.at:
        body["file"] = error.at.file
        body["line"] = error.at.line
    return body
