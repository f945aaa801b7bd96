"""Kustomizations are built by the user's tool, and cannot reach further than esync allows."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from esync.load.errors import KustomizeFailed
from esync.load.kustomization import refusals
from esync.load.kustomize import build, find_tool

needs_kubectl = pytest.mark.skipif(
    not (shutil.which("kubectl") or shutil.which("kustomize")), reason="needs kubectl or kustomize"
)


def kustomization(folder: Path, text: str) -> Path:
    """Write a kustomization and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kustomization.yaml").write_text(text)
    return folder


def program(path: Path, text: str) -> None:
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(stat.S_IRWXU)


@needs_kubectl
def test_an_overlay_is_built(tmp_path: Path) -> None:
    """Its base may stand beside it, as is usual."""
    kustomization(tmp_path / "base", "resources: [cm.yaml]\n")
    (tmp_path / "base" / "cm.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    )
    overlay = kustomization(tmp_path / "overlay", "resources: [../base]\nnamespace: orders\n")

    built = build(str(overlay))

    assert isinstance(built, bytes)
    assert b"namespace: orders" in built


@needs_kubectl
def test_a_file_outside_of_the_root_is_not_loaded(tmp_path: Path) -> None:
    """The tool's load restrictor is on; what it prints is not shown."""
    (tmp_path / "cm.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    folder = kustomization(tmp_path / "a", "resources: [../cm.yaml]\n")

    error = build(str(folder))

    assert isinstance(error, KustomizeFailed)
    assert str(error) in {
        "kustomize build failed with exit code 1",
        "kubectl kustomize failed with exit code 1",
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("resources: [https://x.io/a.yaml]", '"https://x.io/a.yaml" in resources is remote'),
        ("bases: ['git::https://x.io/a']", '"git::https://x.io/a" in bases is remote'),
        ("components: ['git@github.com:a/b']", '"git@github.com:a/b" in components is remote'),
        (
            "resources: [github.com/a/b?ref=main]",
            '"github.com/a/b?ref=main" in resources is not there, and nothing remote is loaded',
        ),
        ("crds: ['http://x/y']", '"http://x/y" in crds is remote'),
        ("patches: [{path: 'https://x/p.yaml'}]", '"https://x/p.yaml" in patches is remote'),
        (
            "secretGenerator: [{name: a, files: ['k=https://x/y']}]",
            '"https://x/y" in secretGenerator is remote',
        ),
        (
            "configMapGenerator: [{name: a, envs: ['https://x/y']}]",
            '"https://x/y" in configMapGenerator is remote',
        ),
        ("openapi: {path: 'https://x/y'}", '"https://x/y" in openapi is remote'),
        ("transformers: ['https://x/y']", '"https://x/y" in transformers is remote'),
        ("helmCharts: [{name: a}]", "helmCharts would run helm, which esync does not allow"),
        ("a: b: c", "this is no YAML: mapping values are not allowed in this context"),
    ],
)
def test_nothing_remote_is_asked_for(tmp_path: Path, text: str, says: str) -> None:
    """The tool is not even started."""
    folder = kustomization(tmp_path / "a", f"namespace: x\n{text}\n")

    errors = list(refusals(folder))

    assert [str(error) for error in errors] == [says]
    assert str(errors[0].at) == f"{folder}/kustomization.yaml:2"


def test_bases_are_looked_through(tmp_path: Path) -> None:
    """A remote base of a base of the overlay; circles end."""
    kustomization(tmp_path / "c", "resources: [https://x.io/y, ../a]\n")
    kustomization(tmp_path / "b", "resources: [../c]\n")
    folder = kustomization(tmp_path / "a", "resources: [../b]\n")

    assert [str(error.at) for error in refusals(folder)] == [
        f"{folder}/../b/../c/kustomization.yaml:1"
    ]


def test_inline_patches_and_local_files_are_allowed(tmp_path: Path) -> None:
    """Only paths are looked at."""
    folder = kustomization(
        tmp_path / "a",
        "transformers:\n  - |\n    apiVersion: builtin\n    kind: PrefixTransformer\n"
        "patchesStrategicMerge:\n  - |\n    kind: x\n    url: https://x.io\n"
        "resources: [cm.yaml]\nconfigMapGenerator: [{name: a, literals: ['u=https://x']}]\n",
    )
    (folder / "cm.yaml").write_text("")

    assert list(refusals(folder)) == []


def test_the_tool_comes_from_trusted_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not from the working directory, nor from relative entries; kustomize before kubectl."""
    for name in ("here", "bin"):
        program(tmp_path / name / "kustomize", "true")
    program(tmp_path / "early" / "kubectl", "true")
    monkeypatch.chdir(tmp_path / "here")

    assert find_tool(os.pathsep.join(["", ".", "../bin", str(tmp_path / "here")])) == ()
    assert find_tool(os.pathsep.join([str(tmp_path / "early"), str(tmp_path / "bin")])) == (
        str(tmp_path / "bin" / "kustomize"),
        "build",
    )
    assert find_tool(str(tmp_path / "early")) == (str(tmp_path / "early" / "kubectl"), "kustomize")


def test_the_tool_sees_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment is empty but for the language; its home is empty, and gone afterwards."""
    program(tmp_path / "bin" / "kustomize", '/usr/bin/env; echo "args=$*"; echo "dir=$PWD"')
    folder = kustomization(tmp_path / "a", "resources: []\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "value")
    monkeypatch.setenv("KUBECONFIG", "value")

    printed = build(str(folder))

    assert isinstance(printed, bytes)
    lines = dict(line.split("=", 1) for line in printed.decode().splitlines())
    assert lines.keys() <= {
        *("HOME", "XDG_CONFIG_HOME", "PATH", "LANG", "LC_ALL", "TMPDIR", "GIT_ALLOW_PROTOCOL"),
        *("PWD", "OLDPWD", "SHLVL", "_", "args", "dir"),
    }
    assert lines["args"] == f"build --load-restrictor LoadRestrictionsRootOnly {folder}"
    assert lines["dir"] == lines["HOME"]
    assert not Path(lines["HOME"]).exists()


def test_a_script_finds_its_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Version managers put scripts in the place of programs; unsafe entries are not passed on."""
    program(tmp_path / "bin" / "interpreter", 'echo "PATH=$PATH"')
    script = tmp_path / "bin" / "kustomize"
    script.write_text("#!/usr/bin/env interpreter\n")
    script.chmod(stat.S_IRWXU)
    folder = kustomization(tmp_path / "a", "resources: []\n")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    entries = ["", ".", "bin", str(here), str(tmp_path / "bin"), "/usr/bin"]
    monkeypatch.setenv("PATH", os.pathsep.join(entries))

    assert build(str(folder)) == f"PATH={tmp_path}/bin:/usr/bin\n".encode()


def test_the_hint_names_the_tool_that_was_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is only kubectl, nobody can try kustomize."""
    program(tmp_path / "bin" / "kubectl", "exit 3")
    folder = kustomization(tmp_path / "a", "resources: []\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    error = build(str(folder))

    assert isinstance(error, KustomizeFailed)
    assert str(error) == "kubectl kustomize failed with exit code 3"
    assert error.hint == f'"kubectl kustomize {folder}" tells why'


def test_the_tool_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time-out."""
    program(tmp_path / "bin" / "kustomize", "while :; do :; done")
    folder = kustomization(tmp_path / "a", "resources: []\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    assert str(build(str(folder), timeout=0.2)) == "kustomize build was stopped after 0.2 seconds"


def test_a_failing_tool_is_not_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have printed a line of a Secret."""
    program(tmp_path / "bin" / "kustomize", "echo password >&2; exit 3")
    folder = kustomization(tmp_path / "a", "resources: []\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    error = build(str(folder))

    assert isinstance(error, KustomizeFailed)
    assert "password" not in f"{error}{error.hint}"


def test_a_missing_tool_or_folder_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each says what to do."""
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = kustomization(tmp_path / "a", "resources: []\n")

    assert str(build(str(folder))) == "neither kustomize nor kubectl is on the PATH"
    assert str(build(str(folder / "none"))) == f'"{folder}/none" is no folder'
