"""Who this process is towards Akeyless: what its environment names, also the token of a CI job.

Source:
    The variables of Akeyless's own tools.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.identity.job_tokens import Purpose, has_job_token, job_token
from esync.providers.akeyless.cloud_id import AUDIENCE, CLOUD_TYPES, cloud_proof
from esync.providers.contract import AccessDenied

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esync.identity.access import Access

ID_VARIABLE: Final = "AKEYLESS_ACCESS_ID"
KEY_VARIABLE: Final = "AKEYLESS_ACCESS_KEY"
TYPE_VARIABLE: Final = "AKEYLESS_ACCESS_TYPE"
PARAM_VARIABLE: Final = "AKEYLESS_ACCESS_TYPE_PARAM"
AUDIENCE_VARIABLE: Final = "ESYNC_AKEYLESS_AUDIENCE"


class NoAkeylessIdentity(AccessDenied):
    """The process has no identity towards Akeyless."""

    rule = "ES0469"


def ambient_proof(access: Access) -> Callable[[], Mapping[str, str]]:
    """Return what makes the members of a sign-in of the process.

    With an access id: its key if there is one, a cloud identity if its type says so, else the
    OIDC token of a CI job.

    Raises:
        NoAkeylessIdentity: there is none of these.
        EsyncError: the store may not use the identity of the process.
    """
    access.allow_ambient()
    environ = access.environ
    access_id, key = environ.get(ID_VARIABLE, ""), environ.get(KEY_VARIABLE, "")
    kind = environ.get(TYPE_VARIABLE, "")
    if access_id and key:
        proof = {"access-id": access_id, "access-type": "access_key", "access-key": key}
        return lambda: proof
    if access_id and kind in CLOUD_TYPES:
        return lambda: cloud_proof(kind, access_id, environ.get(PARAM_VARIABLE, ""), access)
    if access_id and has_job_token(Purpose.AKEYLESS, environ):
        return lambda: _of_job(access_id, access)
    raise NoAkeylessIdentity(
        "this process has no identity towards Akeyless",
        hint=f"set {ID_VARIABLE}, and {KEY_VARIABLE} or {TYPE_VARIABLE}; a CI job with an OIDC "
        "token needs the id only",
    )


def _of_job(access_id: str, access: Access) -> Mapping[str, str]:
    audience = access.environ.get(AUDIENCE_VARIABLE) or AUDIENCE
    token = job_token(Purpose.AKEYLESS, audience, access).reveal().decode("utf-8", "replace")
    return {"access-id": access_id, "access-type": "jwt", "jwt": token}
