"""Secrets Manager: what is asked, what is found, and what an answer means.

Facts are the operator's. Moto plays AWS, and a stub says what moto never does.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from esync.errors import EsyncError
from esync.identity.references import StoreAccess
from esync.manifests.externalsecret import Find, FindName
from esync.manifests.store import RetrySettings
from esync.providers.aws import Aws
from esync.providers.aws.calls import NoIdentity
from esync.providers.aws.secrets_manager import SecretsManager
from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    Busy,
    NoSecret,
    ProviderError,
    ReadsMany,
    Throttled,
    Unavailable,
    Unsupported,
)
from esync.providers.names import BadPattern
from tests.fakes.aws_wire import REQUEST_ID, AwsStub, aws_stub, refusal, said
from tests.fakes.stores import MemoryCredentials, make_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.payload.payload import Payload
    from esync.secret import SecretValue
    from tests.servers.moto import MotoServer

pytestmark = pytest.mark.integration

REGION = "eu-central-1"
ONCE = RetrySettings(max_retries=1)
VERSION = "11111111-1111-1111-1111-111111111111"


@pytest.fixture
def aws(moto_server: MotoServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty Secrets Manager, as AWS's own client sees it."""
    moto_server.reset()
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    return boto3.client("secretsmanager", region_name=REGION)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsStub]:
    """A stub in its place, and a process that has keys."""
    with aws_stub() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield running


def store(**settings: Any) -> SecretsManager:
    """Open the store with the identity of the process."""
    made = make_store("aws", {"service": "SecretsManager", "region": REGION} | settings, retry=ONCE)
    opened = Aws.open(made, StoreAccess(made, "orders", MemoryCredentials(), environ=os.environ))
    assert isinstance(opened, SecretsManager)
    return opened


def text(payload: Payload, property: str = "") -> str:  # noqa: A002 - the manifest's word
    """Return what a payload holds, as text."""
    return payload.value(property).reveal().decode()


def texts(values: Mapping[str, SecretValue]) -> dict[str, str]:
    """Return values as text."""
    return {key: value.reveal().decode() for key, value in values.items()}


def test_versions_and_stages(aws: Any) -> None:
    """Empty is AWSCURRENT; ``uuid/`` is an id; anything else is a stage, also a number."""
    first = aws.create_secret(Name="a", SecretString="one", ClientRequestToken=VERSION)
    aws.put_secret_value(SecretId="a", SecretString="two", VersionStages=["AWSCURRENT", "1234"])
    reads = {version: text(store().read("a", version)) for version in ("", "AWSPREVIOUS", "1234")}
    assert reads == {"": "two", "AWSPREVIOUS": "one", "1234": "two"}
    assert text(store().read("a", f"uuid/{first['VersionId']}")) == "one"
    assert text(store().read(first["ARN"])) == "two"


@pytest.mark.parametrize(
    ("version", "parameters"),
    [
        ("", {"VersionStage": "AWSCURRENT"}),
        ("AWSPREVIOUS", {"VersionStage": "AWSPREVIOUS"}),
        ("latest", {"VersionStage": "latest"}),
        ("uuid/short", {"VersionId": "short"}),
        ("UUID/x", {"VersionStage": "UUID/x"}),
        ("uuid/", {"VersionId": ""}),
    ],
)
def test_a_version_is_a_stage_or_an_id_and_never_both(
    stub: AwsStub, version: str, parameters: dict[str, str]
) -> None:
    """AWS is asked whatever is written, and judges it itself."""
    stub.tell("GetSecretValue", said(Name="a", SecretString="x"))
    store(prefix="prod/").read("a", version)
    assert stub.asked("GetSecretValue") == [{"SecretId": "prod/a", **parameters}]


@pytest.mark.parametrize("version", ["", "uuid/" + "0" * 32, "nostage"])
def test_what_there_is_not(aws: Any, version: str) -> None:
    """A missing secret, version, stage or value is NoSecret."""
    aws.create_secret(Name="there", SecretString="x")
    aws.create_secret(Name="empty")
    keys = ["nowhere", "empty"] if not version else ["there"]
    for key in keys:
        with pytest.raises(NoSecret) as caught:
            store().read(key, version)
        assert f'secret "{key}"' in caught.value.message


