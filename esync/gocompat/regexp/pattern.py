"""Compiled expressions: Go's dialect, checked and handed to RE2.

Source:
    Go 1.26, package ``regexp``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from esync.gocompat.regexp.escapes import TooLargeError
from esync.gocompat.regexp.syntax import rewrite
from esync.records import dataclass

# RE2 may fill this memory with each expression that is kept.
_MEMORY: Final = 1 << 20
_KEPT: Final = 16
# An expression that Go would compile can take RE2 more room, as it works on bytes.
_MORE_MEMORY: Final = 32 << 20
_ESCAPED: Final = {byte: f"\\{byte:c}" for byte in b"\\.+*?()|[]{}^$"}
# Bytes that RE2 looks at, times the size of its program, in the time of one step of a template:
# when it makes up its states one by one, and when it meets the same ones again.
_WORK_PER_STEP: Final = 64
_KNOWN_WORK_PER_STEP: Final = 2048
_FEW_CHOICES: Final = 14
_STEPS_PER_SEARCH: Final = 10
_STEPS_PER_CHARACTER: Final = 24
# What RE2 takes to make its program: most for the first, which may be nested in each other.
_STEPS_PER_FIRST_INSTRUCTION: Final = 6
_FIRST_INSTRUCTIONS: Final = 20_000
# RE2 takes longer for each part of a long expression.
_LONG: Final = 2_000
_STEPS_PER_FURTHER_CHARACTER: Final = 60
_LONGEST: Final = 4 << 20
_STEPS_FOR_TOO_LARGE: Final = 1_500_000

# Told the steps of work to come; the budget of a template has a method like that.
Spend = Callable[[int], None]


def unmetered(_steps: int) -> None:
    """Count nothing: for expressions of a trusted source."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled expression; hand it to the functions of this module.

    Attributes:
        source: the expression as it was written.
        names: the names of its groups by number; ``""`` for a group without one.
        reach: the most bytes that a match can have.
        choices: how many of its characters can be one or another, be there or not.
        size: how many instructions RE2 made of it.
    """

    source: str
    names: tuple[str, ...]
    reach: int
    choices: int
    size: int
    engine: Any  # RE2's own object has no types

    def work(self, length: int) -> int:
        """Return the steps that a look through ``length`` bytes is worth."""
        return 1 + self.size * length // _WORK_PER_STEP

    def repeated_work(self, length: int) -> int:
        """Return the steps of each further search, which may look ahead through ``length`` bytes.

        ``a+b|a`` looks through all that is left to find each single ``a``. With few choices RE2
        meets the same states again, which takes it next to no time.
        """
        share = _KNOWN_WORK_PER_STEP if self.choices <= _FEW_CHOICES else _WORK_PER_STEP
        return _STEPS_PER_SEARCH + self.size * min(self.reach, length) // share


def compile(source: str | bytes, *, spend: Spend = unmetered) -> Pattern:  # noqa: A001 - as in ``re``
    """Compile an expression of Go's dialect.

    Raises:
        RegexpError: Go does not accept it, or it is too large.
    """
    text = source if isinstance(source, str) else source.decode("utf-8", "surrogateescape")
    further = max(0, len(text) - _LONG)
    spend(_STEPS_PER_CHARACTER * len(text) + _STEPS_PER_FURTHER_CHARACTER * further)
    try:
        pattern = _kept(text)
    except TooLargeError:
        spend(_STEPS_FOR_TOO_LARGE)
        pattern = _compiled(text, _MORE_MEMORY)
    spend(pattern.size + _STEPS_PER_FIRST_INSTRUCTION * min(pattern.size, _FIRST_INSTRUCTIONS))
    return pattern


@lru_cache(maxsize=_KEPT)
def _kept(source: str) -> Pattern:
    return _compiled(source, _MEMORY)


def _compiled(source: str, memory: int) -> Pattern:
    from re2 import Options, _re2

    rewritten = rewrite(source)
    if len(rewritten.expression) > _LONGEST:
        raise TooLargeError(source)
    options = Options()
    options.log_errors = False
    options.max_mem = memory
    engine = _re2.RE2(rewritten.expression.encode(), options)
    if not engine.ok():
        raise TooLargeError(source)
    return Pattern(source, *rewritten[1:], engine.ProgramSize(), engine)


def quote(text: bytes) -> bytes:
    """Return an expression that matches ``text`` and nothing else."""
    return text.decode("latin-1").translate(_ESCAPED).encode("latin-1")
