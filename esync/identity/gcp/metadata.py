"""The metadata server of a virtual machine of Google: project, cluster, identity tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from esync.errors import EsyncError
from esync.secret import SecretValue

if TYPE_CHECKING:
    from esync.identity.access import Access
    from esync.identity.wire import Wire

_HOST: Final = "metadata.google.internal"
_SECONDS: Final = 5.0
_OK: Final = 200


class NoMetadata(EsyncError):
    """The metadata server would know something, and does not tell."""

    rule = "ES0392"


def metadata(path: str, wire: Wire, access: Access, *, instead: str) -> str:
    """Return what the metadata server has at ``path``, such as ``project/project-id``.

    Args:
        path: below ``computeMetadata/v1``.
        wire: sends the request.
        access: its environment may name another host, in ``GCE_METADATA_HOST``.
        instead: the hint: what to write so that nobody needs to ask.

    Raises:
        NoMetadata: there is no such server, or it has nothing there.
    """
    host = access.environ.get("GCE_METADATA_HOST") or _HOST
    url = f"http://{host}/computeMetadata/v1/{path}"
    answer = wire.send("GET", url, {"Metadata-Flavor": "Google"}, patience=_SECONDS)
    text = answer.body.decode("utf-8", "replace").strip()
    if answer.status == _OK and text:
        return text
    said = answer.outage or f"status {answer.status}"
    what = path.partition("?")[0]
    raise NoMetadata(f"the metadata server does not tell {what} ({said})", hint=instead)


def machine_token(audience: str, wire: Wire, access: Access) -> SecretValue:
    """Return a token that proves which machine this is, for ``audience``; for Vault's ``gce`` role.

    Raises:
        NoMetadata: this is no machine of Google.
        EsyncError: the store may not use the identity of the process.
    """
    access.allow_ambient()
    query = urlencode({"audience": audience, "format": "full"})
    path = f"instance/service-accounts/default/identity?{query}"
    token = metadata(path, wire, access, instead="run on a machine of Google, or give auth a key")
    return SecretValue(token.encode())
