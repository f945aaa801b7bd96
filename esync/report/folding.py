"""Many objects that fail for one reason: the first are told, the others are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.manifests.errors import ManifestError
from esync.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from esync.errors import EsyncError

# So many objects are told in full for each reason.
TOLD: Final = 3

_Reason = tuple[str, str, str]


class Fold:
    """Says of each error whether it is told.

    What is wrong with a manifest itself is always told, because its place is what matters.

    Args:
        errors: all errors of a run, each with the name of its object, or without one.
    """

    def __init__(self, errors: Iterable[tuple[str, EsyncError]]) -> None:
        self._positions: dict[_Reason, dict[str, int]] = {}
        for name, error in errors:
            if name and not isinstance(error, ManifestError):
                objects = self._positions.setdefault(_reason(error), {})
                objects.setdefault(name, len(objects))
        self._counted: set[_Reason] = set()

    def text(self, name: str, error: EsyncError, text: str) -> str:
        """Return ``text``; or once for all that are left out how many they are; or nothing."""
        reason = _reason(error)
        objects = self._positions.get(reason, {})
        if objects.get(name, 0) < TOLD:
            return text
        if reason in self._counted:
            return ""
        self._counted.add(reason)
        more = len(objects) - TOLD
        many = f"{more} more object{'s' if more > 1 else ''}"
        return visible(
            f"error: … and {many} failed for the same reason: {error.message} [{error.rule}]"
        )


def _reason(error: EsyncError) -> _Reason:
    return error.rule, error.message, error.hint
