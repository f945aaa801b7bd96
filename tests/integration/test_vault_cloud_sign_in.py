"""Cloud identities sign in to Vault as its own client does; the server here plays its AWS and GCP.

OpenBao has neither method. What the server demands of a login is written from AWS's and Google's
rules for signatures, and hvac has to pass it first.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import b64decode, urlsafe_b64decode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from esync.identity.aws.caller import AwsSignInFailed, sts_host
from esync.identity.hosts import Rules
from esync.identity.references import AmbientRefused, BadReference, MissingReference
from esync.providers.contract import BadStore
from tests.fakes.aws_wire import AwsStub, aws_stub, sts_keys, sts_refusal
from tests.fakes.google import endpoints
from tests.fakes.stores import MemoryCredentials
from tests.fakes.vault import NOW, VaultStub, json_of, open_vault, token, vault_stub
from tests.servers.web import Response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.servers.gcp import GcpServer

pytestmark = pytest.mark.integration

SECRETS = {"AKIA": "s3cret", "ASIA": "sts-secret", "WEB": "sts-secret"}
KEYS = {
    "accessKeyIDSecretRef": {"name": "aws", "key": "id"},
    "secretAccessKeySecretRef": {"name": "aws", "key": "secret"},
}
ROLE = "arn:aws:iam::123456789012:role/reader"
LOOPBACK = Rules(allow_hosts={"127.0.0.1"})


@pytest.fixture
def stub() -> Iterator[VaultStub]:
    """A server that lets every cloud login in; the tests look at what it was sent."""
    with vault_stub() as running:
        for name in ("aws", "gcp", "google"):
            running.tell(f"auth/{name}/login", token())
        running.tell("auth/token/lookup-self", token())
        yield running


@pytest.fixture
def sts() -> Iterator[AwsStub]:
    """STS, which gives keys for every role."""
    with aws_stub() as running:
        running.tell("AssumeRole", sts_keys("AssumeRole"))
        running.tell("AssumeRoleWithWebIdentity", sts_keys("AssumeRoleWithWebIdentity", key="WEB"))
        yield running


@pytest.fixture
def cluster() -> MemoryCredentials:
    """A cluster with an access key and an annotated service account."""
    made = MemoryCredentials()
    made.add_secret("aws", {"id": "AKIA", "secret": "s3cret", "token": "t0ken"})
    made.add_service_account("robot", {"eks.amazonaws.com/role-arn": ROLE})
    return made


def signed(body: Mapping[str, Any], region: str = "us-east-1") -> dict[str, str]:
    """Verify the signature in a login as AWS does, and return the request's headers."""
    assert body["iam_http_request_method"] == "POST"
    url = b64decode(body["iam_request_url"]).decode()
    content = b64decode(body["iam_request_body"])
    assert content == b"Action=GetCallerIdentity&Version=2011-06-15"
    listed = json.loads(b64decode(body["iam_request_headers"]))
    headers = {
        name.lower(): value if isinstance(value, str) else value[0]
        for name, value in listed.items()
    }
    host = url.removeprefix("https://").rstrip("/")
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=(\w+)/(\d{8})/([\w-]+)/sts/aws4_request, "
        r"SignedHeaders=([\w;-]+), Signature=(\w{64})",
        headers["authorization"],
    )
    assert found
    key_id, day, signed_region, names, signature = found.groups()
    assert signed_region == region
    covered = headers | {"host": host}
    canonical = "".join(f"{name}:{covered[name].strip()}\n" for name in names.split(";"))
    request = f"POST\n/\n\n{canonical}\n{names}\n{sha256(content).hexdigest()}"
    scope = f"{day}/{region}/sts/aws4_request"
    digest = sha256(request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{digest}"
    key = b"AWS4" + SECRETS[key_id].encode()
    for part in (day, region, "sts", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    assert hmac.digest(key, text.encode(), "sha256").hex() == signature
    return headers | {"host": host, "key": key_id, "signed": names}


def login(
    stub: VaultStub,
    auth: Mapping[str, Any],
    cluster: MemoryCredentials,
    environ: Mapping[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Read a secret, and return what the login before it sent."""
    store = {"server": stub.url, "path": "kv", "auth": auth}
    open_vault(store, cluster, environ=environ or {}, **more).read("db")
    assert stub.requests[-1].headers["x-vault-token"] == "s.0wn"
    sent: dict[str, Any] = json_of(stub.requests[-2])
    return sent


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_hvac_signs_what_the_server_here_demands(stub: VaultStub) -> None:
    """The client of others passes, with the same endpoint, region and header for the server."""
    import hvac

    client = hvac.Client(url=stub.url, token="none")
    client.auth.aws.iam_login(
        "AKIA", "s3cret", "t0ken", header_value="vault.test", role="reader", region="eu-west-1"
    )
    body = json_of(stub.requests[-1])
    headers = signed(body, "eu-west-1")

    assert body["role"] == "reader"
    assert headers["host"] == "sts.amazonaws.com"
    assert headers["x-vault-aws-iam-server-id"] == "vault.test"
    assert headers["x-amz-security-token"] == "t0ken"


def test_iam_with_an_access_key(stub: VaultStub, cluster: MemoryCredentials) -> None:
    """The key signs, and is not sent; the server's own name is signed as well."""
    keys = {**KEYS, "sessionTokenSecretRef": {"name": "aws", "key": "token"}}
    iam = {"vaultRole": "reader", "vaultAwsIamServerID": "vault.test", "secretRef": keys}
    body = login(stub, {"iam": {**iam, "region": "eu-west-1"}}, cluster)
    headers = signed(body, "eu-west-1")

    assert stub.asked()[0] == "PUT auth/aws/login"
    assert body["role"] == "reader"
    assert headers["host"] == "sts.amazonaws.com"
    assert headers["x-vault-aws-iam-server-id"] == "vault.test"
    assert "x-vault-aws-iam-server-id" in headers["signed"].split(";")
    assert headers["x-amz-security-token"] == "t0ken"
    assert b"s3cret" not in stub.requests[0].body


def test_iam_without_a_session_token(stub: VaultStub, cluster: MemoryCredentials) -> None:
    """It may be left out; the region is us-east-1 and the mount aws unless told."""
    headers = signed(login(stub, {"iam": {"vaultRole": "r", "secretRef": KEYS}}, cluster))
    assert "x-amz-security-token" not in headers
    assert "x-vault-aws-iam-server-id" not in headers


def test_iam_with_a_role(stub: VaultStub, sts: AwsStub, cluster: MemoryCredentials) -> None:
    """The AWS role is assumed first, with its external id, and its keys sign."""
    iam = {"vaultRole": "reader", "role": ROLE, "externalID": "ext", "secretRef": KEYS}
    body = login(stub, {"iam": iam}, cluster, {"AWS_STS_ENDPOINT": sts.url})

    assert signed(body)["key"] == "ASIA"
    assert body["role"] == "reader"
    (asked,) = sts.asked("AssumeRole")
    assert (asked["RoleArn"], asked["ExternalId"], asked["DurationSeconds"]) == (ROLE, "ext", "900")


def test_iam_with_a_service_account(
    stub: VaultStub, sts: AwsStub, cluster: MemoryCredentials
) -> None:
    """Its token becomes keys of the role that its annotation names."""
    iam = {"vaultRole": "reader", "jwt": {"serviceAccountRef": {"name": "robot"}}}
    body = login(stub, {"iam": iam}, cluster, {"AWS_STS_ENDPOINT": sts.url})

    assert signed(body)["key"] == "WEB"
    assert cluster.tokens == [("orders", "robot", ("sts.amazonaws.com",), None)]
    (asked,) = sts.asked("AssumeRoleWithWebIdentity")
    assert asked["RoleSessionName"] == "external-secrets-provider-vault"


def test_iam_errors_name_the_field(stub: VaultStub, sts: AwsStub) -> None:
    """As it is written under ``auth.iam``, which is not where the provider ``aws`` has it."""
    environ = {"AWS_STS_ENDPOINT": sts.url}
    for source, field in (
        ({"secretRef": KEYS}, r"auth\.iam\.secretRef\.secretAccessKeySecretRef"),
        ({"jwt": {"serviceAccountRef": {"name": "robot"}}}, r"auth\.iam\.jwt\.serviceAccountRef"),
    ):
        with pytest.raises(MissingReference, match=field):
            login(stub, {"iam": {"vaultRole": "reader", **source}}, MemoryCredentials(), environ)


def test_iam_of_the_process(
    stub: VaultStub, cluster: MemoryCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without reference the identity of the process signs, if the store may use it."""
    environ = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s3cret"}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    auth = {"iam": {"vaultRole": "reader"}}

    assert signed(login(stub, auth, cluster, environ))["key"] == "AKIA"
    with pytest.raises(AmbientRefused):
        login(stub, auth, cluster, environ, trusted=False, rules=LOOPBACK)


def test_iam_when_aws_refuses(stub: VaultStub, sts: AwsStub, cluster: MemoryCredentials) -> None:
    """AWS's code is told, its message is not; Vault is not asked."""
    iam = {"vaultRole": "reader", "role": ROLE, "secretRef": KEYS}
    environ = {"AWS_STS_ENDPOINT": sts.url}
    for answer, said in (
        (sts_refusal("AccessDenied", "hunter2"), "AWS gives no credentials (AccessDenied)"),
        (sts_refusal("InternalFailure", "hunter2", 500), "AWS does not answer (InternalFailure)"),
    ):
        sts.tell("AssumeRole", answer)
        with pytest.raises(AwsSignInFailed) as caught:
            login(stub, {"iam": iam}, cluster, environ)
        assert caught.value.message == said
        assert "hunter2" not in f"{caught.value!r}{caught.value.__context__!r}"
    assert stub.asked() == []


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "sts.amazonaws.com"),
        ("sa-east-1", "sts.amazonaws.com"),
        ("eu-south-1", "sts.eu-south-1.amazonaws.com"),
        ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_hosts_of_sts(region: str, host: str) -> None:
    """Old regions have the global one, as in the Go SDK; others their own."""
    assert sts_host(region) == host


def test_a_region_is_no_host(stub: VaultStub, cluster: MemoryCredentials) -> None:
    """It must not bring a host of its own into the address of STS."""
    iam = {"vaultRole": "r", "secretRef": KEYS, "role": ROLE, "region": "x.evil.test/"}
    with pytest.raises(BadStore, match="region is none"):
        login(stub, {"iam": iam}, cluster)
    assert stub.asked() == []


def test_iam_with_half_a_key(stub: VaultStub, cluster: MemoryCredentials) -> None:
    """It is told when the store is opened."""
    half = {"accessKeyIDSecretRef": KEYS["accessKeyIDSecretRef"]}
    for iam in ({"vaultRole": "r", "secretRef": half}, {"vaultRole": "r", "jwt": {}}):
        with pytest.raises(BadStore, match=r"auth\.iam: .* is missing"):
            login(stub, {"iam": iam}, cluster)


def claims(jwt: str) -> Any:
    """Return the claims of a token, whoever signed it."""
    text = jwt.split(".")[1]
    return json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_hvac_logs_in_to_google(stub: VaultStub) -> None:
    """The client of others sends role and token to the mount."""
    import hvac

    hvac.Client(url=stub.url, token="none").auth.gcp.login("reader", "a.b.c", mount_point="google")

    assert stub.requests[-1].path == "/v1/auth/google/login"
    assert json_of(stub.requests[-1]) == {"role": "reader", "jwt": "a.b.c"}


def test_gcp_with_a_key(stub: VaultStub, gcp_server: GcpServer) -> None:
    """The key signs who it is and which role is wanted, for ten minutes; Google is not asked."""
    cluster = MemoryCredentials()
    key = gcp_server.service_account_key()
    cluster.add_secret("google", {"key.json": json.dumps(key)})
    selector = {"secretAccessKeySecretRef": {"name": "google", "key": "key.json"}}
    auth = {"gcp": {"role": "reader", "path": "google", "secretRef": selector}}
    body = login(stub, auth, cluster, endpoints(gcp_server.url))

    assert stub.asked()[0] == "PUT auth/google/login"
    assert body["role"] == "reader"
    found = claims(body["jwt"])
    assert (found["sub"], found["aud"]) == (key["client_email"], "vault/reader")
    assert found["exp"] == NOW // 10**9 + 600
    assert key["private_key"] not in stub.requests[0].body.decode()


def test_gcp_with_a_workload_identity(stub: VaultStub, cluster: MemoryCredentials) -> None:
    """Google signs for the service account that the cluster's own may act as."""
    email = "reader@esync-test.iam.gserviceaccount.com"
    cluster.add_service_account("robot", {"iam.gke.io/gcp-service-account": email})
    identity = {
        "serviceAccountRef": {"name": "robot"},
        "clusterProjectID": "esync-test",
        "clusterLocation": "europe-west3",
        "clusterName": "main",
    }
    auth = {"gcp": {"role": "reader", "workloadIdentity": identity}}
    account = f"projects/-/serviceAccounts/{email}"
    with vault_stub() as google:
        own = {"access_token": "own", "expires_in": 3600, "token_type": "Bearer"}
        other = {"accessToken": "other", "expireTime": "2099-01-01T00:00:00Z"}
        google.tell("identitybindingtoken", Response(200, own))
        google.tell(f"{account}:generateAccessToken", Response(200, other))
        google.tell(f"{account}:signJwt", Response(200, {"signedJwt": "x.y.z"}))
        body = login(stub, auth, cluster, endpoints(google.url))
        asked = json_of(google.requests[-1])

    assert body == {"role": "reader", "jwt": "x.y.z"}
    assert json.loads(asked["payload"]) == {
        "sub": email,
        "aud": "vault/reader",
        "exp": NOW // 10**9 + 600,
    }


def test_gcp_as_a_machine(stub: VaultStub, cluster: MemoryCredentials) -> None:
    """Without a reference the metadata server says which machine this is, for this Vault's role."""
    with vault_stub() as google:
        account = "computeMetadata/v1/instance/service-accounts/default/identity"
        google.answers.clear()
        google.tell(f"/{account}", _text("who.i.am"))
        environ = {"GCE_METADATA_HOST": google.url.removeprefix("http://")}
        body = login(stub, {"gcp": {"role": "reader"}}, cluster, environ)
        (asked,) = google.requests

        assert body == {"role": "reader", "jwt": "who.i.am"}
        assert asked.query == {"audience": f"{stub.url}/vault/reader", "format": "full"}
        assert asked.headers["metadata-flavor"] == "Google"
        with pytest.raises(AmbientRefused):
            login(stub, {"gcp": {"role": "r"}}, cluster, environ, trusted=False, rules=LOOPBACK)


def _text(text: str) -> Response:
    return Response(200, text, {"Content-Type": "text/plain"})


def test_gcp_needs_a_role(stub: VaultStub, cluster: MemoryCredentials) -> None:
    """An empty one is refused before anybody is asked."""
    with pytest.raises(BadReference, match="role is empty"):
        login(stub, {"gcp": {"role": ""}}, cluster)
    assert stub.asked() == []
