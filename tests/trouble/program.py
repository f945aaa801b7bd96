"""The program as a process, as a CronJob or a person would start it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.environment import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended by itself.

    Attributes:
        report: what it printed with ``-o json``; empty if it printed nothing.
    """

    code: int
    report: dict[str, Any]
    err: str

    def results(self, namespace: str) -> dict[str, str]:
        """Return the result of each Secret of a namespace; of several writers, the worst."""
        items = [one for one in self.report.get("items", ()) if one["kind"] == "Secret"]
        mine = [one for one in items if one["namespace"] == namespace]
        ordered = sorted(mine, key=lambda one: one.get("result") == "failed")
        return {one["name"]: str(one.get("result", "")) for one in ordered}


class Started:
    """A run of ``esync apply`` in a process of its own."""

    def __init__(self, arguments: Sequence[str], kubeconfig: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "esync", "apply", "-o", "json", *arguments],
            env=clean(KUBECONFIG=str(kubeconfig)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def kill(self) -> None:
        """End it as the kernel does when memory is short: it gets no chance to do anything."""
        self.process.kill()

    def ended(self, seconds: float = 120) -> Ended:
        """Wait for the end, and return what it came to."""
        out, err = self.process.communicate(timeout=seconds)
        assert "this is a bug" not in err, err
        return Ended(self.process.returncode, json.loads(out) if out else {}, err)


def run(arguments: Sequence[str], kubeconfig: Path) -> Ended:
    """Run ``esync apply`` to its end."""
    return Started(arguments, kubeconfig).ended()
