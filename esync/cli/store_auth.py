"""``--store-auth``: which stores sign in as this process instead of as they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from esync.errors import EsyncError
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esync.manifests.store import Store

_MODES = {"store": False, "ambient": True}


class BadStoreAuth(EsyncError):
    """A ``--store-auth`` is neither ``store``, ``ambient`` nor ``STORE=`` one of them."""

    rule = "ES0002"


@dataclass(frozen=True, slots=True)
class StoreAuth:
    """The answers for all stores, and for some of them by name; the last word counts."""

    everywhere: bool = False
    by_name: tuple[tuple[tuple[str, ...], bool], ...] = ()

    @classmethod
    def parse(cls, words: Sequence[str]) -> Self:
        """Read the flag's values, e.g. ``ambient`` or ``ClusterSecretStore/aws=ambient``."""
        everywhere = False
        by_name: list[tuple[tuple[str, ...], bool]] = []
        for word in words:
            name, equals, mode = word.rpartition("=")
            if mode not in _MODES or (equals and not name):
                raise BadStoreAuth(
                    f'--store-auth "{word}" is not known',
                    hint="say store, ambient, or [KIND/][NAMESPACE/]NAME=ambient",
                )
            if name:
                by_name.append((tuple(name.split("/")), _MODES[mode]))
            else:
                everywhere = _MODES[mode]
        return cls(everywhere, tuple(by_name))

    def is_ambient(self, store: Store) -> bool:
        """Tell whether ``store`` signs in as this process."""
        answer = self.everywhere
        full = (store.kind.value, store.namespace, store.name)
        spellings = {full, full[1:], full[2:], (full[0], full[2])}
        for name, mode in self.by_name:
            if name in spellings:
                answer = mode
        return answer
