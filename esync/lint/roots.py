"""Stores of another cluster whose API server must be signed for by an authority of the system.

Source: External Secrets Operator 2.9, Kubernetes and CRD providers: what admission warns of.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from esync.lint.rule import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.lint.view import View
    from esync.manifests.store import Store

_PROVIDERS: Final = frozenset({"kubernetes", "crd"})
# The cluster of the run, whose authority its context names.
_OWN: Final = re.compile(
    r"(?:https?://)?kubernetes\.default(?:\.svc(?:\.cluster\.local)?)?(?:[:/]|$)"
)
_TLS: Final = re.compile(r"https://", re.IGNORECASE)


class SystemRoots(Finding):
    """A store trusts the authorities of the system with the API server of another cluster."""

    rule = "ES0726"
    title: ClassVar = "Another cluster without its authority"
    severity: ClassVar = Severity.NOTE


def system_roots(view: View) -> Iterator[SystemRoots]:
    """Look for stores that name another API server and no authority of its own."""
    for store in view.catalog.stores.values():
        if store.provider in _PROVIDERS and _trusts_the_system(store):
            yield SystemRoots(
                "an authority of the system has to sign for this API server, which is rare",
                about=store.ref,
                at=store.place("server"),
                hint="give server a caBundle or caProvider, or use authRef",
            )


def _trusts_the_system(store: Store) -> bool:
    server: Any = store.settings.get("server")
    if not isinstance(server, dict) or store.settings.get("authRef"):
        return False
    url = server.get("url")
    # Without a scheme it is plain http, as the operator's client takes it.
    if not isinstance(url, str) or _OWN.match(url) or not _TLS.match(url):
        return False
    return not (server.get("caBundle") or server.get("caProvider"))
