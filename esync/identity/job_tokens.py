"""The OIDC token of a CI job: how a pipeline proves who it is, without any stored secret."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from esync.errors import EsyncError
from esync.identity.hosts import Origin
from esync.identity.wire import Wire
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.identity.access import Access

GITHUB_URL: Final = "ACTIONS_ID_TOKEN_REQUEST_URL"
GITHUB_TOKEN: Final = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_OK: Final = 200


class Purpose(StrEnum):
    """Whom a token is for; the value is the variable that may hold one.

    GitLab hands tokens over in variables that ``id_tokens`` of a job names; GitHub is asked.
    """

    AKEYLESS = "ESYNC_AKEYLESS_ID_TOKEN"
    AWS = "ESYNC_AWS_ID_TOKEN"
    AZURE = "ESYNC_AZURE_ID_TOKEN"
    GCP = "ESYNC_GCP_ID_TOKEN"
    VAULT = "ESYNC_VAULT_ID_TOKEN"


class NoJobToken(EsyncError):
    """The CI system gives no token to this job."""

    rule = "ES0358"


def has_job_token(purpose: Purpose, environ: Mapping[str, str]) -> bool:
    """Tell whether the surroundings offer a token; asks nobody."""
    return bool(environ.get(purpose) or (environ.get(GITHUB_URL) and environ.get(GITHUB_TOKEN)))


def job_token(purpose: Purpose, audience: str, access: Access) -> SecretValue:
    """Return a token for ``audience``: from the variable of ``purpose``, else from GitHub.

    Raises:
        NoJobToken: there is neither, or GitHub refuses.
    """
    given = access.environ.get(purpose)
    if given:
        return SecretValue(given.strip().encode())
    if not has_job_token(purpose, access.environ):
        raise NoJobToken(
            "the CI job has no OIDC token",
            hint=f"GitHub: permissions id-token: write; GitLab: id_tokens with {purpose}",
        )
    return _from_github(audience, access)


def _from_github(audience: str, access: Access) -> SecretValue:
    url = access.environ[GITHUB_URL]
    access.allow_host(url, Origin.ENVIRONMENT)
    joint = "&" if "?" in url else "?"
    wire = Wire(access)
    answer = wire.send(
        "GET",
        f"{url}{joint}audience={quote(audience, safe='')}",
        {"Authorization": f"Bearer {access.environ[GITHUB_TOKEN]}"},
    )
    wire.close()
    token = answer.json().get("value") if answer.status == _OK else None
    if isinstance(token, str) and token:
        return SecretValue(token.encode())
    raise NoJobToken(
        f"GitHub gave the job no OIDC token ({answer.outage or f'status {answer.status}'})",
        hint="the job needs permissions id-token: write",
    )
