"""Builds a kustomization with the user's own tool, within bounds that its text cannot widen.

No plugins, no exec, nothing remote, no file outside of a kustomization's folder, no credentials.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from esync.errors import Location
from esync.load.errors import KustomizeFailed, LoadError
from esync.load.kustomization import refusals

TIMEOUT: Final = 60.0  # seconds
_RESTRICTED: Final = ("--load-restrictor", "LoadRestrictionsRootOnly")
_TOOLS: Final = (("kustomize", "build"), ("kubectl", "kustomize"))
_ENVIRONMENT: Final = ("LANG", "LC_ALL", "TMPDIR")


def build(folder: str, *, timeout: float = TIMEOUT) -> bytes | LoadError:
    """Return the manifests that the kustomization in ``folder`` makes, or why there are none."""
    if not Path(folder).is_dir():
        return KustomizeFailed(f'"{folder}" is no folder', at=Location(folder))
    refused = next(refusals(Path(folder)), None)
    if refused is not None:
        return refused
    path = os.environ.get("PATH", "")
    command = find_tool(path)
    if not command:
        message = "neither kustomize nor kubectl is on the PATH"
        hint = "install one of them, or build elsewhere and pass the result with -f -"
        return KustomizeFailed(message, at=Location(folder), hint=hint)
    return _run(command, folder, timeout, os.pathsep.join(map(str, trusted_folders(path))))


def find_tool(path: str) -> tuple[str, ...]:
    """Return the program and its sub-command, or nothing.

    Args:
        path: as the PATH variable; entries that are relative or the current folder do not count.
    """
    for name, verb in _TOOLS:
        for folder in trusted_folders(path):
            program = folder / name
            if program.is_file() and os.access(program, os.X_OK):
                return (str(program), verb)
    return ()


def trusted_folders(path: str) -> list[Path]:
    """Return the entries of a PATH variable that are absolute and not the current folder."""
    here = Path.cwd()
    folders = [Path(entry) for entry in path.split(os.pathsep) if Path(entry).is_absolute()]
    return [folder for folder in folders if folder.resolve() != here]


def _run(tool: tuple[str, ...], folder: str, timeout: float, path: str) -> bytes | LoadError:
    at = Location(folder)
    spoken = " ".join([Path(tool[0]).name, *tool[1:]])
    with tempfile.TemporaryDirectory(prefix="esync-") as empty:
        try:
            done = subprocess.run(  # noqa: S603 - an absolute path and fixed arguments
                [*tool, *_RESTRICTED, str(Path(folder).resolve())],
                cwd=empty,
                env=_environment(empty, path),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return KustomizeFailed(f"{spoken} was stopped after {timeout:g} seconds", at=at)
        except OSError as error:
            reason = (error.strerror or "unknown").lower()
            return KustomizeFailed(f"{spoken} cannot be started: {reason}", at=at)
    if done.returncode:
        # What it printed may quote a Secret, so it is not shown.
        hint = f'"{spoken} {folder}" tells why'
        return KustomizeFailed(
            f"{spoken} failed with exit code {done.returncode}", at=at, hint=hint
        )
    return done.stdout


def _environment(home: str, path: str) -> dict[str, str]:
    """Return an environment without credentials, in which scripts find their interpreter.

    What PATH has beside it must not widen the bounds: git fetches nothing.
    """
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return {
        **kept,
        "HOME": home,
        "XDG_CONFIG_HOME": home,
        "PATH": path,
        "GIT_ALLOW_PROTOCOL": "none",
    }
