"""Every way of signing in to AWS sends what the operator sends, and nothing before it is needed."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from esync.errors import EsyncError
from esync.identity.aws import (
    AwsIdentity,
    AwsService,
    Retries,
    Role,
    StaticKeys,
    WebIdentity,
    failure_of,
    sign_in,
)
from esync.identity.aws.sdk import NotReady
from esync.identity.aws.sign_in import NoKeys, NoRole
from esync.identity.hosts import BadUrl, PlainHttp, Rules
from esync.identity.job_tokens import NoJobToken
from esync.identity.references import AmbientRefused, BadReference, MissingReference, StoreAccess
from esync.manifests.externalsecret import StoreKind
from esync.manifests.store import SecretSelector, ServiceAccountSelector
from esync.providers.aws.calls import ask
from esync.providers.contract import BadAnswer
from tests.fakes.aws_wire import AwsStub, aws_stub, refusal, said, sts_keys, sts_refusal
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.servers.moto import MotoServer

pytestmark = pytest.mark.integration

REGION = "eu-central-1"
ROLE = "arn:aws:iam::123456789012:role/reader"
ACCOUNT = ServiceAccountSelector("robot", "", ("second",))
KEYS = StaticKeys(SecretSelector("aws", "", "id"), SecretSelector("aws", "", "secret"))
SETTINGS: dict[str, Any] = {"auth": {"secretRef": {}, "jwt": {}}}
NOW = 1_700_000_000 * 1_000_000_000


@pytest.fixture
def stub() -> Iterator[AwsStub]:
    """STS and Secrets Manager that answer every sign-in and read."""
    with aws_stub() as running:
        running.tell("AssumeRole", sts_keys("AssumeRole"))
        running.tell("AssumeRoleWithWebIdentity", sts_keys("AssumeRoleWithWebIdentity", key="WEB"))
        running.tell("GetSecretValue", said(Name="a", SecretString="text"))
        yield running


@pytest.fixture
def cluster() -> MemoryCredentials:
    """A cluster with an access key and an annotated service account."""
    made = MemoryCredentials()
    made.add_secret("aws", {"id": "AKIA", "secret": "s3cret", "token": "t0ken"})
    made.add_service_account("robot", {"eks.amazonaws.com/role-arn": ROLE})
    return made


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The environment of a process that knows nothing of AWS, and finds nothing around it."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "ACTIONS_", "ESYNC_"))]:
        monkeypatch.delenv(name)
    nothing = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }
    for name, value in nothing.items():
        monkeypatch.setenv(name, value)
    return nothing


def access(
    cluster: MemoryCredentials, stub: AwsStub | None, environ: Mapping[str, str], **more: Any
) -> StoreAccess:
    """Return the access of a store in ``orders`` whose endpoints are the stub's."""
    ours = (
        {
            "AWS_STS_ENDPOINT": stub.url,
            "AWS_SECRETSMANAGER_ENDPOINT": stub.url,
        }
        if stub
        else {}
    )
    kind = more.pop("kind", StoreKind.SECRET_STORE)
    store = make_store("aws", SETTINGS, kind=kind, trusted=more.pop("trusted", True))
    environ = {**environ, **ours}
    return StoreAccess(store, "orders", cluster, environ=environ, clock=lambda: NOW, **more)


def read(identity: AwsIdentity, allowed: StoreAccess, times: int = 1) -> None:
    """Sign in, and read a secret that often."""
    client = sign_in(identity, allowed).client(AwsService.SECRETS_MANAGER)
    for _ in range(times):
        client.get_secret_value(SecretId="a")


def signed_by(stub: AwsStub, operation: str) -> list[str]:
    """Return the access key id that signed each request for ``operation``."""
    return [
        match[1]
        for one in stub.requests
        if one.operation == operation
        and (match := re.search(r"Credential=(\w+)/", one.headers.get("authorization", "")))
    ]


