"""The Dockerfile, the CronJob and the package agree; what can be told without building it."""

from __future__ import annotations

import json
import shlex
import tomllib
from pathlib import Path
from typing import Any

from esync.deploy.workload import USER, workload

ROOT = Path(__file__).parents[2]
Instruction = tuple[str, str]


def instructions() -> list[list[Instruction]]:
    """Return the instructions of each stage, without comments."""
    stages: list[list[Instruction]] = []
    for line in (ROOT / "docs/deploy/Dockerfile").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if word == "FROM":
            stages.append([])
        stages[-1].append((word, rest.strip()))
    return stages


def last(name: str) -> str:
    """Return what the last instruction of this name says in the stage that is shipped."""
    return [rest for word, rest in instructions()[-1] if word == name][-1]


def pod() -> dict[str, Any]:
    """Return the Pod of the CronJob."""
    job = workload("team", "esync:1", "@daily")[1].body
    spec: dict[str, Any] = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return spec


def test_the_user_is_the_same_and_not_root() -> None:
    """By number, so that the kubelet can tell that it is not root."""
    context = pod()["securityContext"]

    assert last("USER") == f"{context['runAsUser']}:{context['runAsGroup']}" == f"{USER}:{USER}"
    assert USER > 0


def test_the_entry_point_is_the_program() -> None:
    """In exec form; the CronJob names arguments only, and the package installs that script."""
    [program] = json.loads(last("ENTRYPOINT"))
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    [container] = pod()["containers"]

    assert Path(program).name in scripts
    assert "command" not in container
    assert container["args"][0] == "apply"


def test_what_is_copied_over_is_where_the_entry_point_lies() -> None:
    """The virtual environment keeps its place: its scripts name it."""
    built, shipped = instructions()
    [copied] = [shlex.split(rest) for word, rest in shipped if word == "COPY"]
    made = [json.loads(rest) for word, rest in built if word == "RUN"]

    assert copied[0] == "--from=build"
    assert copied[1] == copied[2] == made[0][-1]
    assert made[0][:3] == ["python", "-m", "venv"]
    assert json.loads(last("ENTRYPOINT"))[0].startswith(f"{copied[2]}/bin/")
    # An interpreter of another version would not find the packages.
    assert built[0][1].removesuffix(" AS build") == shipped[0][1]


def test_no_shell_is_used() -> None:
    """Every command is a list of words."""
    for stage in instructions():
        for word, rest in stage:
            if word in {"RUN", "ENTRYPOINT", "CMD"}:
                assert isinstance(json.loads(rest), list), rest
            assert word != "SHELL"


def test_the_build_gets_what_the_package_is_made_of() -> None:
    """Every file that pyproject.toml names is copied, and exists."""
    built = instructions()[0]
    copied = {
        source
        for word, rest in built
        if word == "COPY"
        for source in shlex.split(rest)[:-1]
        if not source.startswith("--")
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    needed |= {*wheel["packages"], *wheel["force-include"]}

    assert needed <= copied
    assert [one for one in copied if not (ROOT / one).exists()] == []


def test_only_tmp_is_written() -> None:
    """It is the home, and a volume; the rest of the file system is read-only."""
    [container] = pod()["containers"]
    environment = dict(pair.split("=", 1) for pair in shlex.split(last("ENV")))
    [mount] = container["volumeMounts"]
    [volume] = pod()["volumes"]
    homes = [one["value"] for one in container["env"] if one["name"] == "HOME"]

    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert homes == [environment["HOME"]] == [mount["mountPath"]]
    assert (mount["name"], volume["name"]) == ("tmp", "tmp")
    assert "emptyDir" in volume
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
