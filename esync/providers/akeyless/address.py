"""Where the API begins: a gateway may have it below another path than its URL says.

Source:
    External Secrets Operator 2.9, akeyless provider: how it looks at ``akeylessGWApiURL``.
"""

from __future__ import annotations

import re
from threading import Lock
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from esync.identity.hosts import Origin
from esync.identity.wire import Wire

if TYPE_CHECKING:
    from esync.identity.access import Access

SERVICE: Final = "https://api.akeyless.io"
# The service, in each of its regions.
_OWN: Final = re.compile(r"(?i:https://api(?:\.[a-z]{2})?\.akeyless\.io)(?::443)?(?:/.*)?")
_UNKNOWN: Final = b"unknown command"
_SECONDS: Final = 10.0
_SUFFIX: Final = "/v2"


class Address:
    """The URL of the API, found out when it is first needed."""

    def __init__(self, url: str, access: Access) -> None:
        self._named = url
        self._access = access
        self._lock = Lock()
        self._found = "" if url else SERVICE

    @classmethod
    def allowed(cls, url: str, access: Access) -> Self:
        """Return the address, after its host was found allowed.

        Raises:
            EsyncError: credentials may not go there.
        """
        own = not url or _OWN.fullmatch(url) is not None
        origin = Origin.PROVIDER if own else Origin.STORE
        access.allow_host(url or SERVICE, origin, "akeylessGWApiURL")
        return cls(url, access)

    def base(self) -> str:
        """Return the URL, without slash at its end."""
        with self._lock:
            self._found = self._found or self._ask().rstrip("/")
            return self._found

    def _ask(self) -> str:
        """Find out whether the URL is that of the API, by a call that names no command."""
        # ESO does so too: with the roots of the system, also where the store has others, so that
        # such a gateway does not answer here, and its path is replaced.
        wire = Wire(self._access)
        try:
            answer = wire.send("POST", self._named, patience=_SECONDS)
        finally:
            wire.close()
        if _UNKNOWN in answer.body or self._named.endswith(_SUFFIX):
            return self._named
        parts = urlsplit(self._named)
        return f"{parts.scheme}://{parts.netloc}{_SUFFIX}"
