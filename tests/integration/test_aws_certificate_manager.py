"""Certificate Manager: certificate, chain and key as one PEM text. Facts are the operator's."""

from __future__ import annotations

import os
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificate

from esync.identity.references import StoreAccess
from esync.manifests.store import RetrySettings
from esync.providers.aws import Aws
from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    Finds,
    NoSecret,
    Provider,
    ProviderError,
    ReadsMany,
    ReadsMetadata,
    Unsupported,
)
from tests.fakes.aws_wire import AwsStub, aws_stub, refusal, said
from tests.fakes.stores import MemoryCredentials, make_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.moto import MotoServer
    from tests.servers.web import Request, Response

pytestmark = pytest.mark.integration

REGION = "eu-central-1"
ARN = "arn:aws:acm:eu-central-1:123456789012:certificate/a"
EXPORTABLE = said(Certificate={"Options": {"Export": "ENABLED"}})


@pytest.fixture
def aws(moto_server: MotoServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty Certificate Manager, as AWS's own client sees it."""
    moto_server.reset()
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    return boto3.client("acm", region_name=REGION)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsStub]:
    """A stub in its place, with a certificate that may be exported."""
    with aws_stub() as running:
        monkeypatch.setenv("AWS_ACM_ENDPOINT", running.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        running.tell("GetCertificate", said(Certificate="C"))
        running.tell("DescribeCertificate", EXPORTABLE)
        yield running


def store(**settings: Any) -> Provider:
    """Open the store with the identity of the process."""
    basic = {"service": "CertificateManager", "region": REGION}
    made = make_store("aws", basic | settings, retry=RetrySettings(max_retries=1))
    return Aws.open(made, StoreAccess(made, "orders", MemoryCredentials(), environ=os.environ))


def test_an_exportable_certificate(aws: Any) -> None:
    """Leaf, chain and an unencrypted key, in this order; prefix and version play no part."""
    arn = aws.request_certificate(
        DomainName="example.org", Options={"Export": "ENABLED"}, ValidationMethod="DNS"
    )["CertificateArn"]
    value = store(prefix="ignored/").read(arn, "ignored").value("ignored").reveal()
    assert load_pem_x509_certificate(value).subject.rfc4514_string() != ""
    begin = value.index(b"-----BEGIN PRIVATE KEY-----")
    assert load_pem_private_key(value[begin:], None)
    assert value.index(b"-----BEGIN CERTIFICATE-----") == 0
    assert value.endswith(b"-----END PRIVATE KEY-----\n")
    assert b"\n\n" not in value


def test_a_certificate_that_may_not_be_exported(aws: Any) -> None:
    """It is told before the export is asked for."""
    arn = aws.request_certificate(DomainName="example.org")["CertificateArn"]
    with pytest.raises(ProviderError, match="may not be exported"):
        store().read(arn)


def test_a_missing_certificate_is_a_plain_error(aws: Any) -> None:  # noqa: ARG001 - is empty
    """It is never NoSecret."""
    with pytest.raises(ProviderError) as caught:
        store().read(ARN)
    assert not isinstance(caught.value, NoSecret)


def test_an_empty_key_is_an_error(stub: AwsStub) -> None:
    """Nothing is asked."""
    with pytest.raises(ProviderError, match=r"remoteRef\.key"):
        store().read("")
    assert stub.requests == []


@pytest.mark.parametrize(
    ("exported", "value"),
    [
        ({"Certificate": "L\r\n\n", "CertificateChain": "C\n"}, "L\nC\n"),
        ({"Certificate": "L"}, "L\n"),
        (
            {"Certificate": "L", "PrivateKey": "-----BEGIN PRIVATE KEY-----\nk\n-----END-----\n"},
            "L\n-----BEGIN PRIVATE KEY-----\nk\n-----END-----\n",
        ),
    ],
)
def test_the_parts_that_aws_gave(stub: AwsStub, exported: dict[str, str], value: str) -> None:
    """Each without trailing line breaks, joined by one, and one at the end; no part is made up."""
    stub.tell("ExportCertificate", said(**exported))
    assert store().read(ARN).value("").reveal().decode() == value


@pytest.mark.parametrize(
    "exported",
    [
        {},
        {"Certificate": "\n"},
        {"Certificate": "L", "PrivateKey": "-----BEGIN RSA PRIVATE KEY-----\nk\n"},
        {"Certificate": "L", "PrivateKey": "-----BEGIN ENCRYPTED PRIVATE KEY-----\nk\n"},
    ],
)
def test_answers_that_cannot_be_read(stub: AwsStub, exported: dict[str, str]) -> None:
    """Nothing at all, and keys of another kind."""
    stub.tell("ExportCertificate", said(**exported))
    with pytest.raises(BadAnswer):
        store().read(ARN)


def test_the_key_is_decrypted_with_the_passphrase_that_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new one of 32 letters and digits each time."""
    key = ec.generate_private_key(ec.SECP256R1())
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    phrases: list[bytes] = []

    class Exporting(AwsStub):
        def answer(self, request: Request) -> Response:
            if not request.headers["x-amz-target"].endswith("ExportCertificate"):
                return super().answer(request)
            phrases.append(b64decode(request.json()["Passphrase"]))
            kind = BestAvailableEncryption(phrases[-1])
            sealed = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, kind).decode()
            return said(Certificate="L", PrivateKey=sealed)

    with aws_stub(Exporting()) as stub:
        stub.tell("GetCertificate", said(Certificate="C"))
        stub.tell("DescribeCertificate", EXPORTABLE)
        monkeypatch.setenv("AWS_ACM_ENDPOINT", stub.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        for _ in range(2):
            assert store().read(ARN).value("").reveal() == b"L\n" + plain
    assert all(len(phrase) == 32 and phrase.isalnum() for phrase in phrases)
    assert len(set(phrases)) == 2


def test_a_denial_names_what_is_needed(stub: AwsStub) -> None:
    """The operation that AWS denied."""
    stub.tell("ExportCertificate", refusal("AccessDeniedException"))
    with pytest.raises(AccessDenied) as caught:
        store().read(ARN)
    assert caught.value.hint == "allow acm:ExportCertificate"


def test_only_data_entries_work(stub: AwsStub) -> None:
    """Extract is refused, and find, batches and metadata are not offered."""
    stub.tell("ExportCertificate", said(Certificate="L"))
    opened = store()
    with pytest.raises(Unsupported):
        opened.read(ARN).members("")
    assert not isinstance(opened, Finds | ReadsMany | ReadsMetadata)
