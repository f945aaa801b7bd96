"""The settings of a store: read into its provider's dataclass, and held against its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from esync.manifests.reader import examine, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from esync.errors import EsyncError
    from esync.manifests.store import Store

S = TypeVar("S")


def usable(cls: type[S], store: Store, problems: Callable[[S, Store], Iterable[EsyncError]]) -> S:
    """Return the settings of ``store``, defaulted.

    Args:
        cls: a frozen dataclass, as :mod:`esync.manifests.reader` says.
        store: what is opened.
        problems: yields why the settings can never work.

    Raises:
        Rejected: they are not what the API accepts.
        EsyncError: the first of ``problems``.
    """
    spec = read(cls, store.settings, at_path=_path(store), document=store.document)
    for error in problems(spec, store):
        raise error
    return spec


def errors_in(
    cls: type[S], store: Store, *problems: Callable[[S, Store], Iterable[EsyncError]]
) -> list[EsyncError]:
    """Return what the API does not accept, or else all that ``problems`` yield, in their order."""
    spec, errors = examine(cls, store.settings, at_path=_path(store), document=store.document)
    if spec is None:
        return list(errors)
    return [error for yields in problems for error in yields(spec, store)]


def _path(store: Store) -> tuple[str, ...]:
    return ("spec", "provider", store.provider)