def test_static_keys_are_read_when_the_first_request_is_signed(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """Two keys are two looks into the Secret, and no more for the second request."""
    client = sign_in(AwsIdentity(REGION, KEYS), access(cluster, stub, process)).client(
        AwsService.SECRETS_MANAGER
    )
    assert cluster.asked == []
    client.get_secret_value(SecretId="a")
    client.get_secret_value(SecretId="a")
    assert cluster.asked == [("Secret", "orders", "aws")] * 2
    assert signed_by(stub, "GetSecretValue") == ["AKIA", "AKIA"]


def test_a_session_token_goes_along(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """A third selector adds the token to the signature."""
    keys = StaticKeys(
        KEYS.access_key_id, KEYS.secret_access_key, SecretSelector("aws", "", "token")
    )
    read(AwsIdentity(REGION, keys), access(cluster, stub, process))
    assert stub.requests[0].headers["x-amz-security-token"] == "t0ken"


@pytest.mark.parametrize("value", ["AKIA\n", "", "AK IA", "ÄKIA", "a\r\nX-Evil: 1"])
def test_a_key_with_a_line_break_is_told_without_being_shown(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str], value: str
) -> None:
    """Sent as it is, it would end in a message of the SDK that quotes the header."""
    cluster.add_secret("aws", {"id": value, "secret": "s3cret"})
    with pytest.raises(BadReference) as caught:
        read(AwsIdentity(REGION, KEYS), access(cluster, stub, process))
    assert "accessKeyIDSecretRef" in caught.value.message
    assert not value or value not in str(caught.value)
    assert stub.requests == []


@pytest.mark.parametrize(
    ("lost", "named"), [("secret", "secretAccessKeySecretRef"), ("id", "accessKeyIDSecretRef")]
)
def test_a_missing_key_is_named(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str], lost: str, named: str
) -> None:
    """The error says which of the selectors failed; the secret access key is looked at first."""
    cluster.add_secret("aws", {"id": "AKIA", "secret": "s"} | {"other": "x"})
    data = cluster.objects["Secret", "orders", "aws"]["data"]
    del data[lost]
    with pytest.raises(MissingReference, match=named):
        read(AwsIdentity(REGION, KEYS), access(cluster, stub, process))


