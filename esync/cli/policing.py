"""The flag that narrows what the input may ask for, whichever command reads it."""

# No `from __future__ import annotations`: Typer reads these types while the program starts.

from typing import Annotated, Final

from typer import Option

GUARDS: Final = "What is allowed"

PolicyFile = Annotated[
    str | None,
    Option(
        "--policy",
        metavar="FILE",
        help="Refuse providers, hosts, remote keys, namespaces and targets that it does not allow.",
        rich_help_panel=GUARDS,
    ),
]
