"""Reads AWS Certificate Manager: certificate, chain and private key as one PEM text.

Source:
    External Secrets Operator 2.9, AWS provider, service CertificateManager.
"""

from __future__ import annotations

import secrets
import string
from typing import TYPE_CHECKING, Any, ClassVar, Final

from esync.providers.aws.calls import ask, member
from esync.providers.contract import BadAnswer, ProviderError, Unsupported
from esync.providers.tariff import Calling
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.payload.payload import Payload

_LETTERS: Final = string.ascii_letters + string.digits
_PASSPHRASE_LENGTH: Final = 32
_ENCRYPTED: Final = "-----BEGIN ENCRYPTED PRIVATE KEY-----"
_PLAIN: Final = "-----BEGIN PRIVATE KEY-----"


class CertificatePayload:
    """A PEM text that is taken whole."""

    def __init__(self, text: SecretValue) -> None:
        self._text = text

    def value(self, property: str = "") -> SecretValue:  # noqa: A002, ARG002 - ESO ignores it too
        """Return the text, whatever the property."""
        return self._text

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002, ARG002 - as above
        """Refuse: a certificate has no members.

        Raises:
            Unsupported: always.
        """
        raise Unsupported(
            "dataFrom.extract: AWS Certificate Manager has no members to extract",
            hint="read the certificate under data, and split it in a template",
        )


class CertificateManager:
    """Reads exportable certificates by ARN.

    One instance serves one store, and may be called from several threads at once.
    """

    converts_found_keys: ClassVar[bool] = False
    extracts: ClassVar[bool] = False

    def __init__(self, client: Any) -> None:
        self._client = client

    @classmethod
    def calling(cls) -> Calling:
        """Return how certificates will be asked for."""
        requests = ("GetCertificate", "DescribeCertificate", "ExportCertificate")
        return Calling(read=requests, metadata=requests)

    def read(self, key: str, version: str = "") -> Payload:  # noqa: ARG002 - it has no versions
        """Return the certificate, its chain and its key, decrypted, as PEM.

        Args:
            key: the ARN; the store's prefix plays no part.
            version: plays no part.

        Raises:
            ProviderError: there is no such certificate (this is no NoSecret), it was not made
                exportable, or AWS refuses for another reason.
        """
        if not key:
            raise ProviderError("remoteRef.key is empty", hint="write the ARN of a certificate")
        about = f'certificate "{key}"'
        # ESO asks for it first too, so that a certificate not yet issued is told as such.
        member(ask(self._client.get_certificate, about, CertificateArn=key), "Certificate", about)
        self._require_exportable(key, about)
        passphrase = "".join(secrets.choice(_LETTERS) for _ in range(_PASSPHRASE_LENGTH)).encode()
        exported = ask(
            self._client.export_certificate, about, CertificateArn=key, Passphrase=passphrase
        )
        private = str(exported.get("PrivateKey") or "")
        parts = [
            str(exported.get("Certificate") or ""),
            str(exported.get("CertificateChain") or ""),
            _decrypted(private, passphrase, about) if private else "",
        ]
        found = [stripped for part in parts if (stripped := part.rstrip("\r\n"))]
        if not found:
            raise BadAnswer(f"{about}: the answer has neither certificate nor key")
        return CertificatePayload(SecretValue("\n".join([*found, ""]).encode()))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _require_exportable(self, key: str, about: str) -> None:
        answer = ask(self._client.describe_certificate, about, CertificateArn=key)
        options = member(answer, "Certificate", about).get("Options") or {}
        if options.get("Export") != "ENABLED":
            raise ProviderError(
                f"{about} may not be exported",
                hint="only certificates that were requested with export enabled can be read",
            )


def _decrypted(private: str, passphrase: bytes, about: str) -> str:
    """Return the key as an unencrypted PKCS#8 block; one that is that already stays as it is."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    begin = private.lstrip()
    if begin.startswith(_PLAIN):
        return private
    if not begin.startswith(_ENCRYPTED):
        raise BadAnswer(f"{about}: the private key is of a kind that cannot be read")
    try:
        key = load_pem_private_key(private.encode(), passphrase)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    except (ValueError, TypeError):
        bad = BadAnswer(f"{about}: the private key cannot be decrypted")
    raise bad