@pytest.mark.parametrize(
    ("code", "message", "error"),
    [
        ("ResourceNotFoundException", "", NoSecret),
        (
            "InvalidParameterException",
            "... because it was marked for deletion",
            NoSecret,
        ),
        ("InvalidParameterException", "other", ProviderError),
        (
            "InvalidRequestException",
            "... because it was marked for deletion.",
            ProviderError,
        ),
        ("AccessDeniedException", "", AccessDenied),
        ("DecryptionFailure", "", AccessDenied),
        ("ThrottlingException", "", Throttled),
        ("InternalServiceError", "", Busy),
    ],
)
def test_refusals(stub: AwsStub, code: str, message: str, error: type[ProviderError]) -> None:
    """Each code has its class; code, operation and request id are told, the message never."""
    stub.tell("GetSecretValue", refusal(code, f"hunter2 {message}"))
    with pytest.raises(ProviderError) as caught:
        store().read("a")
    assert type(caught.value) is error
    assert f"{code}, GetSecretValue, request {REQUEST_ID}" in caught.value.message
    assert 'secret "a"' in caught.value.message
    assert "hunter2" not in str(caught.value) + caught.value.hint
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_secret_that_is_being_deleted_is_a_plain_error(aws: Any) -> None:
    """So deletionPolicy does not act on what can still come back; the hint says what it is."""
    aws.create_secret(Name="a", SecretString="x")
    aws.delete_secret(SecretId="a")
    with pytest.raises(ProviderError) as caught:
        store().read("a")
    assert not isinstance(caught.value, NoSecret)
    assert caught.value.hint == "it is marked for deletion"


def test_the_time_that_aws_asks_to_wait(stub: AwsStub) -> None:
    """It is handed on, for whoever asks next."""
    slow = refusal("ThrottlingException", headers={"Retry-After": "9"})
    stub.tell("GetSecretValue", slow)
    with pytest.raises(Throttled) as caught:
        store().read("a")
    assert caught.value.retry_after == 9.0


@pytest.mark.parametrize("answer", [{}, {"Name": "a"}, {"SecretString": None}])
def test_an_answer_without_value(stub: AwsStub, answer: dict[str, Any]) -> None:
    """Neither text nor bytes is an error of its own."""
    stub.tell("GetSecretValue", said(**answer))
    with pytest.raises(BadAnswer):
        store().read("a")


