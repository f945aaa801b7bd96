"""The Typer app: its commands, and the one place that catches whatever is left."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from importlib import import_module
from typing import Final

import typer

# Each command is the function of its name in the module of its name.
COMMANDS: Final = (
    "apply",
    "diff",
    "explain",
    "handover",
    "manifests",
    "plan",
    "providers",
    "render",
    "schema",
    "status",
    "template",
    "validate",
    "version",
)


def make(*names: str) -> typer.Typer:
    """Return the app with these commands; their modules are imported, and no other."""
    app = typer.Typer(
        name="esync",
        help="External Secrets without the operator: sync once and exit.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_esync)
    for name in names:
        app.command(name)(getattr(import_module(f"esync.cli.{name}"), name))
    return app


def _esync() -> None:
    """External Secrets without the operator: sync once and exit."""


def run() -> None:
    """Run the command line and leave with its exit code; a bug is called a bug."""
    _forbid_core_dumps()
    named = sys.argv[1] if len(sys.argv) > 1 else ""
    app = make(*((named,) if named in COMMANDS else COMMANDS))
    try:
        app()
    except SystemExit as end:
        _leave_hanging_threads(end.code)
        raise
    except Exception as bug:  # noqa: BLE001 - the outermost function of the program
        # Neither message nor arguments: they may hold what a store answered.
        sys.stderr.write(f"error: this is a bug in esync: {_where(bug)}\n")
        sys.exit(2)


def _leave_hanging_threads(code: object) -> None:
    """End at once where a store hangs: the interpreter would wait for its thread."""
    if any(one.name.startswith("fetch") for one in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code if isinstance(code, int) else 1)


def _where(bug: Exception) -> str:
    trace = bug.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = ""
    if trace:
        code = trace.tb_frame.f_code
        place = f" in {code.co_qualname}, line {trace.tb_lineno} of {code.co_filename}"
    return f"{type(bug).__name__}{place}"


def _forbid_core_dumps() -> None:
    """Keep values out of files that the system writes when a program crashes."""
    try:
        import resource
    except ImportError:  # not on this system
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
