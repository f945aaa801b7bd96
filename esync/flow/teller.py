"""Who wrote the status of an ExternalSecret last: how another writer of its target shows.

Secrets do not show it: esync writes them under the operator's field managers, by contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

# The first word of our user agent, which the API server takes for a field manager.
OURS: Final = "esync"
_PEOPLE: Final = "kubectl"
_TELLING: Final = ("f:refreshTime", "f:conditions")


@dataclass(frozen=True, slots=True)
class Teller:
    """A field manager of a status, neither esync nor somebody with kubectl.

    Attributes:
        manager: its name; that of the operator is ``external-secrets``.
        time: when it last changed something there, as RFC 3339.
    """

    manager: str
    time: str = ""


def teller_of(body: Mapping[str, Any]) -> Teller | None:
    """Return who wrote ``refreshTime`` last, or else the conditions; None if it was esync."""
    entries = (body.get("metadata") or {}).get("managedFields") or ()
    for field in _TELLING:
        found = [
            Teller(str(one.get("manager", "")), str(one.get("time", "")))
            for one in entries
            if field in ((one.get("fieldsV1") or {}).get("f:status") or {})
        ]
        if found:
            last = max(found, key=lambda one: one.time)
            is_other = last.manager != OURS and not last.manager.startswith(_PEOPLE)
            return last if is_other else None
    return None
