"""The Typer app: its commands, and the one place that catches whatever is left."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from importlib import import_module
from typing import Final

import typer

# Each command is the function of its name in the module of its name, and what it does in a line.
COMMANDS: Final = {
    "apply": "Write the resulting Secrets where they differ, and report each one.",
    "diff": "Show what apply would change, masked, and change nothing.",
    "explain": "Tell why one ExternalSecret syncs or does not: every step, its verdict, "
    "what to do next.",
    "handover": "Move ExternalSecrets from the operator to esync, or back, "
    "without losing a Secret.",
    "manifests": "Print what running esync in a cluster takes: roles, CronJob, network policy.",
    "plan": "Count the calls that a run would make: how many to which store, their price, "
    "the limits.",
    "providers": "List the providers and what each can do.",
    "render": "Print the resulting Secrets as manifests. They hold the values.",
    "schema": "Print the JSON Schema of a kind, or of results. Without a name, list what there is.",
    "status": "Tell how each ExternalSecret stands in the cluster; no store is asked.",
    "template": "Render the templates of one ExternalSecret with data from a file. "
    "No store is asked.",
    "validate": "Check manifests offline: schema, admission rules, references, templates, "
    "and habits.",
    "version": "Print the version.",
}


def make(*names: str) -> typer.Typer:
    """Return the app with these commands; their modules are imported, and no other."""
    app = _app()
    for name in names:
        app.command(name)(getattr(import_module(f"esync.cli.{name}"), name))
    return app


def summary() -> typer.Typer:
    """Return the app as its own help shows it: all commands, without what they are made of."""
    app = _app()
    for name, text in COMMANDS.items():
        app.command(name, help=text)(_esync)
    return app


def _app() -> typer.Typer:
    app = typer.Typer(
        name="esync",
        help="External Secrets without the operator: sync once and exit.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_esync)
    return app


def _esync() -> None:
    """External Secrets without the operator: sync once and exit."""


def run() -> None:
    """Run the command line and leave with its exit code; a bug is called a bug."""
    _forbid_core_dumps()
    app = _needed(sys.argv[1:])
    try:
        app()
    except SystemExit as end:
        _leave_hanging_threads(end.code)
        raise
    except Exception as bug:  # noqa: BLE001 - the outermost function of the program
        # Neither message nor arguments: they may hold what a store answered.
        sys.stderr.write(f"error: this is a bug in esync: {_where(bug)}\n")
        sys.exit(2)


def _needed(words: list[str]) -> typer.Typer:
    """Return as much of the app as this command line needs."""
    if words in ([], ["-h"], ["--help"]) and "_ESYNC_COMPLETE" not in os.environ:
        return summary()
    return make(words[0]) if words and words[0] in COMMANDS else make(*COMMANDS)


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
