"""Which files `-f` reads, and which it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.load.errors import LeavesFolder, LoadError, Unreadable
from esync.load.files import Files

if TYPE_CHECKING:
    from pathlib import Path


def no_stdin() -> bytes:
    """Stand for a standard input that nobody should ask."""
    raise AssertionError("standard input was read")


def read(*names: str | Path, recursive: bool = False) -> list[tuple[str, bytes | LoadError]]:
    """Return what the paths stand for."""
    files = Files(no_stdin, recursive=recursive)
    return [part for name in names for part in files.read(str(name))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files of several kinds and a sub-folder."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    for name in ("b.yml", "a.yaml", "c.json", "README.md", "sub/d.yaml"):
        (tmp_path / "in" / name).write_text(name)
    return tmp_path / "in"


def test_a_folder_is_its_manifests_in_order(folder: Path) -> None:
    """By name, and without its sub-folders."""
    assert [content for _, content in read(folder)] == [b"a.yaml", b"b.yml", b"c.json"]


def test_names_are_as_the_user_wrote_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path stays relative."""
    monkeypatch.chdir(folder.parent)

    assert [name for name, _ in read("in")] == ["in/a.yaml", "in/b.yml", "in/c.json"]


def test_recursive_takes_sub_folders(folder: Path) -> None:
    """After the folder's own files."""
    assert [content for _, content in read(folder, recursive=True)][-1] == b"sub/d.yaml"


def test_a_file_is_read_whatever_it_is_called(folder: Path) -> None:
    """Suffixes choose within folders only."""
    assert read(folder / "README.md") == [(str(folder / "README.md"), b"README.md")]


def test_no_file_is_read_twice(folder: Path) -> None:
    """Naming a file beside its folder is no second definition of its objects."""
    assert len(read(folder, folder / "a.yaml", folder)) == 3


def test_stdin_is_read_once() -> None:
    """A dash stands for it."""
    files = Files(lambda: b"x")

    assert [*files.read("-"), *files.read("-")] == [("-", b"x")]


def test_a_missing_path_is_an_error(tmp_path: Path) -> None:
    """With the path as the user wrote it."""
    name, error = read(tmp_path / "none.yaml")[0]

    assert isinstance(error, Unreadable)
    assert str(error) == f'cannot read "{name}": no such file or directory'
    assert error.hint == "is the path right? it is taken from the current folder"


def test_an_empty_folder_is_an_error(folder: Path) -> None:
    """Nobody means to apply nothing; the hint knows of -R."""
    (folder / "sub" / "d.yaml").unlink()
    _, error = read(folder / "sub")[0]

    assert isinstance(error, Unreadable)
    assert error.hint == "-R looks into its sub-folders too"


def test_an_unreadable_file_is_an_error_and_the_others_are_read(folder: Path) -> None:
    """A link to itself, which nobody can read."""
    (folder / "a.yaml").unlink()
    (folder / "a.yaml").symlink_to(folder / "a.yaml")

    assert [isinstance(content, bytes) for _, content in read(folder)] == [False, True, True]


def test_a_link_out_of_the_folder_is_refused(folder: Path) -> None:
    """A proposed change must not read what the pipeline can read."""
    outside = folder.parent / "secret.yaml"
    outside.write_text("secret")
    (folder / "b2.yaml").symlink_to(outside)

    found = dict(read(folder))

    assert isinstance(found[str(folder / "b2.yaml")], LeavesFolder)
    assert len(found) == 4


def test_a_linked_folder_is_not_followed_out(folder: Path) -> None:
    """Neither by a link to a folder."""
    (folder.parent / "other").mkdir()
    (folder.parent / "other" / "x.yaml").write_text("secret")
    (folder / "more").symlink_to(folder.parent / "other")

    found = [content for _, content in read(folder, recursive=True)]

    assert [type(one) for one in found if not isinstance(one, bytes)] == [LeavesFolder]
    assert b"secret" not in found


def test_links_within_the_folder_are_read(folder: Path) -> None:
    """A mounted ConfigMap is made of such links."""
    (folder / "e.yaml").symlink_to(folder / "README.md")

    assert (str(folder / "e.yaml"), b"README.md") in read(folder)


def test_a_link_that_the_user_names_is_read(folder: Path) -> None:
    """Naming it is the user's own word."""
    (folder.parent / "link.yaml").symlink_to(folder / "a.yaml")

    assert read(folder.parent / "link.yaml")[0][1] == b"a.yaml"


def test_a_file_that_is_too_big_is_not_read_whole(tmp_path: Path) -> None:
    """64 MiB; the file here is a hole."""
    with (tmp_path / "big.yaml").open("wb") as file:
        file.truncate(1 << 40)

    _, error = read(tmp_path / "big.yaml")[0]

    assert str(error) == "the file has more than 64 MiB"
