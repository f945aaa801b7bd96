"""What the user named as input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable


def _stdin() -> bytes:
    return sys.stdin.buffer.read()


@dataclass(frozen=True, slots=True)
class Selection:
    """Which ExternalSecrets of the cluster are meant (``--from-cluster``).

    Attributes:
        namespaces: empty for all.
        selector: a label selector in its text form; empty for any.
        names: empty for all.
        expand: deliver what ClusterExternalSecrets ask for without ExternalSecrets (``--expand``).
    """

    namespaces: tuple[str, ...] = ()
    selector: str = ""
    names: tuple[str, ...] = ()
    expand: bool = False


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """Where the input is, and whom it may be trusted to speak for.

    Attributes:
        files: files, folders, or ``-`` for stdin (``-f``).
        kustomize: folders that hold a kustomization (``-k``).
        recursive: take sub-folders too (``-R``).
        namespace: what ``-n`` says, else empty.
        default_namespace: for documents that name none, when ``-n`` says nothing.
        trusted_paths: where stores, credentials and the like come from (``--trust PATH``).
        trust_cluster: they come from the cluster too (``--trust cluster``).
        stdin: reads standard input to its end.
        plugins: names of providers that may come from other packages (``--allow-plugin``).
        selection: what is taken from the cluster instead; None reads no ExternalSecrets there.
    """

    files: tuple[str, ...] = ()
    kustomize: tuple[str, ...] = ()
    recursive: bool = False
    namespace: str = ""
    default_namespace: str = "default"
    trusted_paths: tuple[str, ...] = ()
    trust_cluster: bool = False
    stdin: Callable[[], bytes] = _stdin
    plugins: frozenset[str] = frozenset()
    selection: Selection | None = None

    @property
    def is_guarded(self) -> bool:
        """Whether ``-f`` contributes ExternalSecrets and ClusterExternalSecrets only."""
        return bool(self.trusted_paths) or self.trust_cluster
