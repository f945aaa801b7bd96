"""Who we are towards Google Cloud: used by the store, by generators, and by Vault's ``gcp`` method.

A manifest says how it signs in (:class:`GcpAuth`); :func:`sign_in` makes tokens of it that are
fetched when they are needed. :func:`statement` and :func:`machine_token` prove to somebody else who
we are. Requests go over a :class:`Wire`.
"""

from esync.identity.failures import Failure, Trouble
from esync.identity.gcp.endpoints import GcpService, endpoint
from esync.identity.gcp.failures import GcpSignInFailed, failure_of
from esync.identity.gcp.federation import combination_problems
from esync.identity.gcp.metadata import machine_token, metadata
from esync.identity.gcp.settings import GcpAuth
from esync.identity.gcp.sign_in import sign_in, statement
from esync.identity.kept import KeptToken, LentToken
from esync.identity.wire import Answer, Wire

__all__ = [
    "Answer",
    "Failure",
    "GcpAuth",
    "GcpService",
    "GcpSignInFailed",
    "KeptToken",
    "LentToken",
    "Trouble",
    "Wire",
    "combination_problems",
    "endpoint",
    "failure_of",
    "machine_token",
    "metadata",
    "sign_in",
    "statement",
]
