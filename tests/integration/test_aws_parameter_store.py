"""Parameter Store: what is asked, what is found, and what an answer means.

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
from esync.providers.aws.parameter_store import ParameterStore
from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    NoSecret,
    ProviderError,
    Throttled,
    Unsupported,
)
from tests.fakes.aws_wire import AwsStub, aws_stub, refusal, said
from tests.fakes.stores import MemoryCredentials, make_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.payload.payload import Payload
    from esync.secret import SecretValue
    from tests.servers.moto import MotoServer

pytestmark = pytest.mark.integration

REGION = "eu-central-1"


@pytest.fixture
def aws(moto_server: MotoServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty Parameter Store, as AWS's own client sees it."""
    moto_server.reset()
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    return boto3.client("ssm", region_name=REGION)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsStub]:
    """A stub in its place, reached by the operator's variable."""
    with aws_stub() as running:
        monkeypatch.setenv("AWS_SSM_ENDPOINT", running.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield running


def store(**settings: Any) -> ParameterStore:
    """Open the store with the identity of the process."""
    basic = {"service": "ParameterStore", "region": REGION}
    made = make_store("aws", basic | settings, retry=RetrySettings(max_retries=1))
    opened = Aws.open(made, StoreAccess(made, "orders", MemoryCredentials(), environ=os.environ))
    assert isinstance(opened, ParameterStore)
    return opened


def text(payload: Payload, property: str = "") -> str:  # noqa: A002 - the manifest's word
    """Return what a payload holds, as text."""
    return payload.value(property).reveal().decode()


def texts(values: Mapping[str, SecretValue]) -> dict[str, str]:
    """Return values as text."""
    return {key: value.reveal().decode() for key, value in values.items()}


def put(aws: Any, name: str, value: str, kind: str = "String", **tags: str) -> None:
    """Create a parameter, or a new version of one."""
    aws.put_parameter(Name=name, Value=value, Type=kind, Overwrite=True)
    if tags:
        pairs = [{"Key": key, "Value": one} for key, one in tags.items()]
        aws.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=pairs)


def test_every_type_is_text(aws: Any) -> None:
    """SecureString is decrypted, StringList stays one text with commas."""
    for kind, value in (("String", "ä"), ("SecureString", "s3cret"), ("StringList", "a,b")):
        put(aws, f"/{kind}", value, kind)
        assert text(store().read(f"/{kind}")) == value


def test_versions_and_labels(aws: Any) -> None:
    """Either is a suffix of the name, as AWS has it."""
    put(aws, "/a", "one")
    put(aws, "/a", "two")
    aws.label_parameter_version(Name="/a", ParameterVersion=1, Labels=["old"])
    reads = {version: text(store().read("/a", version)) for version in ("", "1", "2", "old")}
    assert reads == {"": "two", "1": "one", "2": "two", "old": "one"}


def test_what_is_asked(stub: AwsStub) -> None:
    """The prefix comes before the key, without anything between, and the version after it."""
    stub.tell("GetParameter", said(Parameter={"Name": "/p/a", "Value": "x"}))
    store(prefix="/p/").read("a", "uuid/1")
    assert stub.asked("GetParameter") == [{"Name": "/p/a:uuid/1", "WithDecryption": True}]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ParameterNotFound", NoSecret),
        ("ParameterVersionNotFound", ProviderError),
        ("ValidationException", ProviderError),
        ("AccessDeniedException", AccessDenied),
        ("ThrottlingException", Throttled),
    ],
)
def test_refusals(stub: AwsStub, code: str, error: type[ProviderError]) -> None:
    """Only a missing parameter is NoSecret; a missing version is not."""
    stub.tell("GetParameter", refusal(code, "hunter2"))
    with pytest.raises(ProviderError) as caught:
        store().read("/a")
    assert type(caught.value) is error
    assert code in caught.value.message
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("answer", [{}, {"Parameter": {}}, {"Parameter": {"Name": "/a"}}])
def test_an_answer_without_value(stub: AwsStub, answer: dict[str, Any]) -> None:
    """It is told, and not taken for an empty parameter."""
    stub.tell("GetParameter", said(**answer))
    with pytest.raises(BadAnswer):
        store().read("/a")


def test_metadata_is_the_tags(aws: Any) -> None:
    """As JSON; a property is one tag."""
    put(aws, "/p/a", "x", team="a&b", owner="me")
    payload = store(prefix="/p/").read_metadata("a")
    assert text(payload) == '{"owner":"me","team":"a\\u0026b"}'
    assert text(payload, "team") == "a&b"


def test_metadata_of_nothing_is_a_plain_error(aws: Any) -> None:  # noqa: ARG001 - is empty
    """InvalidResourceId never counts as missing."""
    with pytest.raises(ProviderError) as caught:
        store().read_metadata("/nowhere")
    assert not isinstance(caught.value, NoSecret)


@pytest.mark.parametrize(
    ("key", "version", "can"),
    [
        ("/a", "", True),
        ("a", "1", False),
        ("arn:aws:ssm:x:1:parameter/a", "", False),
        ("", "", False),
    ],
)
def test_only_plain_names_are_asked_together(key: str, version: str, can: bool) -> None:  # noqa: FBT001
    """A batch may name each parameter once, whatever its version."""
    assert ParameterStore(None).can_batch(key, version) is can


