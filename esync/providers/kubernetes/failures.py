"""Turns an error of the cluster room into one of a store: by whose fault, and what to do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from esync.cluster.contract import (
    Busy,
    ClusterError,
    Forbidden,
    NotKubernetes,
    NotNow,
    NotServed,
    Unauthorized,
    Unreachable,
)
from esync.providers.contract import AccessDenied, BadAnswer, ProviderError, Throttled, Unavailable
from esync.providers.contract import Busy as Later

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def cluster_errors(what: str) -> Iterator[None]:
    """Translate errors inside.

    Args:
        what: what was asked for, as errors name it: ``Secret "ns/name"``.
    """
    try:
        yield
    except ClusterError as error:
        failure = translated(error, what)
    else:
        return
    raise failure


def translated(error: ClusterError, what: str) -> ProviderError:
    """Return what an error of the cluster means to somebody who asked a store."""
    message = f"cannot read {what}: {error.message}"
    match error:
        case Busy():
            busy = Later(message) if isinstance(error, NotNow) else Throttled(message)
            busy.hint, busy.retry_after = error.hint, error.retry_after
            return busy
        case Unauthorized():
            return AccessDenied(
                f"cannot read {what}: the API server does not accept the store's credentials",
                hint="look at auth or authRef; a token may have expired",
            ).of_store()
        case Unreachable():
            kind = Later if error.was_cut else Unavailable
            return kind(message, hint=error.hint)
        case Forbidden():
            return AccessDenied(message, hint=error.hint)
        case NotKubernetes() | NotServed():
            return BadAnswer(message, hint="is server.url that of an API server?")
        case _:
            return ProviderError(message, hint=error.hint)