def test_a_service_account_becomes_a_role(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """One token request, one exchange: unsigned, without duration, under the operator's name."""
    read(AwsIdentity(REGION, WebIdentity(ACCOUNT)), access(cluster, stub, process), times=2)
    assert cluster.tokens == [("orders", "robot", ("sts.amazonaws.com", "second"), None)]
    (asked,) = stub.asked("AssumeRoleWithWebIdentity")
    assert asked == {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": ROLE,
        "RoleSessionName": "external-secrets-provider-aws",
        "WebIdentityToken": "token-orders-robot-1",
    }
    assert signed_by(stub, "AssumeRoleWithWebIdentity") == []
    assert signed_by(stub, "GetSecretValue") == ["WEB", "WEB"]


@pytest.mark.parametrize(
    ("annotation", "audience"), [("own.example.org", "own.example.org"), ("", "sts.amazonaws.com")]
)
def test_the_audience_of_the_annotation_comes_first(
    stub: AwsStub,
    cluster: MemoryCredentials,
    process: dict[str, str],
    annotation: str,
    audience: str,
) -> None:
    """It takes the default's place; the store's own audiences are added."""
    cluster.add_service_account(
        "robot",
        {"eks.amazonaws.com/role-arn": ROLE, "eks.amazonaws.com/audience": annotation},
    )
    read(AwsIdentity(REGION, WebIdentity(ACCOUNT)), access(cluster, stub, process))
    assert cluster.tokens[0][2] == (audience, "second")


def test_the_namespace_of_a_service_account_counts_for_cluster_stores_only(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """The published example: a ClusterSecretStore whose service account is elsewhere."""
    cluster.add_service_account("robot", {"eks.amazonaws.com/role-arn": ROLE}, "external-secrets")
    account = ServiceAccountSelector("robot", "external-secrets")
    allowed = access(cluster, stub, process, kind=StoreKind.CLUSTER_SECRET_STORE)
    read(AwsIdentity(REGION, WebIdentity(account)), allowed)
    assert [token[0] for token in cluster.tokens] == ["external-secrets"]


def test_a_service_account_without_role_is_an_error(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """Nothing is requested for it."""
    cluster.add_service_account("robot", {})
    with pytest.raises(NoRole, match=r"eks\.amazonaws\.com/role-arn"):
        read(AwsIdentity(REGION, WebIdentity(ACCOUNT)), access(cluster, stub, process))
    assert cluster.tokens == []
    assert stub.requests == []


def test_a_new_identity_provider_is_given_a_moment(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """InvalidIdentityToken is asked again: the provider's keys take a moment to get around."""
    stub.tell(
        "AssumeRoleWithWebIdentity",
        sts_refusal("InvalidIdentityToken", status=400),
        sts_keys("AssumeRoleWithWebIdentity"),
    )
    read(AwsIdentity(REGION, WebIdentity(ACCOUNT)), access(cluster, stub, process))
    assert len(stub.asked("AssumeRoleWithWebIdentity")) == 2


def test_a_broken_configuration_of_the_user_does_not_break_a_stores_own_sign_in(
    stub: AwsStub,
    cluster: MemoryCredentials,
    process: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither a profile that does not exist nor an unreadable file matters."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    Path(process["AWS_CONFIG_FILE"]).write_text("[broken\n")
    allowed = access(cluster, stub, process)
    read(AwsIdentity(REGION, WebIdentity(ACCOUNT)), allowed)
    read(AwsIdentity(REGION, KEYS, (Role(ROLE),)), allowed)


def test_roles_are_assumed_one_after_the_other(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """Each with the keys before it; external id, tags and transitive keys go to the last only."""
    stub.tell(
        "AssumeRole",
        sts_keys("AssumeRole", key="ONE"),
        sts_keys("AssumeRole", key="TWO"),
        sts_keys("AssumeRole", key="THREE"),
    )
    roles = (
        Role(f"{ROLE}-1"),
        Role(f"{ROLE}-2"),
        Role(ROLE, "external", (("team", "a"), ("env", "b")), ("team",)),
    )
    read(AwsIdentity(REGION, KEYS, roles), access(cluster, stub, process), times=3)
    one, two, three = stub.asked("AssumeRole")
    name = f"aws-go-sdk-{NOW}"
    plain = {"Action": "AssumeRole", "Version": "2011-06-15", "DurationSeconds": "900"}
    assert one == plain | {"RoleArn": f"{ROLE}-1", "RoleSessionName": name}
    assert two == plain | {"RoleArn": f"{ROLE}-2", "RoleSessionName": name}
    assert three == plain | {
        "RoleArn": ROLE,
        "RoleSessionName": name,
        "ExternalId": "external",
        "Tags.member.1.Key": "team",
        "Tags.member.1.Value": "a",
        "Tags.member.2.Key": "env",
        "Tags.member.2.Value": "b",
        "TransitiveTagKeys.member.1": "team",
    }
    assert signed_by(stub, "AssumeRole") == ["AKIA", "ONE", "TWO"]
    assert signed_by(stub, "GetSecretValue") == ["THREE"] * 3


def test_transitive_keys_are_sent_without_tags(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """The operator sends them also when there are no tags at all."""
    role = Role(ROLE, transitive_tag_keys=("team",))
    read(AwsIdentity(REGION, KEYS, (role,)), access(cluster, stub, process))
    (asked,) = stub.asked("AssumeRole")
    assert asked["TransitiveTagKeys.member.1"] == "team"
    assert not any(name.startswith("Tags") for name in asked)


def test_keys_that_end_are_renewed(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """Keys with less than two minutes to live are not used again."""
    stub.tell("AssumeRole", sts_keys("AssumeRole", expires="2023-11-14T22:15:00Z"))  # NOW + 100 s
    read(AwsIdentity(REGION, KEYS, (Role(ROLE),)), access(cluster, stub, process), times=2)
    assert len(stub.asked("AssumeRole")) == 2


def test_a_refused_role_is_asked_for_once(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """Each of a thousand secrets would be refused the same way."""
    stub.tell("AssumeRole", sts_refusal("AccessDenied"))
    session = sign_in(AwsIdentity(REGION, KEYS, (Role(ROLE),)), access(cluster, stub, process))
    client = session.client(AwsService.SECRETS_MANAGER)
    for _ in range(3):
        with pytest.raises(Exception, match="AccessDenied") as caught:
            client.get_secret_value(SecretId="a")
        failure = failure_of(caught.value)
        assert failure is not None
        assert failure.operation == "AssumeRole"
    assert len(stub.asked("AssumeRole")) == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<AssumeRoleResponse/>",
        "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>",
        "hunter2",
        "<AssumeRoleResponse><AssumeRoleResult><Credentials/></AssumeRoleResult></AssumeRoleResponse>",
    ],
)
def test_sts_gives_no_keys(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str], body: str
) -> None:
    """An answer of another shape is told, and not taken for a bug."""
    stub.tell("AssumeRole", Response(200, body, {"Content-Type": "text/xml"}))
    client = sign_in(
        AwsIdentity(REGION, KEYS, (Role(ROLE),)), access(cluster, stub, process)
    ).client(AwsService.SECRETS_MANAGER)
    with pytest.raises((NoKeys, BadAnswer)) as caught:
        ask(client.get_secret_value, 'secret "a"', SecretId="a")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"), [("AWS_PROFILE", "nobody"), ("AWS_ENDPOINT_URL", "not a url")]
)
def test_a_broken_configuration_of_the_process_is_told(
    cluster: MemoryCredentials,
    process: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
) -> None:
    """Whoever uses the identity of the process depends on what stands there."""
    monkeypatch.setenv(name, value)
    with pytest.raises(NotReady) as caught:
        read(AwsIdentity(REGION), access(cluster, None, process))
    assert name in caught.value.hint


def test_an_endpoint_variable_that_is_no_url(
    cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """It is refused before a client is made."""
    environ = process | {"AWS_SECRETSMANAGER_ENDPOINT": "secretsmanager.local"}
    with pytest.raises(BadUrl):
        read(AwsIdentity(REGION, KEYS), access(cluster, None, environ))


def test_the_identity_of_the_process_is_what_the_sdk_finds(
    stub: AwsStub,
    cluster: MemoryCredentials,
    process: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without auth, and with --store-auth ambient instead of it; roles stay."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "PROCESS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    read(AwsIdentity(REGION), access(cluster, stub, process))
    ambient = access(cluster, stub, process, ambient=True)
    read(AwsIdentity(REGION, KEYS, (Role(ROLE),)), ambient)
    assert signed_by(stub, "GetSecretValue") == ["PROCESS", "ASIA"]
    assert signed_by(stub, "AssumeRole") == ["PROCESS"]
    assert cluster.asked == []


def test_no_identity_at_all(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """The error is the SDK's, which knows that it found nothing."""
    with pytest.raises(Exception, match="credentials") as caught:
        read(AwsIdentity(REGION), access(cluster, stub, process))
    assert type(caught.value).__name__ == "NoCredentialsError"
    assert stub.requests == []


@pytest.mark.parametrize("more", [{"trusted": False}, {"rules": Rules(several_namespaces=True)}])
def test_who_may_not_use_the_identity_of_the_process(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str], more: dict[str, Any]
) -> None:
    """It is refused before anything is looked for."""
    for ambient in (False, True):
        allowed = access(cluster, stub, process, ambient=ambient, **more)
        with pytest.raises(AmbientRefused):
            sign_in(AwsIdentity(REGION), allowed)


def test_no_credential_is_read_for_a_host_that_is_not_allowed(
    cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """Plain http to another machine is refused, also when the environment names it."""
    for name in ("AWS_STS_ENDPOINT", "AWS_SECRETSMANAGER_ENDPOINT"):
        allowed = access(cluster, None, {**process, name: "http://aws.example.org"})
        with pytest.raises(PlainHttp):
            read(AwsIdentity(REGION, WebIdentity(ACCOUNT), (Role(ROLE),)), allowed)
    assert cluster.asked == []
    assert cluster.tokens == []


def test_the_sdks_own_endpoint_variables_count_after_the_operators(
    stub: AwsStub,
    cluster: MemoryCredentials,
    process: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """AWS_ENDPOINT_URL_SECRETS_MANAGER is the SDK's; AWS_SECRETSMANAGER_ENDPOINT wins over it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", stub.url)
    read(AwsIdentity(REGION, KEYS), access(cluster, None, process))
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")
    read(AwsIdentity(REGION, KEYS), access(cluster, stub, process))
    assert len(stub.asked("GetSecretValue")) == 2


def test_without_variables_the_endpoints_are_awss_own(
    cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """Those of the store's region."""
    session = sign_in(AwsIdentity("eu-west-3", KEYS), access(cluster, None, process))
    hosts = {service: session.client(service).meta.endpoint_url for service in AwsService}
    assert hosts[AwsService.SECRETS_MANAGER] == "https://secretsmanager.eu-west-3.amazonaws.com"
    assert hosts[AwsService.PARAMETER_STORE] == "https://ssm.eu-west-3.amazonaws.com"
    assert hosts[AwsService.STS] == "https://sts.eu-west-3.amazonaws.com"


def test_time_outs_are_those_of_the_run(
    cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """For the service and for STS."""
    allowed = access(cluster, None, process, connect_timeout=1.5, read_timeout=2.5)
    session = sign_in(AwsIdentity(REGION, KEYS), allowed)
    for service in (AwsService.SECRETS_MANAGER, AwsService.STS):
        config = session.client(service).meta.config
        assert (config.connect_timeout, config.read_timeout) == (1.5, 2.5)


def test_no_redirect_is_followed(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """A signature and a session token go to nobody that the service names."""
    with aws_stub() as other:
        stub.tell("GetSecretValue", Response(307, None, {"Location": other.url}))
        with pytest.raises(Exception, match="307"):
            read(AwsIdentity(REGION, KEYS), access(cluster, stub, process))
        assert other.requests == []


def test_keys_can_sign_other_requests(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """Those who sign by themselves get the last role's."""
    session = sign_in(AwsIdentity(REGION, KEYS, (Role(ROLE),)), access(cluster, stub, process))
    keys = session.keys()
    assert (keys.access_key, keys.token) == ("ASIA", "sts-token-ASIA")


BUSY = refusal("ThrottlingException")
FINE = said(Name="a", SecretString="text")


@pytest.mark.parametrize(
    ("retries", "attempts"),
    [
        (Retries(attempts=1), 1),
        (Retries(attempts=2, delay=0.001), 2),
        (Retries(attempts=5, delay=0.001), 5),
        (Retries(attempts=0, delay=0.001), 100),
    ],
)
def test_attempts_are_counted_as_the_operator_counts_them(
    stub: AwsStub,
    cluster: MemoryCredentials,
    process: dict[str, str],
    retries: Retries,
    attempts: int,
) -> None:
    """The number 1 is one try, 0 ends with the quota; an interval is the same each time."""
    stub.tell("GetSecretValue", BUSY)
    session = sign_in(AwsIdentity(REGION, KEYS), access(cluster, stub, process))
    with pytest.raises(Exception, match="ThrottlingException"):
        session.client(AwsService.SECRETS_MANAGER, retries).get_secret_value(SecretId="a")
    assert len(stub.asked("GetSecretValue")) == attempts


def test_one_attempt_by_default_and_none_after_a_refusal(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """Who asks every store tries again; what AWS refuses is not asked again by anybody."""
    allowed = access(cluster, stub, process)
    stub.tell("GetSecretValue", BUSY, FINE)
    with pytest.raises(Exception, match="ThrottlingException"):
        read(AwsIdentity(REGION, KEYS), allowed)
    assert len(stub.asked("GetSecretValue")) == 1
    for retries in (Retries(), Retries(3, 0.001)):
        stub.requests.clear()
        stub.tell("GetSecretValue", refusal("AccessDeniedException"))
        client = sign_in(AwsIdentity(REGION, KEYS), allowed).client(
            AwsService.SECRETS_MANAGER, retries
        )
        with pytest.raises(Exception, match="AccessDenied"):
            client.get_secret_value(SecretId="a")
        assert len(stub.requests) == 1


def test_the_token_of_a_gitlab_job(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """A variable holds it; AWS_ROLE_ARN says whose role."""
    environ = process | {"ESYNC_AWS_ID_TOKEN": "gitlab-token\n", "AWS_ROLE_ARN": ROLE}
    read(AwsIdentity(REGION, KEYS), access(cluster, stub, environ, ambient=True))
    (asked,) = stub.asked("AssumeRoleWithWebIdentity")
    assert asked["WebIdentityToken"] == "gitlab-token"
    assert (asked["RoleArn"], asked["RoleSessionName"]) == (ROLE, "esync")
    assert signed_by(stub, "GetSecretValue") == ["WEB"]


@pytest.fixture
def github() -> Iterator[tuple[dict[str, str], list[Request]]]:
    """What GitHub gives a job that may have tokens, and what arrives there."""
    arrived: list[Request] = []

    def answer(request: Request) -> Response:
        arrived.append(request)
        if request.bearer != "request-token":
            return Response(302, headers={"Location": "https://evil.example.org"})
        return Response(200, {"value": f"github-token-for-{request.query['audience']}"})

    with serving(answer) as port:
        environ = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{port}/token?api-version=2",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
            "AWS_ROLE_ARN": ROLE,
            "AWS_ROLE_SESSION_NAME": "pipeline",
        }
        yield environ, arrived


def test_the_token_of_a_github_job(
    stub: AwsStub,
    cluster: MemoryCredentials,
    process: dict[str, str],
    github: tuple[dict[str, str], list[Request]],
) -> None:
    """GitHub is asked for one with AWS's audience, when the first request is signed."""
    environ, arrived = github
    read(AwsIdentity(REGION), access(cluster, stub, process | environ))
    assert [request.query for request in arrived] == [
        {"api-version": "2", "audience": "sts.amazonaws.com"}
    ]
    (asked,) = stub.asked("AssumeRoleWithWebIdentity")
    assert asked["WebIdentityToken"] == "github-token-for-sts.amazonaws.com"
    assert asked["RoleSessionName"] == "pipeline"


def test_keys_in_the_environment_win_over_the_token_of_the_job(
    stub: AwsStub,
    cluster: MemoryCredentials,
    process: dict[str, str],
    github: tuple[dict[str, str], list[Request]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A step before may have signed in already."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "PROCESS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    environ = process | github[0] | {"AWS_ACCESS_KEY_ID": "PROCESS"}
    read(AwsIdentity(REGION), access(cluster, stub, environ))
    assert signed_by(stub, "GetSecretValue") == ["PROCESS"]
    assert github[1] == []


def test_github_refuses(
    stub: AwsStub,
    cluster: MemoryCredentials,
    process: dict[str, str],
    github: tuple[dict[str, str], list[Request]],
) -> None:
    """No redirect is followed with the job's credential, and the error shows none."""
    environ = process | github[0] | {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "wrong-token"}
    with pytest.raises(NoJobToken, match="302") as caught:
        read(AwsIdentity(REGION), access(cluster, stub, environ))
    assert "wrong-token" not in str(caught.value)
    assert len(github[1]) == 1
    assert stub.requests == []


def test_the_job_token_goes_to_github_over_tls_only(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """The environment's word for the host does not allow plain http."""
    environ = process | {
        "ACTIONS_ID_TOKEN_REQUEST_URL": "http://github.example.org/?a=b",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x",
        "AWS_ROLE_ARN": ROLE,
    }
    with pytest.raises(PlainHttp):
        read(AwsIdentity(REGION), access(cluster, stub, environ))


def test_the_sdk_says_nothing(
    stub: AwsStub,
    cluster: MemoryCredentials,
    process: dict[str, str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Whatever the verbosity, its loggers reach neither our handlers nor the terminal."""
    seen: list[logging.LogRecord] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record)

    handler = Keeping(logging.DEBUG)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        stub.tell("AssumeRole", sts_refusal("AccessDenied"))
        with pytest.raises(Exception, match="AccessDenied"):
            read(AwsIdentity(REGION, KEYS, (Role(ROLE),)), access(cluster, stub, process))
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert [one for one in seen if one.name.startswith(("botocore", "boto3", "urllib3"))] == []
    assert capfd.readouterr() == ("", "")


def test_moto_takes_the_whole_chain(
    moto_server: MotoServer,
    cluster: MemoryCredentials,
    process: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A service account's role, then one of another account: the caller is the last."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server.url)
    other = Role("arn:aws:iam::222222222222:role/other")
    identity = AwsIdentity(REGION, WebIdentity(ACCOUNT), (Role(ROLE), other))
    session = sign_in(identity, access(cluster, None, process))
    arn = session.client(AwsService.STS).get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::222222222222:assumed-role/other/aws-go-sdk-{NOW}"


def test_esync_errors_pass_through_the_sdk_unchanged(
    stub: AwsStub, cluster: MemoryCredentials, process: dict[str, str]
) -> None:
    """What our own code raises while a request is signed arrives as it was raised."""
    cluster.objects.clear()
    with pytest.raises(EsyncError) as caught:
        read(AwsIdentity(REGION, KEYS), access(cluster, stub, process))
    assert caught.value.rule == "ES0350"
    assert caught.value.at is not None


def test_the_machine_is_never_asked_through_a_proxy(
    stub: AwsStub,
    cluster: MemoryCredentials,
    process: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its metadata service gives keys; a proxy that the environment names would get them."""
    proxied: list[str] = []

    def proxy(request: Request) -> Response:
        proxied.append(request.path)
        return Response(502)

    def machine(request: Request) -> Response:
        if request.path.endswith("/security-credentials/"):
            return Response(200, "reader", {"Content-Type": "text/plain"})
        keys = {"AccessKeyId": "AKIDMACHINE", "SecretAccessKey": "s", "Token": "t"}
        told = {**keys, "Code": "Success", "Expiration": "2099-01-01T00:00:00Z"}
        return Response(200, "token" if request.method == "PUT" else told)

    with serving(proxy) as proxy_port, serving(machine) as port:
        named = f"http://127.0.0.1:{proxy_port}"
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, named)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{port}")
        stub.tell("GetSecretValue", FINE)
        environ = {**process, "HTTP_PROXY": named}
        read(AwsIdentity(REGION, None), access(cluster, stub, environ))

    assert signed_by(stub, "GetSecretValue") == ["AKIDMACHINE"]
    assert proxied == []
