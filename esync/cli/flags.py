"""Groups of flags as dataclasses: a command names the groups, and is called with filled ones."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Return ``command`` with a signature in which each dataclass is spelled out as flags.

    Every field of such a dataclass is an ``Annotated`` type that Typer understands.
    """
    hints = get_type_hints(command, include_extras=True)
    hints.pop("return", None)
    groups: dict[str, type[Any]] = {
        name: hint for name, hint in hints.items() if isinstance(hint, type) and is_dataclass(hint)
    }

    @wraps(command)
    def call(**given: Any) -> None:  # Typer passes what it parsed, by name
        filled = {
            name: group(**{one.name: given.pop(one.name) for one in fields(group)})
            for name, group in groups.items()
        }
        command(**filled, **given)

    parameters = list(_parameters(command, hints))
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # read by Typer
    call.__annotations__ = {one.name: one.annotation for one in parameters}
    return call


def _parameters(command: Callable[..., None], hints: dict[str, Any]) -> Iterator[inspect.Parameter]:
    for name, parameter in inspect.signature(command).parameters.items():
        hint = hints[name]
        if not is_dataclass(hint):
            yield parameter.replace(annotation=hint, kind=inspect.Parameter.KEYWORD_ONLY)
            continue
        types = get_type_hints(hint, include_extras=True)
        for one in fields(hint):
            default = one.default
            if one.default_factory is not MISSING:
                default = one.default_factory()
            yield inspect.Parameter(
                one.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=default,
                annotation=types[one.name],
            )
