"""The table of functions and the modules behind it say the same."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from esync.gotemplate.arguments import signature
from esync.gotemplate.builtins import BUILTINS
from esync.gotemplate.functions import FAMILIES, FUNCTIONS


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_has_the_functions_of_the_table(family: str) -> None:
    """No more and no fewer, each in the table once."""
    module = import_module(f"esync.gotemplate.functions.{family}")
    assert sorted(module.FUNCTIONS) == sorted(FAMILIES[family].split())


def test_no_function_stands_in_two_families() -> None:
    """A name means one thing."""
    names = [name for line in FAMILIES.values() for name in line.split()]
    assert len(names) == len(set(names))
    assert set(FUNCTIONS) == {*names, *BUILTINS}
    assert len(FUNCTIONS) == len(list(FUNCTIONS))


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_each_function_has_a_signature(name: str) -> None:
    """Which can be read."""
    assert signature(FUNCTIONS[name].signature).result


@pytest.mark.parametrize("name", ["env", "expandenv", "getHostByName", "readFile", "lookup"])
def test_nothing_reaches_out(name: str) -> None:
    """No function reads the environment, files or the network."""
    assert name not in FUNCTIONS


def test_families_are_imported_when_they_are_used() -> None:
    """A template that calls builtins only pays for no other module."""
    program = (
        "import sys; from esync import gotemplate; "
        "gotemplate.compile('{{ print (len .a) }}'); "
        "print([m for m in sys.modules if m.startswith('esync.gotemplate.functions.')])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"
