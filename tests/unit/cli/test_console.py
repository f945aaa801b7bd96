"""Results go to stdout or into a private file; log lines go to stderr."""

from __future__ import annotations

import io
import json
import logging
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from esync.cli.console import Console, UnsafeOutput, write_private
from esync.cli.options import Colour, LogFormat, LookFlags
from esync.errors import EsyncError, Location
from esync.flow.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

RED = "\x1b[31m"


@pytest.fixture
def _our_logger() -> Iterator[None]:
    """Give back the logger of esync as it was."""
    logger = logging.getLogger("esync")
    before = (logger.handlers[:], logger.propagate, logger.level)
    yield
    logger.handlers[:], logger.propagate = before[:2]
    logger.setLevel(before[2])


def test_a_new_file_is_private(tmp_path: Path) -> None:
    """Only its owner reads it, and nothing else is left in the folder."""
    file = tmp_path / "out.yaml"

    write_private(file, "käse\n")

    assert file.read_bytes() == "käse\n".encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_an_old_file_is_replaced_by_a_private_one(tmp_path: Path) -> None:
    """One that others can read does not stay so; who has it open reads on in the old one."""
    file = tmp_path / "out.yaml"
    file.write_text("old")
    file.chmod(0o644)

    with file.open() as reader:
        write_private(file, "new")
        assert reader.read() == "old"

    assert file.read_text() == "new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """Whoever laid it gets nothing."""
    theirs = tmp_path / "theirs"
    theirs.write_text("untouched")
    link = tmp_path / "out"
    link.symlink_to(theirs)

    write_private(link, "secret")

    assert theirs.read_text() == "untouched"
    assert not link.is_symlink()
    assert link.read_text() == "secret"


@pytest.mark.parametrize("below", ["out", "sub/out"])
def test_a_linked_folder_is_refused(tmp_path: Path, below: str) -> None:
    """Right above the file or further up."""
    (tmp_path / "real" / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")

    with pytest.raises(UnsafeOutput, match="symbolic link"):
        write_private(tmp_path / "link" / below, "secret")

    assert [path.name for path in (tmp_path / "real").rglob("*")] == ["sub"]


def test_a_linked_folder_on_a_relative_way_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way starts at the root, whatever was typed."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UnsafeOutput):
        write_private(Path("link/out"), "secret")


@pytest.mark.parametrize("name", ["", "/dev/null"])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, name: str) -> None:
    """A folder, a device: neither is replaced."""
    with pytest.raises(UnsafeOutput, match="no plain file"):
        write_private(tmp_path / name, "secret")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With the system's reason."""
    with pytest.raises(UnsafeOutput, match="No such file or directory"):
        write_private(tmp_path / "none" / "out", "secret")


def test_a_name_that_is_no_text_can_be_written(tmp_path: Path) -> None:
    """Names of files are bytes; a result that cites one is written as it is printed."""
    file = tmp_path / "out"

    write_private(file, "f\udcff.yaml")

    assert file.read_bytes() == b"f\xff.yaml"
    assert list(tmp_path.iterdir()) == [file]


def test_a_hyphen_is_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Also ``-O -``."""
    for flags in (LookFlags(), LookFlags(output_file=Path("-"))):
        Console(flags).result("käse\n")

    assert capfdbinary.readouterr().out == "käse\n".encode() * 2


def test_a_closed_standard_output_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an error of ours, not as a bug."""
    monkeypatch.setattr("sys.stdout", None)
    console = Console.__new__(Console)
    console._flags = LookFlags()

    with pytest.raises(UnsafeOutput, match="it is closed"):
        console.result("text")


@pytest.mark.usefixtures("_our_logger")
@pytest.mark.parametrize(
    ("style", "line"),
    [
        (LogFormat.TEXT, 'info: wrote it name=app note="a b" no=""\n'),
        (
            LogFormat.JSON,
            '{"level": "info", "message": "wrote it", "name": "app", "note": "a b", "no": ""}\n',
        ),
    ],
)
def test_log_lines(capsys: pytest.CaptureFixture[str], style: LogFormat, line: str) -> None:
    """Constant words, and what they are about as fields."""
    Console(LookFlags(log_format=style)).start_logging()

    fields = {"name": "app", "note": "a b", "no": ""}
    logging.getLogger("esync.tests").info("wrote it", extra={"fields": fields})

    assert capsys.readouterr().err == line


@pytest.mark.usefixtures("_our_logger")
def test_a_field_cannot_forge_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A line end or an escape sequence is spelled out in both styles."""
    for style in LogFormat:
        Console(LookFlags(log_format=style)).start_logging()
        fields = {"name": "a\nerror: b\x1b[2J"}
        logging.getLogger("esync.tests").warning("odd", extra={"fields": fields})

    text, as_json = capsys.readouterr().err.splitlines()
    assert text == 'warning: odd name="a\\nerror: b\\u001b[2J"'
    assert json.loads(as_json)["name"] == "a\nerror: b\x1b[2J"


@pytest.mark.usefixtures("_our_logger")
def test_quiet_leaves_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    """In the log; SDKs that log every request are not heard at all below that."""
    Console(LookFlags(quiet=True)).start_logging()

    logging.getLogger("esync.tests").info("unheard")
    logging.getLogger("esync.tests").warning("heard")

    assert capsys.readouterr().err == "warning: heard\n"
    assert not logging.getLogger("botocore.auth").isEnabledFor(logging.INFO)


def test_quiet_tells_errors_only(capsys: pytest.CaptureFixture[str]) -> None:
    """No warning, no closing line."""
    console = Console(LookFlags(quiet=True))
    console.warn("unheard")
    console.outcome(Outcome("apply"))
    console.error(EsyncError("refused", at=Location("f.yaml", 3), hint="do this"))

    assert capsys.readouterr().err == "f.yaml:3: error: refused [ES0000]\n  hint: do this\n"


@pytest.mark.parametrize(
    ("choice", "terminal", "no_colour", "red"),
    [
        (Colour.AUTO, True, "", True),
        (Colour.AUTO, True, "1", False),
        (Colour.AUTO, False, "", False),
        (Colour.ALWAYS, False, "1", True),
        (Colour.NEVER, True, "", False),
    ],
)
def test_colour(
    monkeypatch: pytest.MonkeyPatch,
    choice: Colour,
    terminal: bool,  # noqa: FBT001
    no_colour: str,
    red: bool,  # noqa: FBT001
) -> None:
    """On a terminal unless NO_COLOR is set; a flag beats both. A hint stays plain."""
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("NO_COLOR", no_colour)

    Console(LookFlags(colour=choice)).error(EsyncError("refused", hint="do this"))

    first, hint = stream.getvalue().splitlines()
    assert first.startswith(RED) is red
    assert hint == "  hint: do this"
