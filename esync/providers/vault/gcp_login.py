"""Vault's login by a Google identity: a statement that says who we are and which role we want.

Source:
    External Secrets Operator 2.9, Vault provider, ``auth.gcp``; Vault's Google Cloud auth method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.identity.references import BadReference
from esync.providers.vault.session import Login

if TYPE_CHECKING:
    from esync.identity.access import Access
    from esync.providers.vault.spec import Gcp
    from esync.secret import SecretValue


def login_by(method: Gcp, server: str, access: Access) -> Login:
    """Return the login: as a service account of Google, else as the machine we run on.

    Raises:
        EsyncError: a credential cannot be read, or may not be used, or Google refuses.
    """
    if not method.role:
        raise BadReference("auth.gcp: role is empty")
    token = _statement(method, server, access)
    return Login(
        "gcp",
        f"auth/{method.path}/login",
        {"role": method.role, "jwt": token.reveal().decode("utf-8", "replace")},
        hint="the role must bind this service account, or this machine's project and zone",
    )


def _statement(method: Gcp, server: str, access: Access) -> SecretValue:
    from esync.identity.gcp import GcpAuth, Wire, machine_token, statement

    wire = Wire(access)
    try:
        if method.secret_ref or method.workload_identity:
            auth = GcpAuth(method.secret_ref, method.workload_identity)
            return statement(auth, f"vault/{method.role}", wire, access, "auth", "gcp")
        return machine_token(f"{server.rstrip('/')}/vault/{method.role}", wire, access)
    finally:
        wire.close()
