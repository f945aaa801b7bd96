"""Projected tokens of a Pod: the only files of this machine that a manifest may name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from esync.errors import EsyncError
from esync.identity.references import BadReference
from esync.secret import SecretValue

_BELOW: Final = re.compile(r"/(?:var/)?run/secrets/(?!\.)[\w.-]+(?:/(?!\.\.?(?:/|$))[\w.-]+)*")
# Valid for the cluster itself, which is nobody else's business.
_CLUSTER: Final = re.compile(r"/(?:var/)?run/secrets/kubernetes\.io(?:/.*)?")


class NoProjectedToken(EsyncError):
    """The Pod has no token where the store says, or this is no Pod."""

    rule = "ES0461"


def projected_token(path: str, root: Path = Path("/")) -> SecretValue:
    """Return the token in a file that a manifest names.

    Args:
        path: absolute, below ``/var/run/secrets``.
        root: of the file system.

    Raises:
        BadReference: it lies elsewhere, or is the token that the Pod has for the cluster.
        NoProjectedToken: it cannot be read.
    """
    if not _BELOW.fullmatch(path) or _CLUSTER.fullmatch(path):
        raise BadReference(
            "the token's file is no projected token of a Pod for somebody else than the cluster",
            hint="project a token with an audience of its own below /var/run/secrets",
        )
    try:
        return SecretValue((root / path.lstrip("/")).read_bytes().strip())
    except OSError as error:
        failed = type(error).__name__
    raise NoProjectedToken(
        f'the token "{path}" of the Pod cannot be read ({failed})',
        hint="run in a Pod that projects it, or sign in another way with --store-auth ambient",
    )