def test_without_identity_the_error_says_so(stub: AwsStub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(NoIdentity):
        store().read("a")
    assert stub.requests == []


def test_nobody_there(monkeypatch: pytest.MonkeyPatch, stub: AwsStub) -> None:
    """A port where nobody listens is unavailable."""
    monkeypatch.setenv("AWS_SECRETSMANAGER_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="EndpointConnectionError"):
        store().read("a")
    assert stub.requests == []


def test_text_and_bytes(aws: Any) -> None:
    """Bytes arrive as they are, text as UTF-8."""
    aws.create_secret(Name="binary", SecretBinary=b"\0\xff{}")
    aws.create_secret(Name="text", SecretString="päss\n")
    assert store().read("binary").value("").reveal() == b"\0\xff{}"
    assert store().read("text").value("").reveal() == "päss\n".encode()


def test_whole_the_text_counts_and_inside_the_bytes(stub: AwsStub) -> None:
    """AWS never gives both; if it did, the operator would choose so."""
    stub.tell("GetSecretValue", said(SecretString='{"a":"text"}', SecretBinary="eyJhIjoiYmluIn0="))
    payload = store().read("a")
    assert text(payload) == '{"a":"text"}'
    assert text(payload, "a") == "bin"


def test_an_empty_text_is_a_value(stub: AwsStub) -> None:
    """Whoever stored nothing gets nothing."""
    stub.tell("GetSecretValue", said(SecretString=""))
    assert text(store().read("a")) == ""


def test_half_a_surrogate_pair_becomes_a_replacement(stub: AwsStub) -> None:
    """Go's decoder does so; Python's would hand on what UTF-8 cannot write."""
    stub.tell("GetSecretValue", said(SecretString="a\ud800b\U0001f600"))
    assert text(store().read("a")) == "a\ufffdb\U0001f600"


def test_properties_and_members(aws: Any) -> None:
    """A key with literal dots wins over the way into an object."""
    aws.create_secret(
        Name="db", SecretString='{"a.b": "literal", "a": {"b": "nested", "c": "x"}, "n": 1.0}'
    )
    payload = store().read("db")
    assert text(payload, "a.b") == "literal"
    assert text(payload, "a.c") == "x"
    assert texts(payload.members("a")) == {"b": "nested", "c": "x"}
    assert texts(payload.members(""))["n"] == "1.0"


def test_metadata_is_the_tags(aws: Any) -> None:
    """Sorted, compact, escaped as Go does; a property is one tag; the version plays no part."""
    tags = [{"Key": "z", "Value": "<&>"}, {"Key": "a.b", "Value": "1"}]
    aws.create_secret(Name="p/tagged", SecretString="x", Tags=tags)
    aws.create_secret(Name="p/bare", SecretString="x")
    opened = store(prefix="p/")
    payload = opened.read_metadata("tagged", "AWSPREVIOUS")
    assert text(payload) == '{"a.b":"1","z":"\\u003c\\u0026\\u003e"}'
    assert (text(payload, "a.b"), text(payload, "z")) == ("1", "<&>")
    assert text(opened.read_metadata("bare")) == "{}"


def test_metadata_of_nothing_is_a_plain_error(aws: Any) -> None:  # noqa: ARG001 - is empty
    """It never counts as missing."""
    with pytest.raises(ProviderError) as caught:
        store().read_metadata("nowhere")
    assert not isinstance(caught.value, NoSecret)


@pytest.mark.parametrize(
    ("key", "version", "can"),
    [
        ("a", "", True),
        ("a", "AWSCURRENT", True),
        ("a", "AWSPREVIOUS", False),
        ("a", "uuid/x", False),
        ("", "", False),
    ],
)
def test_only_current_versions_are_asked_together(key: str, version: str, can: bool) -> None:  # noqa: FBT001
    """The batch call knows no versions."""
    opened = SecretsManager(None)
    assert isinstance(opened, ReadsMany)
    assert opened.can_batch(key, version) is can


def test_many_are_read_by_one_call(stub: AwsStub) -> None:
    """Names, ARNs and ARNs without suffix are told apart by what AWS answers; duplicates too."""
    arn = "arn:aws:secretsmanager:eu-central-1:1:secret:two-AbCdEf"
    stub.tell(
        "BatchGetSecretValue",
        said(
            SecretValues=[
                {"Name": "one", "ARN": "arn:aws:x:one-GhIjKl", "SecretString": "1"},
                {"Name": "two", "ARN": arn, "SecretBinary": "Mg=="},
            ]
        ),
    )
    wanted = [("one", ""), ("one", "AWSCURRENT"), ("two", ""), (arn, ""), (arn[:-7], "")]
    found = store().read_many(wanted)
    assert {ask: text(one) for ask, one in found.items() if not isinstance(one, EsyncError)} == {
        ("one", ""): "1",
        ("one", "AWSCURRENT"): "1",
        ("two", ""): "2",
        (arn, ""): "2",
        (arn[:-7], ""): "2",
    }
    (asked,) = stub.asked("BatchGetSecretValue")
    assert sorted(asked["SecretIdList"]) == sorted(["one", "two", arn, arn[:-7]])


def test_what_a_batch_could_not_read(stub: AwsStub) -> None:
    """Missing is told; for other codes the secret is asked alone, which tells more."""
    stub.tell(
        "BatchGetSecretValue",
        said(
            SecretValues=[{"Name": "p/a", "ARN": "arn-x", "SecretString": "1"}, {"Name": "p/no"}],
            Errors=[
                {"SecretId": "p/b", "ErrorCode": "ResourceNotFoundException", "Message": "m"},
                {"SecretId": "p/c", "ErrorCode": "AccessDeniedException", "Message": "m"},
                {"SecretId": "p/z", "ErrorCode": "ResourceNotFoundException", "Message": "m"},
            ],
        ),
    )
    found = store(prefix="p/").read_many([("a", ""), ("b", ""), ("c", ""), ("no", "")])
    assert set(found) == {("a", ""), ("b", "")}
    assert isinstance(found["b", ""], NoSecret)


def test_a_batch_that_is_not_permitted(stub: AwsStub) -> None:
    """Whoever may read single secrets only is told, and reads them singly."""
    stub.tell("BatchGetSecretValue", refusal("AccessDeniedException"))
    with pytest.raises(AccessDenied) as caught:
        store().read_many([("a", ""), ("b", "")])
    assert "BatchGetSecretValue" in caught.value.hint


def test_a_batch_that_one_member_spoils(stub: AwsStub) -> None:
    """AWS's other refusals leave everything to be asked alone."""
    stub.tell("BatchGetSecretValue", refusal("InvalidRequestException"))
    assert store().read_many([("a", ""), ("b", "")]) == {}
    stub.tell("BatchGetSecretValue", refusal("ThrottlingException"))
    with pytest.raises(Throttled):
        store().read_many([("a", ""), ("b", "")])


def test_moto_reads_a_batch_of_twenty(aws: Any) -> None:
    """What is there is found; what is not is left to be asked alone or told."""
    for number in range(19):
        aws.create_secret(Name=f"s{number}", SecretString=str(number))
    wanted = [(f"s{number}", "") for number in range(20)]
    found = store().read_many(wanted)
    assert {ask[0]: text(one) for ask, one in found.items() if not isinstance(one, EsyncError)} == {
        f"s{number}": str(number) for number in range(19)
    }
    assert found.get(("s19", "")) is None or isinstance(found["s19", ""], NoSecret)


def tagged(aws: Any, name: str, **tags: str) -> None:
    """Create a secret whose value is its name."""
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    aws.create_secret(Name=name, SecretString=name, Tags=pairs)


@pytest.fixture
def shelf(aws: Any) -> Any:
    """Secrets to look for."""
    tagged(aws, "prod/db/user", env="prod", team="a")
    tagged(aws, "prod/mail", env="prod")
    tagged(aws, "dev/db/user", env="dev", team="a")
    return aws


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Find(name=FindName("db")), ["dev/db/user", "prod/db/user"]),
        (Find(name=FindName("^prod/")), ["prod/db/user", "prod/mail"]),
        (Find(name=FindName()), ["dev/db/user", "prod/db/user", "prod/mail"]),
        (Find(name=FindName("nothing")), []),
        (Find(name=FindName("db"), tags={"env": "prod"}), ["prod/db/user"]),
        (Find(name=FindName("db"), path="prod/"), ["prod/db/user"]),
        (Find(name=FindName("db"), path="prod/", tags={}), ["prod/db/user"]),
        (Find(name=FindName("user"), path="dev", tags={"team": "a"}), ["dev/db/user"]),
        (Find(tags={"env": "prod"}), ["prod/db/user", "prod/mail"]),
        (Find(tags={"env": "prod", "team": "a"}), ["prod/db/user"]),
        (Find(tags={"team": "a"}, path="dev"), ["dev/db/user"]),
    ],
)
def test_find(shelf: Any, wanted: Find, names: list[str]) -> None:  # noqa: ARG001 - is filled
    """By name, tags and path in every combination; keys are full names, without the prefix."""
    found = texts(store(prefix="ignored/").find(wanted))
    assert found == {name: name for name in names}