def test_many_are_read_by_one_call(aws: Any) -> None:
    """Up to ten; what is missing is left to be asked alone."""
    for number in range(9):
        put(aws, f"/p/{number}", str(number), "SecureString")
    found = store(prefix="/p/").read_many([(str(number), "") for number in range(10)])
    assert {ask[0]: text(one) for ask, one in found.items() if not isinstance(one, EsyncError)} == {
        str(number): str(number) for number in range(9)
    }


def test_a_batch_that_fails(stub: AwsStub) -> None:
    """AWS denies all if one is denied; its other refusals leave each to be asked alone."""
    stub.tell("GetParameters", refusal("AccessDeniedException"))
    with pytest.raises(AccessDenied):
        store().read_many([("a", ""), ("b", "")])
    stub.tell("GetParameters", refusal("ValidationException"))
    assert store().read_many([("a", ""), ("b", "")]) == {}
    assert stub.asked("GetParameters")[0] == {"Names": ["a", "b"], "WithDecryption": True}


@pytest.fixture
def shelf(aws: Any) -> Any:
    """Parameters to look for, more than one page of them."""
    put(aws, "/prod/db/user", "u", env="prod")
    put(aws, "/prod/mail", "m", env="production")
    put(aws, "/dev/db/user", "d", "SecureString", env="prod", team="a")
    for number in range(12):
        put(aws, f"/many/{number}", str(number))
    return aws


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Find(name=FindName("db")), {"/prod/db/user": "u", "/dev/db/user": "d"}),
        (Find(name=FindName("db"), path="/prod"), {"/prod/db/user": "u"}),
        (Find(name=FindName("user$"), tags={"env": "none"}),
         {"/prod/db/user": "u", "/dev/db/user": "d"}),
        (Find(tags={"env": "prod"}), {"/prod/db/user": "u", "/dev/db/user": "d"}),
        (Find(tags={"env": "prod"}, path="/dev"), {"/dev/db/user": "d"}),
        (Find(tags={"env": "prod", "team": "a"}), {"/dev/db/user": "d"}),
        (Find(tags={}, path="/prod"), {"/prod/db/user": "u", "/prod/mail": "m"}),
        (Find(name=FindName("nothing")), {}),
    ],
)  # fmt: skip
def test_find(shelf: Any, wanted: Find, names: dict[str, str]) -> None:  # noqa: ARG001 - is filled
    """A name makes tags play no part; tags match exactly; keys are full names."""
    assert texts(store(prefix="/ignored").find(wanted)) == names


def test_find_follows_pages(shelf: Any) -> None:  # noqa: ARG001 - is filled
    """AWS gives ten at a time; empty tags find everything."""
    assert len(store().find(Find(name=FindName("^/many/")))) == 12
    assert len(store().find(Find(tags={}))) == 15


@pytest.mark.parametrize("wanted", [Find(), Find(path="/a")])
def test_find_needs_a_name_or_tags(wanted: Find) -> None:
    """A path alone is not enough."""
    with pytest.raises(Unsupported):
        ParameterStore(None).find(wanted)


def test_who_may_not_read_by_path_lists_and_reads_each(stub: AwsStub) -> None:
    """What was collected before is dropped; the search begins again with DescribeParameters."""
    stub.tell(
        "GetParametersByPath",
        said(Parameters=[{"Name": "/p/a", "Value": "dropped"}], NextToken="2"),
        refusal("AccessDeniedException"),
    )
    stub.tell("DescribeParameters", said(Parameters=[{"Name": "/p/a"}, {"Name": "/p/x"}]))
    stub.tell("GetParameter", said(Parameter={"Name": "/p/a", "Value": "1"}))
    assert texts(store().find(Find(name=FindName("a"), path="/p"))) == {"/p/a": "1"}
    assert stub.asked("GetParametersByPath")[0] == {
        "Path": "/p", "Recursive": True, "WithDecryption": True
    }  # fmt: skip
    assert stub.asked("DescribeParameters") == [
        {"ParameterFilters": [{"Key": "Path", "Option": "Recursive", "Values": ["/p"]}]}
    ]


def test_another_refusal_ends_the_search(stub: AwsStub) -> None:
    """Only a denial is worth a second way."""
    stub.tell("GetParametersByPath", refusal("ThrottlingException"))
    with pytest.raises(Throttled):
        store().find(Find(name=FindName()))
    assert stub.asked("GetParametersByPath")[0]["Path"] == "/"
    assert stub.asked("DescribeParameters") == []


def test_filters_of_a_search_by_tags(stub: AwsStub) -> None:
    """One exact filter for each tag, and the path."""
    stub.tell("DescribeParameters", said(Parameters=[]))
    store().find(Find(tags={"env": "prod"}, path="/p"))
    store().find(Find(tags={}))
    assert stub.asked("DescribeParameters") == [
        {
            "ParameterFilters": [
                {"Key": "tag:env", "Option": "Equals", "Values": ["prod"]},
                {"Key": "Path", "Option": "Recursive", "Values": ["/p"]},
            ]
        },
        {},
    ]


def test_a_parameter_that_goes_away_during_find_is_a_plain_error(stub: AwsStub) -> None:
    """It is no NoSecret, so that deletionPolicy never acts on half a search."""
    stub.tell("DescribeParameters", said(Parameters=[{"Name": "/a"}]))
    stub.tell("GetParameter", refusal("ParameterNotFound"))
    with pytest.raises(ProviderError) as caught:
        store().find(Find(tags={"env": "prod"}))
    assert not isinstance(caught.value, NoSecret)
    assert caught.value.__context__ is None
