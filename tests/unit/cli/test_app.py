"""The app is made of what a command line needs, and looks the same however much that is."""

from __future__ import annotations

from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from esync.cli.app import COMMANDS, make, summary


def test_the_short_help_is_that_of_the_whole_app() -> None:
    """Commands that were not imported are listed as those that were."""
    whole = CliRunner().invoke(make(*COMMANDS), ["--help"])
    short = CliRunner().invoke(summary(), ["--help"])

    assert short.exit_code == whole.exit_code == 0
    assert short.output == whole.output
    assert "validate" in short.output


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_its_summary_says(name: str) -> None:
    """The first paragraph of its own help, in the words of the list of all."""
    group: Any = typer.main.get_command(make(name))

    paragraph = (group.commands[name].help or "").split("\n\n")[0]
    assert " ".join(paragraph.split()) == COMMANDS[name]
