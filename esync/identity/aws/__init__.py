"""Who we are towards AWS: the one door to its SDK, used by stores and generators alike.

A store says how it signs in (:class:`AwsIdentity`); :func:`sign_in` makes an :class:`AwsSession` of
it, and that makes clients. Nothing is asked of anybody before the first call of a client.
"""

from esync.identity.aws.failures import AwsFailure, Trouble, failure_of, sdk_errors
from esync.identity.aws.identity import AwsIdentity, Role, StaticKeys, WebIdentity
from esync.identity.aws.sdk import AwsService, AwsSession, Retries
from esync.identity.aws.sign_in import sign_in

__all__ = [
    "AwsFailure",
    "AwsIdentity",
    "AwsService",
    "AwsSession",
    "Retries",
    "Role",
    "StaticKeys",
    "Trouble",
    "WebIdentity",
    "failure_of",
    "sdk_errors",
    "sign_in",
]
