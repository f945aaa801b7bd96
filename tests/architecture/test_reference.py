"""Reference pages that are made from the code; --update-golden writes them anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from esync.cli.app import app
from esync.gotemplate.functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]


def command_line() -> Iterator[str]:
    """Yield the lines of the page of commands and flags."""
    yield "# Command line"
    yield ""
    yield "Made from the program; see also `esync COMMAND --help`."
    yield ""
    yield "Results go to stdout, everything for people to stderr."
    group: Any = typer.main.get_command(app)
    for name, command in sorted(group.commands.items()):
        yield ""
        yield f"## esync {name}"
        yield ""
        for paragraph in (command.help or "").strip().split("\n\n"):
            yield " ".join(paragraph.split())
            yield ""
        flags = [one for one in command.params if one.name != "help"]
        if flags:
            yield "| flag | meaning | default |"
            yield "|---|---|---|"
            yield from (_flag(one) for one in flags)
    yield from _exit_codes()


def _flag(one: Any) -> str:
    words = [*one.opts, *one.secondary_opts] if one.param_type_name == "option" else [one.metavar]
    choices = getattr(one.type, "choices", None)
    value = "|".join(str(choice) for choice in choices) if choices else one.metavar or ""
    if one.param_type_name == "option" and not getattr(one, "is_flag", False) and value:
        words[-1] += f" {value}"
    default = one.default if isinstance(one.default, (str, int)) else ""
    shown = "" if isinstance(default, bool) or default == "" else f"`{default}`"
    spelled = ", ".join(words).replace("|", "\\|")
    return f"| `{spelled}` | {getattr(one, 'help', '') or ''} | {shown} |"


def _exit_codes() -> Iterator[str]:
    yield ""
    yield "## Exit codes"
    yield ""
    yield "| code | meaning |"
    yield "|---|---|"
    yield "| 0 | done; `diff`: no difference; `validate`: no error |"
    yield (
        "| 1 | a clear negative: `diff` found differences, `validate` found errors, `status` "
        "something that is not in sync; "
        "elsewhere some objects failed and the rest was done |"
    )
    yield (
        "| 2 | usage error, or no answer: a path cannot be read, the cluster does not answer, "
        "no object could be judged, any failing object in `diff` |"
    )
    yield "| 3 | refused by a guard rail |"
    yield "| 130, 143 | ended by SIGINT, SIGTERM; writes under way were finished |"


def functions() -> Iterator[str]:
    """Yield the lines of the page of template functions."""
    yield "# Template functions"
    yield ""
    yield "Made from the program: every function that a template can call, with its Go signature."
    yield ""
    yield "Functions marked as changing give another result on each run."
    yield ""
    yield "| function | signature | changes |"
    yield "|---|---|---|"
    for name in sorted(FUNCTIONS):
        one = FUNCTIONS[name]
        yield f"| `{name}` | `{one.signature}` | {'yes' if one.changes else ''} |"


PAGES = {"cli.md": command_line, "template-functions.md": functions}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_code_says(name: str, pytestconfig: pytest.Config) -> None:
    """The page in docs/reference is exactly what is made here."""
    make: Callable[[], Iterator[str]] = PAGES[name]
    made = "\n".join(make()) + "\n"
    page = ROOT / "docs/reference" / name
    if pytestconfig.getoption("--update-golden"):
        page.write_text(made)

    assert page.read_text() == made
