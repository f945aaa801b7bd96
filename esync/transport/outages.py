"""What the network does to a request, told in a word that quotes nothing."""

from __future__ import annotations

from typing import Final

_CUT: Final = frozenset(
    {"BrokenPipeError", "ConnectionAbortedError", "ConnectionResetError", "RemoteDisconnected"}
)


def was_cut(outage: str) -> bool:
    """Tell whether a connection ended before the answer: idle ones may end at any time.

    Args:
        outage: as :func:`outage_name` tells it.
    """
    return outage in _CUT


def outage_name(error: BaseException) -> str:
    """Return what the network did, in one word that quotes nothing."""
    inner = (getattr(error, "reason", None), getattr(error, "original_error", None), *error.args)
    cause = next((one for one in inner if isinstance(one, BaseException)), None)
    return type(error).__name__ if cause is None else outage_name(cause)
