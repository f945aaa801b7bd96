"""AWS's three services on moto, and their faults on a stub that speaks AWS's wire protocol."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from esync.identity.references import StoreAccess
from esync.manifests.store import RetrySettings
from esync.providers.aws import Aws
from tests.contract.case import ODDITIES, Ability, Case, Fault
from tests.fakes.aws_wire import aws_stub, refusal
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.web import Response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.providers.contract import Provider
    from tests.servers.moto import MotoServer

REGION = "eu-central-1"
FAULTS = {
    Fault.DENIED: refusal("AccessDeniedException", "hunter2"),
    Fault.THROTTLED: refusal("ThrottlingException", "hunter2"),
    Fault.MALFORMED: Response(200, "hunter2 {", {"Content-Type": "application/x-amz-json-1.1"}),
}
OPERATIONS = ("GetSecretValue", "GetParameter", "GetCertificate")
MOST = frozenset(Ability) - ODDITIES - {Ability.BINARY, Ability.EMPTY}


class AwsCase:
    """What the services have in common."""

    proven_on = "moto server"
    abilities = MOST
    faults = frozenset(Fault)
    longest = 65_536
    tags_at = ""
    separator = "/"
    service = ""
    client = ""

    def __init__(self, server: MotoServer) -> None:
        server.reset()
        self._server = server
        self.aws: Any = boto3.client(
            self.client,
            region_name=REGION,
            endpoint_url=server.url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def open(self) -> Provider:
        """Return the provider on moto."""
        return self._open(self._server.url)

    def name(self, short: str) -> str:
        """Every name is taken."""
        return short

    @contextmanager
    def broken(self, fault: Fault) -> Iterator[Provider]:
        """Give the provider on a stub, or on a port where nobody listens."""
        if fault is Fault.UNREACHABLE:
            yield self._open("http://127.0.0.1:9")
            return
        with aws_stub() as stub:
            for operation in OPERATIONS:
                stub.tell(operation, FAULTS[fault])
            yield self._open(stub.url)

    def _open(self, url: str) -> Provider:
        settings = {"service": self.service, "region": REGION, "auth": {"secretRef": {
            "accessKeyIDSecretRef": {"name": "aws", "key": "id"},
            "secretAccessKeySecretRef": {"name": "aws", "key": "key"},
        }}}  # fmt: skip
        cluster = MemoryCredentials()
        cluster.add_secret("aws", {"id": "testing", "key": "testing"})
        store = make_store("aws", settings, retry=RetrySettings(max_retries=1))
        environ = os.environ | {
            "AWS_SECRETSMANAGER_ENDPOINT": url,
            "AWS_SSM_ENDPOINT": url,
            "AWS_ACM_ENDPOINT": url,
        }
        return Aws.open(store, StoreAccess(store, "orders", cluster, environ=environ))


def _pairs(tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]


class SecretsManagerCase(AwsCase):
    """Secrets Manager; text where the value is text, else bytes."""

    service = "SecretsManager"
    client = "secretsmanager"
    abilities = MOST | {Ability.BINARY}

    def put(self, name: str, value: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Create a secret, or a new version of one."""
        try:
            content: dict[str, Any] = {"SecretString": value.decode()}
        except UnicodeDecodeError:
            content = {"SecretBinary": value}
        try:
            self.aws.create_secret(Name=name, Tags=_pairs(tags), **content)
        except self.aws.exceptions.ResourceExistsException:
            self.aws.put_secret_value(SecretId=name, **content)
        return name

    def version(self, name: str, number: int) -> str:  # noqa: ARG002 - the case's contract
        """The stages that AWS gives the last two."""
        return "AWSPREVIOUS" if number == 1 else "AWSCURRENT"


class ParameterStoreCase(AwsCase):
    """Parameter Store; its standard tier takes 4 KiB, its advanced one 8."""

    service = "ParameterStore"
    client = "ssm"
    longest = 4_096

    def name(self, short: str) -> str:
        """Paths begin with a slash."""
        return f"/{short}"

    def put(self, name: str, value: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Put a parameter, decrypted when it is read."""
        self.aws.put_parameter(Name=name, Value=value.decode(), Type="SecureString", Overwrite=True)
        if tags:
            self.aws.add_tags_to_resource(
                ResourceType="Parameter", ResourceId=name, Tags=_pairs(tags)
            )
        return name

    def version(self, name: str, number: int) -> str:  # noqa: ARG002 - the case's contract
        """Its number."""
        return str(number)


class CertificateManagerCase(AwsCase):
    """Certificate Manager makes its values itself."""

    service = "CertificateManager"
    client = "acm"
    abilities: frozenset[Ability] = frozenset()
    longest = 0

    def put(self, name: str, value: bytes, tags: Mapping[str, str] | None = None) -> str:  # noqa: ARG002
        """Request an exportable certificate."""
        answer = self.aws.request_certificate(
            DomainName="example.org", Options={"Export": "ENABLED"}
        )
        return str(answer["CertificateArn"])

    def version(self, name: str, number: int) -> str:
        """Refuse: it has no versions."""
        raise AssertionError((name, number))


def _on_moto(request: pytest.FixtureRequest, kind: type[AwsCase]) -> Iterator[Case]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        made: Any = kind(request.getfixturevalue("moto_server"))
        yield made


def secrets_manager(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Yield an empty Secrets Manager."""
    yield from _on_moto(request, SecretsManagerCase)


def parameter_store(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Yield an empty Parameter Store."""
    yield from _on_moto(request, ParameterStoreCase)


def certificate_manager(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Yield an empty Certificate Manager."""
    yield from _on_moto(request, CertificateManagerCase)
