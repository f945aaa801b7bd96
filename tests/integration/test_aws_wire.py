"""The stub speaks AWS's wire protocol: AWS's own client understands it. Facts are AWS's API's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.fakes.aws_wire import REQUEST_ID, AwsStub, aws_stub, refusal, said, sts_keys, sts_refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration


@pytest.fixture
def stub() -> Iterator[AwsStub]:
    """A stub that was told nothing yet."""
    with aws_stub() as running:
        yield running


def client(service: str, stub: AwsStub) -> Any:
    """Return AWS's own client, which talks to the stub and asks once."""
    return boto3.client(
        service,
        region_name="eu-central-1",
        endpoint_url=stub.url,
        aws_access_key_id="AKIA",
        aws_secret_access_key="secret",
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )


def test_a_batch_lists_what_it_could_not_read(stub: AwsStub) -> None:
    """BatchGetSecretValue answers in part, and lists the others under Errors."""
    stub.tell(
        "BatchGetSecretValue",
        said(
            SecretValues=[{"ARN": "arn:x-AbCdEf", "Name": "a", "SecretString": "text"}],
            Errors=[{"SecretId": "b", "ErrorCode": "DecryptionFailure", "Message": "no"}],
        ),
    )
    answer = client("secretsmanager", stub).batch_get_secret_value(SecretIdList=["a", "b"])
    assert answer["SecretValues"][0]["SecretString"] == "text"
    assert answer["Errors"][0]["ErrorCode"] == "DecryptionFailure"
    assert stub.asked("BatchGetSecretValue") == [{"SecretIdList": ["a", "b"]}]


def test_binary_values_are_base64_on_the_wire(stub: AwsStub) -> None:
    """The client decodes a blob."""
    stub.tell("GetSecretValue", said(Name="a", SecretBinary="AP8="))
    assert (
        client("secretsmanager", stub).get_secret_value(SecretId="a")["SecretBinary"] == b"\0\xff"
    )


@pytest.mark.parametrize("service", ["secretsmanager", "ssm", "acm"])
def test_refusals_are_understood(stub: AwsStub, service: str) -> None:
    """Code, message, status and request id arrive."""
    operations = {
        "secretsmanager": ("GetSecretValue", "get_secret_value", {"SecretId": "a"}),
        "ssm": ("GetParameter", "get_parameter", {"Name": "a"}),
        "acm": ("GetCertificate", "get_certificate", {"CertificateArn": "a" * 20}),
    }
    operation, method, parameters = operations[service]
    stub.tell(operation, refusal("AccessDeniedException", "because"))
    with pytest.raises(ClientError) as caught:
        getattr(client(service, stub), method)(**parameters)
    assert caught.value.response["Error"] == {"Code": "AccessDeniedException", "Message": "because"}
    assert caught.value.response["ResponseMetadata"]["RequestId"] == REQUEST_ID


def test_sts_speaks_xml(stub: AwsStub) -> None:
    """Keys and refusals of STS are understood, and what was asked is kept."""
    stub.tell("AssumeRole", sts_keys("AssumeRole"), sts_refusal("AccessDenied"))
    sts = client("sts", stub)
    role = {"RoleArn": "arn:aws:iam::1:role/abcdefgh", "RoleSessionName": "me"}
    assert sts.assume_role(**role)["Credentials"]["AccessKeyId"] == "ASIA"
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(**role)
    assert stub.asked("AssumeRole")[0]["RoleSessionName"] == "me"