@pytest.mark.parametrize(
    "wanted", [Find(), Find(path="prod"), Find(tags={}), Find(tags={}, path="p")]
)
def test_find_needs_a_name_or_a_tag(wanted: Find) -> None:
    """A path alone is not enough, and no tags are none."""
    with pytest.raises(Unsupported):
        SecretsManager(None).find(wanted)


def test_find_reads_expressions_as_go_does() -> None:
    """A bad one is told before anything is asked."""
    with pytest.raises(BadPattern):
        SecretsManager(None).find(Find(name=FindName("(")))


def test_find_asks_for_key_and_value_of_a_tag_apart(stub: AwsStub) -> None:
    """AWS matches them apart, by prefix, and nobody checks afterwards: as the operator."""
    stub.tell("BatchGetSecretValue", said(SecretValues=[]))
    store().find(Find(tags={"env": "prod", "team": "a"}, path="/x"))
    assert stub.asked("BatchGetSecretValue") == [
        {
            "Filters": [
                {"Key": "name", "Values": ["/x"]},
                {"Key": "tag-key", "Values": ["env"]},
                {"Key": "tag-value", "Values": ["prod"]},
                {"Key": "tag-key", "Values": ["team"]},
                {"Key": "tag-value", "Values": ["a"]},
            ]
        }
    ]


