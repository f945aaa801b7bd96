"""Sprig's functions on semantic versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.gotemplate.function import Function, FunctionError
from esync.gotemplate.functions.constraints import Constraints
from esync.gotemplate.functions.versions import Version, VersionError

if TYPE_CHECKING:
    from esync.gotemplate.function import Context


_STEPS_PER_BYTE: Final = 4


def _semver(text: bytes) -> Version:
    try:
        return Version.parse(text)
    except VersionError as error:
        raise FunctionError(str(error)) from None


def _compare(context: Context, constraint: bytes, version: bytes) -> bool:
    context.budget.spend(_STEPS_PER_BYTE * len(version))
    context.budget.spend(len(constraint) ** 2 // 8)  # a range is looked for from every place on
    try:
        constraints = Constraints.parse(constraint)
    except VersionError as error:
        raise FunctionError(str(error)) from None
    return constraints.allow(_semver(version))


FUNCTIONS: Final = {
    "semver": Function(
        "func(string) (*semver.Version, error)", _semver, steps=10, byte_steps=_STEPS_PER_BYTE
    ),
    "semverCompare": Function("func(string, string) (bool, error)", _compare, wants_context=True),
}
