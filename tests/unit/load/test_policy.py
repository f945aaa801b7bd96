"""The file of a policy is read from where the flag says, and never from the input."""

from __future__ import annotations

from pathlib import Path

import pytest

from esync.errors import EsyncError
from esync.load.errors import BadYaml, NotAnObject, Unreadable
from esync.load.policy import NotOnePolicy, PolicyInInput, read_policy

POLICY = "apiVersion: esync.dev/v1\nkind: Policy\nspec: {providers: [fake]}\n"


def write(path: Path, text: str = POLICY) -> str:
    """Write a file, and return its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def test_a_policy_is_read_with_its_place(tmp_path: Path) -> None:
    """Lines are those of the file."""
    name = write(tmp_path / "policy.yaml")

    found = read_policy(name, [])

    assert found.spec.providers == ("fake",)
    assert str(found.place("providers")) == f"{name}:3"


@pytest.mark.parametrize(
    ("at", "named"),
    [
        ("in/policy.yaml", "in"),
        ("in/deep/policy.yaml", "in"),
        ("in/policy.yaml", "in/policy.yaml"),
        ("in/policy.yaml", "other/../in"),
        ("in/policy.yaml", "link"),
        ("in/link.yaml", "in/link.yaml"),
    ],
)
def test_a_policy_in_the_input_is_refused(
    at: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whatever way the path leads there; who writes the input could widen it."""
    monkeypatch.chdir(tmp_path)
    Path("other").mkdir()
    Path("link").symlink_to("in")
    if at == "in/link.yaml":
        write(Path("elsewhere/policy.yaml"))
        Path("in").mkdir()
        Path(at).symlink_to(tmp_path / "elsewhere/policy.yaml")
    else:
        write(Path(at))

    with pytest.raises(PolicyInInput) as caught:
        read_policy(at, ["-", named])

    assert caught.value.at is not None
    assert caught.value.at.file == at


def test_a_link_out_of_the_input_is_still_in_its_hands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes the folder can point the link at another policy."""
    monkeypatch.chdir(tmp_path)
    write(Path("elsewhere/policy.yaml"))
    Path("in").mkdir()
    Path("in/policy.yaml").symlink_to(tmp_path / "elsewhere/policy.yaml")

    with pytest.raises(PolicyInInput):
        read_policy("in/policy.yaml", ["in"])


def test_a_folder_beside_with_the_same_beginning_is_another(tmp_path: Path) -> None:
    """``in2`` is not in ``in``."""
    (tmp_path / "in").mkdir()
    name = write(tmp_path / "in2/policy.yaml")

    assert read_policy(name, [str(tmp_path / "in")])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", NotOnePolicy),
        (f"{POLICY}---\n{POLICY}", NotOnePolicy),
        ("a: [", BadYaml),
        ("a: b\n", NotAnObject),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n", EsyncError),
        (POLICY + "spec: {providers: [aws]}\n", BadYaml),
    ],
)
def test_what_is_no_policy(text: str, kind: type[EsyncError], tmp_path: Path) -> None:
    """Nothing that looks odd is taken for a policy; nor is one that says two things."""
    with pytest.raises(kind):
        read_policy(write(tmp_path / "policy.yaml", text), [])


@pytest.mark.parametrize("name", ["-", ".", "", "nowhere.yaml"])
def test_only_a_file_is_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither standard input nor a folder, also if a variable of the pipeline is empty."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Unreadable):
        read_policy(name, [])
