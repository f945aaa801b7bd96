"""Who we are towards Azure: used by the store, and for whoever else takes Entra ID's tokens.

What signs in is a :data:`TokenSource`: given the resource that a token is for, it fetches one. It
is made of an :class:`Application` and its proof by :func:`application_source`, of the identity of
this machine by :func:`machine_source`, of whatever the process has by :func:`ambient_source`.
:class:`KeptToken` keeps what a source gave. Requests go over a :class:`Wire`.

Plain requests, and not azure-identity: it first asks the authority where tokens are given and sends
the credential to whatever place the answer names, follows redirects, tries again by itself, reads
the environment behind our back, and takes 170 ms to import. It serves for ``az login`` only.
"""

from esync.identity.azure.ambient import ambient_source
from esync.identity.azure.certificates import certificate_proof
from esync.identity.azure.clouds import AzureCloud, CloudEndpoints, custom_authority, endpoints_of
from esync.identity.azure.exchange import (
    Application,
    TokenSource,
    application_source,
    assertion_proof,
    secret_proof,
)
from esync.identity.azure.failures import AzureSignInFailed, failure_of
from esync.identity.azure.machine import machine_source
from esync.identity.azure.workload import (
    ServiceAccountIds,
    ids_of_service_account,
    pod_source,
    service_account_proof,
)
from esync.identity.failures import Failure, Trouble
from esync.identity.kept import KeptToken, LentToken
from esync.identity.wire import Answer, Wire

__all__ = [
    "Answer",
    "Application",
    "AzureCloud",
    "AzureSignInFailed",
    "CloudEndpoints",
    "Failure",
    "KeptToken",
    "LentToken",
    "ServiceAccountIds",
    "TokenSource",
    "Trouble",
    "Wire",
    "ambient_source",
    "application_source",
    "assertion_proof",
    "certificate_proof",
    "custom_authority",
    "endpoints_of",
    "failure_of",
    "ids_of_service_account",
    "machine_source",
    "pod_source",
    "secret_proof",
    "service_account_proof",
]
