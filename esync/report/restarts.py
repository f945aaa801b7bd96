"""What becomes of workloads: a line each for people, an object each for machines. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esync.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from esync.flow.rollout import Restart


def restart_lines(restarts: Iterable[Restart]) -> Iterator[str]:
    """Yield for each workload what became of it, why, and for which Secrets."""
    for one in restarts:
        causes = "; ".join(f"Secret {cause.secret}: {cause.rule}" for cause in one.causes)
        reason = f", {one.reason}" if one.reason else ""
        name = f"{one.ref.kind.lower()}/{one.ref.name}"
        yield visible(
            f"{name} {one.result.value}{reason}  (namespace {one.ref.namespace}; {causes})"
        )


def restart_document(one: Restart) -> dict[str, Any]:
    """Return a workload as an entry of ``restarts``."""
    body: dict[str, Any] = {
        "kind": one.ref.kind,
        "namespace": one.ref.namespace,
        "name": one.ref.name,
        "result": one.result.value,
        "reason": one.reason,
        "causes": [{"secret": cause.secret, "rule": cause.rule} for cause in one.causes],
        "notes": list(one.notes),
    }
    if one.error:
        body["error"] = {"rule": one.error.rule, "message": one.error.message}
    return body
