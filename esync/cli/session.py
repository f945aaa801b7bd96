"""What every command that runs the pipeline does around it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from esync.cli.console import Console
from esync.errors import EsyncError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.cli.ending import Ending
    from esync.cli.options import LookFlags

_SIGNAL_BASE = 128


@contextmanager
def session(look: LookFlags) -> Iterator[Console]:
    """Give a console, and turn an error that ends the run into words and an exit code."""
    from esync.cli import exits

    console = Console(look)
    console.start_logging()
    try:
        yield console
    except EsyncError as error:
        # A document that has several errors tells all of them.
        for one in getattr(error, "errors", (error,)):
            console.error(one)
        refused = isinstance(error, Refused)
        raise typer.Exit(exits.Exit.REFUSED if refused else exits.Exit.NO_ANSWER) from None


def leave(code: int, ending: Ending) -> None:
    """End the command with ``code``, or with the signal that came."""
    raise typer.Exit(_SIGNAL_BASE + ending.signal if ending.signal else code)
