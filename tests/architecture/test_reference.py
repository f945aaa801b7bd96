"""Reference pages that are made from the code; --update-golden writes them anew."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from esync.cli.app import COMMANDS, make
from esync.gotemplate.functions import FUNCTIONS
from esync.providers.tariff import Limit, Tariff

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
    group: Any = typer.main.get_command(make(*COMMANDS))
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
        "| 1 | a clear negative: `diff` found differences, `validate` found errors, "
        "`status` or `explain` something that is not in sync; "
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


def prices() -> Iterator[str]:
    """Yield the lines of the page of prices and limits."""
    yield "# Prices and limits"
    yield ""
    yield "Made from the program: what `esync plan` reckons with."
    yield ""
    yield (
        "Prices are list prices in US dollars for 10,000 calls, limits are the services' defaults; "
        "both change, and yours may differ."
    )
    yield "A service that is not here has no price for each call, or none that is published."
    for tariff in _tariffs():
        yield from ("", f"## {tariff.service}", "", f"As known in {tariff.as_of}, from:", "")
        yield from (f"* <{source}>" for source in tariff.sources)
        yield from ("", "| call | price | default limit |", "|---|---:|---|")
        limits = {name: limit for limit in tariff.limits for name in limit.calls}
        for name in dict.fromkeys([*tariff.prices, *limits]):
            dollars = tariff.prices.get(name, 0) / 100
            limit = _limit(limits[name]) if name in limits else ""
            yield f"| `{name}` | {f'${dollars:.2f}' if dollars else 'free'} | {limit} |"
        yield from ("", tariff.remark) if tariff.remark else ()


def _tariffs() -> list[Tariff]:
    found = {}
    for path in sorted((ROOT / "esync/providers").glob("*/tariffs.py")):
        module = import_module(f"esync.providers.{path.parent.name}.tariffs")
        values = [one for one in vars(module).values() if isinstance(one, Tariff)]
        found.update({one.service: one for one in values})
    return [found[name] for name in sorted(found)]


def _limit(limit: Limit) -> str:
    windows = {1: "a second", 60: "a minute"}
    shared = ", shared," if len(limit.calls) > 1 else ""
    window = windows.get(limit.seconds, f"in {limit.seconds} seconds")
    return f"{limit.allowed:,} {window}{shared} for each {limit.scope}"


PAGES = {"cli.md": command_line, "prices.md": prices, "template-functions.md": functions}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_code_says(name: str, pytestconfig: pytest.Config) -> None:
    """The page in docs/reference is exactly what is made here."""
    make: Callable[[], Iterator[str]] = PAGES[name]
    made = "\n".join(make()) + "\n"
    page = ROOT / "docs/reference" / name
    if pytestconfig.getoption("--update-golden"):
        page.write_text(made)

    assert page.read_text() == made
