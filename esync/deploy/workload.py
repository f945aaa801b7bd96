"""The CronJob and its service account, fit for the ``restricted`` Pod Security Standard."""

from __future__ import annotations

from typing import Any, Final

from esync.deploy.parts import LABELS, NAME, Part, metadata

# The user of docs/deploy/Dockerfile; a test compares the two.
USER: Final = 65532
_WRITABLE: Final = "/tmp"  # noqa: S108 - an empty volume of the Pod, and of nobody else
_LOGS: Final = ("--log-format=json",)
# Past the 10 minutes that --timeout gives a run, and the 20 s in which it ends after SIGTERM.
_DEADLINE: Final = 660
_GRACE: Final = 30


def workload(
    namespace: str, image: str, schedule: str, flags: tuple[str, ...] = (), shards: int = 1
) -> list[Part]:
    """Return the service account and the CronJob of one namespace.

    Of several ``shards`` each is a Pod of an indexed Job.
    """
    if shards > 1:
        # The kubelet fills in the number of the Pod.
        flags = (*flags, f"--shard=$(JOB_COMPLETION_INDEX)/{shards}")
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(NAME, namespace),
        "automountServiceAccountToken": False,
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": metadata(NAME, namespace),
        "spec": {
            "schedule": schedule,
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 60,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {
                "spec": {
                    **_indexed(shards),
                    "backoffLimit": shards,
                    "activeDeadlineSeconds": _DEADLINE,
                    "template": {
                        "metadata": {"labels": LABELS},
                        "spec": _pod(namespace, image, flags),
                    },
                }
            },
        },
    }
    return [Part(account), Part(job)]


def _indexed(shards: int) -> dict[str, Any]:
    if shards == 1:
        return {}
    return {"completionMode": "Indexed", "completions": shards, "parallelism": shards}


def _pod(namespace: str, image: str, flags: tuple[str, ...]) -> dict[str, Any]:
    return {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": True,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": _GRACE,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(namespace, image, flags)],
        "volumes": [{"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}],
    }


def _container(namespace: str, image: str, flags: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": NAME,
        "image": image,
        # The image's entry point is the program; these are its arguments.
        "args": ["apply", "--from-cluster", f"--namespace={namespace}", *_LOGS, *flags],
        "env": [{"name": "HOME", "value": _WRITABLE}],
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"memory": "512Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": _WRITABLE}],
    }