def test_find_by_filters_leaves_out_what_may_not_be_read(stub: AwsStub) -> None:
    """Errors and empty entries are silently absent, bytes win over text, pages are followed."""
    stub.tell(
        "BatchGetSecretValue",
        said(
            SecretValues=[{"Name": "a", "SecretString": "1", "SecretBinary": "Mg=="}],
            Errors=[{"SecretId": "x", "ErrorCode": "AccessDeniedException"}],
            NextToken="more",
        ),
        said(SecretValues=[{"Name": "b", "SecretString": "3"}, {"Name": "c"}]),
    )
    assert texts(store().find(Find(tags={"t": "v"}))) == {"a": "2", "b": "3"}
    assert [asked.get("NextToken") for asked in stub.asked("BatchGetSecretValue")] == [None, "more"]


def test_find_by_name_reads_what_was_listed_together(stub: AwsStub) -> None:
    """One list and one batch; what the batch leaves open is read alone."""
    stub.tell(
        "ListSecrets",
        said(SecretList=[{"Name": "a"}, {"Name": "x"}], NextToken="more"),
        said(SecretList=[{"Name": "ab"}]),
    )
    stub.tell(
        "BatchGetSecretValue", said(SecretValues=[{"Name": "a", "ARN": "n", "SecretString": "1"}])
    )
    stub.tell("GetSecretValue", said(Name="ab", SecretString="2"))
    assert texts(store(prefix="p/").find(Find(name=FindName("^a")))) == {"a": "1", "ab": "2"}
    assert stub.asked("GetSecretValue") == [{"SecretId": "ab", "VersionStage": "AWSCURRENT"}]
    assert [one.operation for one in stub.requests] == [
        "ListSecrets", "ListSecrets", "BatchGetSecretValue", "GetSecretValue",
    ]  # fmt: skip


def test_find_works_without_permission_for_batches(stub: AwsStub) -> None:
    """Then each is read alone, as the operator does."""
    stub.tell("ListSecrets", said(SecretList=[{"Name": "a"}, {"Name": "b"}]))
    stub.tell("BatchGetSecretValue", refusal("AccessDeniedException"))
    stub.tell("GetSecretValue", said(SecretString="1"), said(SecretString="2"))
    assert texts(store().find(Find(name=FindName()))) == {"a": "1", "b": "2"}


def test_a_secret_that_goes_away_during_find_ends_it(stub: AwsStub) -> None:
    """The whole search is NoSecret then, as with the operator."""
    stub.tell("ListSecrets", said(SecretList=[{"Name": "a"}, {"Name": "b"}]))
    stub.tell(
        "BatchGetSecretValue",
        said(
            SecretValues=[{"Name": "a", "ARN": "n", "SecretString": "1"}],
            Errors=[{"SecretId": "b", "ErrorCode": "ResourceNotFoundException"}],
        ),
    )
    with pytest.raises(NoSecret):
        store().find(Find(name=FindName()))


def test_a_list_that_never_ends(stub: AwsStub) -> None:
    """A server that gives the same page again and again is told, not followed."""
    stub.tell("ListSecrets", said(SecretList=[], NextToken="again"))
    with pytest.raises(BadAnswer):
        store().find(Find(name=FindName()))
    assert len(stub.requests) == 2
