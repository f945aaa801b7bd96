"""The functions that templates can call: one table, one module per family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from esync.gotemplate.builtins import BUILTINS
from esync.gotemplate.function import Function

# The functions of each family, and the module that is imported when one of them is used.
FAMILIES: Mapping[str, str] = {}

_FAMILY_OF = {name: family for family, names in FAMILIES.items() for name in names.split()}


class Functions(Mapping[str, Function]):
    """Every function by name; the module behind it is imported when it is first asked for.

    A function of a family hides the builtin of the same name, as in the operator (``slice``).
    """

    def __getitem__(self, name: str) -> Function:
        if name not in _FAMILY_OF:
            return BUILTINS[name]
        module = import_module(f"esync.gotemplate.functions.{_FAMILY_OF[name]}")
        found: Function = module.FUNCTIONS[name]
        return found

    def __contains__(self, name: object) -> bool:
        return name in _FAMILY_OF or name in BUILTINS

    def __iter__(self) -> Iterator[str]:
        yield from {**BUILTINS, **_FAMILY_OF}

    def __len__(self) -> int:
        return len({**BUILTINS, **_FAMILY_OF})


FUNCTIONS: Mapping[str, Function] = Functions()
