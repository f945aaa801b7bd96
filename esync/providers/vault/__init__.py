"""HashiCorp Vault and OpenBao as stores.

:func:`open_session` is for whoever needs the API beyond the key-value engines, such as generators.
"""

from esync.providers.vault.calls import document_of, fetch, vault_error
from esync.providers.vault.connect import open_session
from esync.providers.vault.kv import Vault
from esync.providers.vault.openbao import OpenBao
from esync.providers.vault.session import Session
from esync.providers.vault.spec import VaultSpec

__all__ = [
    "OpenBao",
    "Session",
    "Vault",
    "VaultSpec",
    "document_of",
    "fetch",
    "open_session",
    "vault_error",
]
