"""Every way of signing in to Google sends what the operator sends, and only where it may."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode, urlsafe_b64decode
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from esync.errors import EsyncError
from esync.identity.gcp import GcpAuth, Wire, machine_token, statement
from esync.identity.gcp.external_account import BadExternalAccount
from esync.identity.gcp.gke import ACCOUNT_ANNOTATION
from esync.identity.gcp.metadata import NoMetadata
from esync.identity.gcp.settings import SecretRef, WorkloadIdentity
from esync.identity.gcp.subjects import NoSubjectToken
from esync.identity.hosts import HostRefused, PlainHttp, Rules
from esync.identity.references import (
    AmbientRefused,
    AudienceMissing,
    BadReference,
    MissingReference,
    StoreAccess,
)
from esync.manifests.externalsecret import StoreKind
from esync.manifests.store import SecretSelector, ServiceAccountSelector
from esync.providers.contract import AccessDenied, Throttled, Unavailable
from tests.fakes.google import KEY_AUTH, key_holder, official_client, open_store, put
from tests.fakes.google_wire import Witness, witness
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.gcp import GcpServer

pytestmark = pytest.mark.integration

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
ROBOT = "robot@app.iam.gserviceaccount.com"
AUDIENCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x"
BINDING = "/v1/identitybindingtoken"
STS = "/v1/token"
ROBOT_TOKEN = f"/v1/projects/-/serviceAccounts/{ROBOT}:generateAccessToken"
GKE = {
    "serviceAccountRef": {"name": "app", "audiences": ["second"]},
    "clusterProjectID": "fleet",
    "clusterLocation": "europe-west1",
    "clusterName": "blue",
}
PAYLOAD = Response(200, {"payload": {"data": "eA=="}})
NOW = 1_700_000_000 * 1_000_000_000


@pytest.fixture
def google(gcp_server: GcpServer) -> Iterator[Witness]:
    """The emulator with the secret ``db``, and a witness of its token endpoints."""
    gcp_server.reset()
    with official_client(gcp_server) as client:
        put(client, f"projects/{gcp_server.project}", "db", b"s3cret")
    gcp_server.gate._calls.clear()
    with witness(gcp_server) as made:
        yield made


@pytest.fixture
def cluster() -> MemoryCredentials:
    """A service account with and one without a counterpart at Google, and an AWS key."""
    made = MemoryCredentials()
    made.add_service_account("app", {ACCOUNT_ANNOTATION: ROBOT})
    made.add_service_account("plain", {})
    aws = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "s", "aws_session_token": "t0k"}
    made.add_secret("aws", aws)
    return made


def read(
    google: Witness, cluster: MemoryCredentials, auth: dict[str, Any], times: int = 1, **more: Any
) -> str:
    """Read ``db`` as the identity that ``auth`` describes, and return who the store saw."""
    environ = google.environ | more.pop("environ", {})
    settings = {"projectID": google.server.project, "auth": auth}
    provider = open_store(cluster, settings, environ, **more)
    for _ in range(times):
        assert provider.read("db").value().reveal() == b"s3cret"
    provider.close()
    (caller,) = {call.caller for call in google.server.gate.calls}
    return caller


def claims(jwt: str) -> dict[str, Any]:
    """Return what a JWT says."""
    part = jwt.split(".")[1]
    decoded: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded


def config(google: Witness, **members: Any) -> MemoryCredentials:
    """Return a cluster whose ConfigMap ``google`` has a configuration of an external account."""
    del google
    made = MemoryCredentials()
    content = {"type": "external_account", "audience": AUDIENCE} | members
    made.add_config_map("google", {"config": json.dumps(content)})
    return made


def federation(**members: Any) -> dict[str, Any]:
    """Return the auth block of a federation."""
    return {"workloadIdentityFederation": members}


CONFIG = {"credConfig": {"name": "google", "key": "config"}}


# Google's own clients, on the same endpoints


def test_googles_own_clients_get_tokens_here(google: Witness) -> None:
    """What plays Google is believed by Google's library: federation and impersonation."""
    from google.auth import identity_pool
    from google.auth.transport.requests import Request as Transport

    class Supplier(identity_pool.SubjectTokenSupplier):  # type: ignore[misc]  # the SDK is untyped
        def get_subject_token(self, *_: Any) -> str:
            return "subject"

    credentials = identity_pool.Credentials(
        AUDIENCE,
        "urn:ietf:params:oauth:token-type:jwt",
        f"{google.url}{STS}",
        subject_token_supplier=Supplier(),
        service_account_impersonation_url=f"{google.url}{ROBOT_TOKEN}",
        scopes=[SCOPE],
    )
    credentials.refresh(Transport())
    assert google.server.identity.caller(credentials.token) == ROBOT
    (exchange,) = google.asked(STS)
    assert exchange.form()["subject_token"] == "subject"


# Keys


def test_a_key_signs_for_its_service_account(google: Witness) -> None:
    """One statement, one token, however often is read; the statement says what Google wants."""
    cluster = key_holder(google.server)
    key = google.server.service_account_key() | {"token_uri": f"{google.url}/token"}
    cluster.add_secret("google", {"key.json": json.dumps(key)})
    caller = read(google, cluster, KEY_AUTH, times=3, clock=lambda: NOW)
    assert caller == key["client_email"]
    (request,) = google.requests
    form = request.form()
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert claims(form["assertion"]) == {
        "iss": key["client_email"],
        "scope": SCOPE,
        "aud": key["token_uri"],
        "iat": NOW // 10**9,
        "exp": NOW // 10**9 + 3600,
    }


def test_nothing_is_asked_before_the_first_read(
    google: Witness, cluster: MemoryCredentials
) -> None:
    """Opening a store reads no credential and sends nothing."""
    settings = {"projectID": "p", "auth": KEY_AUTH}
    open_store(cluster, settings, google.environ)
    assert (cluster.asked, google.requests) == ([], [])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("not JSON hunter2", "is not a key"),
        ({"type": "authorized_user"}, 'is not a key of type "service_account"'),
        ({"client_email": ""}, "no client_email"),
        ({"private_key": ""}, "no private_key"),
        ({"private_key": "hunter2"}, "cannot be read"),
        (
            {"private_key": "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----"},
            "cannot be read",
        ),
    ],
)
def test_a_key_that_is_none(google: Witness, change: Any, said: str) -> None:
    """The error says what is wrong with it, and shows nothing of it."""
    key = change
    if isinstance(change, dict):
        key = json.dumps(google.server.service_account_key() | change)
    cluster = MemoryCredentials()
    cluster.add_secret("google", {"key.json": key})
    with pytest.raises(BadReference, match=said) as caught:
        read(google, cluster, KEY_AUTH)
    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2" not in f"{error!r}"
        error = error.__cause__ or error.__context__
    assert google.requests == []


@pytest.mark.parametrize(
    ("token_uri", "trusted", "error"),
    [
        ("https://tokens.evil.example/token", False, HostRefused),
        ("https://oauth2.googleapis.com.evil.example/token", False, HostRefused),
        ("http://oauth2.googleapis.com/token", True, PlainHttp),
    ],
)
def test_a_key_may_not_send_its_statement_anywhere(
    google: Witness,
    token_uri: str,
    trusted: bool,  # noqa: FBT001
    error: type[EsyncError],
) -> None:
    """Google's own hosts need no permission, others need trust, and all need TLS."""
    key = google.server.service_account_key() | {"token_uri": token_uri}
    cluster = MemoryCredentials()
    cluster.add_secret("google", {"key.json": json.dumps(key)})
    with pytest.raises(error):
        read(google, cluster, KEY_AUTH, trusted=trusted)


def test_an_empty_secret_ref_is_no_ambient_identity(google: Witness) -> None:
    """It counts as configured, and fails on the empty name."""
    with pytest.raises(BadReference, match="secretAccessKeySecretRef"):
        read(google, MemoryCredentials(), {"secretRef": {}})


def test_a_key_comes_first(google: Witness, cluster: MemoryCredentials) -> None:
    """The first of the blocks counts, even if it fails and another would not."""
    with pytest.raises(MissingReference):
        read(google, cluster, {**KEY_AUTH, "workloadIdentity": GKE})
    assert cluster.tokens == []


# Workload identity of GKE


def test_a_service_account_of_gke(google: Witness, cluster: MemoryCredentials) -> None:
    """Token for the pool, exchange at the binding endpoint, then the annotated account."""
    assert read(google, cluster, {"workloadIdentity": GKE}, times=2) == ROBOT
    assert cluster.tokens == [("orders", "app", ("fleet.svc.id.goog", "second"), 900)]
    (binding,) = google.asked(BINDING)
    provider = "projects/fleet/locations/europe-west1/clusters/blue"
    assert binding.json() == {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "subject_token": "token-orders-app-1",
        "audience": "identitynamespace:fleet.svc.id.goog:"
        f"https://container.googleapis.com/v1/{provider}",
        "scope": SCOPE,
    }
    (impersonation,) = google.asked(ROBOT_TOKEN)
    assert impersonation.json() == {"scope": [SCOPE]}
    assert (google.server.identity.caller(impersonation.bearer) or "").startswith("federated:")


def test_a_service_account_without_annotation_is_used_itself(
    google: Witness, cluster: MemoryCredentials
) -> None:
    """Google knows it as a member of the pool."""
    auth = {"workloadIdentity": {**GKE, "serviceAccountRef": {"name": "plain"}}}
    assert read(google, cluster, auth).startswith("federated:identitynamespace:fleet.svc.id.goog:")


def test_the_metadata_server_knows_the_cluster(google: Witness, cluster: MemoryCredentials) -> None:
    """What is not written is asked there; the store's projectID is never the cluster's."""
    auth = {"workloadIdentity": {"serviceAccountRef": {"name": "plain"}}}
    project = google.server.project
    provider = f"projects/{project}/locations/europe-west3/clusters/cluster"
    assert read(google, cluster, auth) == (
        f"federated:identitynamespace:{project}.svc.id.goog:"
        f"https://container.googleapis.com/v1/{provider}"
    )
    assert google.requests[0].headers["metadata-flavor"] == "Google"


def test_nobody_knows_the_cluster(google: Witness, cluster: MemoryCredentials) -> None:
    """The hint names the field that would do."""
    auth = {"workloadIdentity": {"serviceAccountRef": {"name": "plain"}}}
    with pytest.raises(NoMetadata) as caught:
        read(google, cluster, auth, environ={"GCE_METADATA_HOST": "127.0.0.1:9"})
    assert caught.value.hint == "set workloadIdentity.clusterProjectID"
    assert cluster.tokens == []


@pytest.mark.parametrize(
    ("kind", "namespace"),
    [(StoreKind.SECRET_STORE, "orders"), (StoreKind.CLUSTER_SECRET_STORE, "other")],
)
def test_the_namespace_of_a_service_account(
    google: Witness, kind: StoreKind, namespace: str
) -> None:
    """It counts for a ClusterSecretStore only."""
    cluster = MemoryCredentials()
    cluster.add_service_account("app", {}, namespace)
    identity = {**GKE, "serviceAccountRef": {"name": "app", "namespace": "other"}}
    read(google, cluster, {"workloadIdentity": identity}, kind=kind)
    assert cluster.tokens[0][:2] == (namespace, "app")


@pytest.mark.parametrize(
    "email", ["robot@evil.example", "../../x@app.iam.gserviceaccount.com", "a:b@c", "robot"]
)
def test_an_annotation_leads_to_a_service_account_only(google: Witness, email: str) -> None:
    """It becomes part of a URL."""
    cluster = MemoryCredentials()
    cluster.add_service_account("app", {ACCOUNT_ANNOTATION: email})
    with pytest.raises(BadReference, match=ACCOUNT_ANNOTATION):
        read(google, cluster, {"workloadIdentity": GKE})
    assert (cluster.tokens, google.requests) == ([], [])


# Federation


def test_a_service_account_of_any_cluster(google: Witness, cluster: MemoryCredentials) -> None:
    """Its token has its own audiences only; the store's audience is that of the exchange."""
    account = {"name": "app", "audiences": ["https://gcp"]}
    auth = federation(serviceAccountRef=account, audience=AUDIENCE)
    assert read(google, cluster, auth) == ROBOT
    assert cluster.tokens == [("orders", "app", ("https://gcp",), 900)]
    (exchange,) = google.asked(STS)
    assert exchange.form() == {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "audience": AUDIENCE,
        "scope": SCOPE,
        "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "subject_token": "token-orders-app-1",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    }
    assert "authorization" not in exchange.headers


def test_the_store_names_whom_to_impersonate(google: Witness, cluster: MemoryCredentials) -> None:
    """Its word comes before the annotation."""
    other = "other@app.iam.gserviceaccount.com"
    account = {"name": "app", "audiences": ["x"]}
    auth = federation(serviceAccountRef=account, audience=AUDIENCE, gcpServiceAccountEmail=other)
    assert read(google, cluster, auth) == other


def test_without_impersonation_the_federated_identity_reads(
    google: Witness, cluster: MemoryCredentials
) -> None:
    """The pool's principal is the caller."""
    account = {"name": "plain", "audiences": ["x"]}
    auth = federation(serviceAccountRef=account, audience=AUDIENCE)
    assert read(google, cluster, auth) == f"federated:{AUDIENCE}"


def test_a_token_for_the_cluster_itself_is_not_shown_to_google(
    google: Witness, cluster: MemoryCredentials
) -> None:
    """Without audiences it would be the cluster's own credential."""
    auth = federation(serviceAccountRef={"name": "app"}, audience=AUDIENCE)
    with pytest.raises(AudienceMissing):
        read(google, cluster, auth)
    assert (cluster.tokens, google.requests) == ([], [])


def test_an_aws_key_signs_a_request_that_tells_whose_it_is(
    google: Witness, cluster: MemoryCredentials
) -> None:
    """Google gets a signed GetCallerIdentity of the region, and no secret key."""
    keys = {"region": "eu-central-1", "awsCredentialsSecretRef": {"name": "aws"}}
    auth = federation(awsSecurityCredentials=keys, audience=AUDIENCE, gcpServiceAccountEmail=ROBOT)
    assert read(google, cluster, auth) == ROBOT
    (exchange,) = google.asked(STS)
    form = exchange.form()
    assert form["subject_token_type"] == "urn:ietf:params:aws:token-type:aws4_request"
    signed = json.loads(unquote(form["subject_token"]))
    host = "https://sts.eu-central-1.amazonaws.com"
    assert signed["url"] == f"{host}?Action=GetCallerIdentity&Version=2011-06-15"
    headers = {one["key"].lower(): one["value"] for one in signed["headers"]}
    assert headers["x-goog-cloud-target-resource"] == AUDIENCE
    assert headers["x-amz-security-token"] == "t0k"
    assert "Credential=AKIA/" in headers["authorization"]


def test_half_an_aws_key(google: Witness, cluster: MemoryCredentials) -> None:
    """The key that is missing is named."""
    cluster.add_secret("aws", {"aws_access_key_id": "AKIA"})
    keys = {"region": "eu-central-1", "awsCredentialsSecretRef": {"name": "aws"}}
    with pytest.raises(BadReference, match="aws_secret_access_key"):
        read(google, cluster, federation(awsSecurityCredentials=keys, audience=AUDIENCE))
    assert google.requests == []


@pytest.mark.parametrize(
    ("format_", "body"),
    [
        ({}, "subject\n"),
        ({"type": "text"}, "subject"),
        ({"type": "json", "subject_token_field_name": "id"}, {"id": "subject"}),
    ],
)
def test_a_token_is_found_at_a_url(google: Witness, format_: Any, body: object) -> None:
    """The store names the same URL as the configuration, whose headers go along."""
    google.tell("/subject", Response(200, body))
    url = f"{google.url}/subject"
    source = {"url": url, "headers": {"Metadata": "True"}, "format": format_}
    cluster = config(
        google,
        credential_source=source,
        client_id="id",
        client_secret="hunter2",
        service_account_impersonation={"token_lifetime_seconds": 600},
        service_account_impersonation_url="https://iamcredentials.googleapis.com" + ROBOT_TOKEN,
    )
    auth = federation(**CONFIG, externalTokenEndpoint=url)
    assert read(google, cluster, auth) == ROBOT
    (asked,) = google.asked("/subject")
    assert asked.headers["metadata"] == "True"
    (exchange,) = google.asked(STS)
    assert exchange.form()["subject_token"] == "subject"
    basic = exchange.headers["authorization"].removeprefix("Basic ")
    assert b64decode(basic) == b"id:hunter2"
    (impersonation,) = google.asked(ROBOT_TOKEN)
    assert impersonation.json() == {"scope": [SCOPE], "lifetime": "600s"}


@pytest.mark.parametrize(
    "response",
    [
        Response(200, ""),
        Response(500, "hunter2"),
        Response(302, "", {"Location": "http://127.0.0.1:9/"}),
    ],
)
def test_a_url_without_token(google: Witness, response: Response) -> None:
    """Nothing is exchanged, and no redirect is followed."""
    google.tell("/subject", response)
    url = f"{google.url}/subject"
    with pytest.raises(NoSubjectToken) as caught:
        read(
            google,
            config(google, credential_source={"url": url}),
            federation(**CONFIG, externalTokenEndpoint=url),
        )
    assert "hunter2" not in str(caught.value)
    assert google.asked(STS) == []


def test_a_url_without_tls_needs_a_flag(google: Witness) -> None:
    """The metadata server of another cloud is such a one."""
    url = "http://169.254.169.254/metadata/identity"
    with pytest.raises(PlainHttp):
        read(
            google,
            config(google, credential_source={"url": url}),
            federation(**CONFIG, externalTokenEndpoint=url),
        )


SOURCES: list[dict[str, Any]] = [
    {"url": "https://tokens.example/subject"},
    {"file": "/var/run/secrets/tokens/gcp"},
    {
        "environment_id": "aws1",
        "url": "http://169.254.169.254/latest/meta-data/iam/security-credentials",
        "region_url": "http://169.254.169.254/latest/meta-data/placement/availability-zone",
    },
]


@pytest.mark.parametrize("source", SOURCES, ids=["url", "file", "environment"])
@pytest.mark.parametrize(
    "more", [{"trusted": False}, {"rules": Rules(several_namespaces=True)}], ids=["not", "several"]
)
def test_what_the_process_can_find_is_its_own_identity(
    google: Witness, source: dict[str, Any], more: dict[str, Any]
) -> None:
    """A store that may not use that may not name where it is found."""
    endpoint = source["url"] if "environment_id" not in source and "url" in source else ""
    auth = federation(**CONFIG, externalTokenEndpoint=endpoint)
    with pytest.raises(AmbientRefused):
        read(google, config(google, credential_source=source), auth, **more)
    assert google.requests == []


@pytest.mark.parametrize(
    "members",
    [
        {"token_url": "https://sts.evil.example/v1/token"},
        {"universe_domain": "evil.example"},
        {"service_account_impersonation_url": "https://evil.example/x:generateAccessToken"},
        {"credential_source": {"executable": {"command": "/bin/sh"}}},
        {"credential_source": {"file": "/etc/passwd"}},
        {"credential_source": {"file": "/var/run/secrets/kubernetes.io/serviceaccount/token"}},
    ],
)
def test_a_configuration_may_not_ask_for_everything(
    google: Witness, members: dict[str, Any]
) -> None:
    """Hosts outside Google, programs and files: refused, before anything is read."""
    cluster = config(google, credential_source={"file": "/var/run/secrets/t"})
    content = json.loads(cluster.objects["ConfigMap", "orders", "google"]["data"]["config"])
    cluster.add_config_map("google", {"config": json.dumps(content | members)})
    with pytest.raises(BadExternalAccount):
        read(google, cluster, federation(**CONFIG))
    assert google.requests == []


# The identity of the process


def test_a_key_file_of_the_user(
    google: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without auth, Google's library searches: here, the file that a variable names."""
    path = tmp_path / "key.json"
    path.write_text(json.dumps(google.server.service_account_key()))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": str(path)}
    email = google.server.service_account_key()["client_email"]
    assert read(google, MemoryCredentials(), {}, environ=environ) == email
    google.server.gate._calls.clear()
    auth = {"workloadIdentity": GKE}
    assert read(google, MemoryCredentials(), auth, environ=environ, ambient=True) == email


def test_a_user_file_that_is_none(
    google: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error hints at what would do, and quotes nothing of the file."""
    path = tmp_path / "key.json"
    path.write_text('{"type": "hunter2"}')
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    with pytest.raises(AccessDenied, match="application default credentials") as caught:
        read(google, MemoryCredentials(), {})
    assert "gcloud auth application-default login" in caught.value.hint
    assert "hunter2" not in f"{caught.value!r}{caught.value.__context__!r}"


@pytest.mark.parametrize(
    ("response", "kind", "said"),
    [
        (
            Response(400, {"error": "invalid_grant", "error_description": "hunter2"}),
            AccessDenied,
            "invalid_grant",
        ),
        (Response(403, "hunter2"), AccessDenied, "RefreshError"),
    ],
)
def test_google_refuses_the_user(
    google: Witness,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    response: Response,
    kind: type[EsyncError],
    said: str,
) -> None:
    """What Google's library says quotes the answer, and goes no further."""
    google.tell("/token", response)
    path = tmp_path / "key.json"
    key = google.server.service_account_key() | {"token_uri": f"{google.url}/token"}
    path.write_text(json.dumps(key))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    with pytest.raises(kind, match=said) as caught:
        read(google, MemoryCredentials(), {})
    assert "GOOGLE_APPLICATION_CREDENTIALS" in caught.value.hint
    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2" not in f"{error!r}"
        error = error.__cause__ or error.__context__


def test_nobody_answers_the_user(
    google: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trouble of the network is told as such, and not as a refusal."""
    path = tmp_path / "config.json"
    token = tmp_path / "token"
    token.write_text("subject")
    content = {
        "type": "external_account",
        "audience": AUDIENCE,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "http://127.0.0.1:9/v1/token",
        "credential_source": {"file": str(token)},
    }
    path.write_text(json.dumps(content))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    with pytest.raises(Unavailable, match="TransportError"):
        read(google, MemoryCredentials(), {})


def test_a_federation_file_of_the_user(
    google: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One exchange, with our scope, and nothing else; who pays for requests is told."""
    token, path = tmp_path / "token", tmp_path / "config.json"
    token.write_text("subject")
    content = {
        "type": "external_account",
        "audience": AUDIENCE,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{google.url}{STS}",
        "credential_source": {"file": str(token)},
        "quota_project_id": "payer",
    }
    path.write_text(json.dumps(content))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    google.tell("/v1/projects/p/secrets/db/versions/latest:access", PAYLOAD)
    environ = google.environ | {"ESYNC_GCP_SECRETMANAGER_ENDPOINT": google.url}
    provider = open_store(MemoryCredentials(), {"projectID": "p"}, environ)
    assert provider.read("db").value().reveal() == b"x"
    exchange, access_ = google.requests
    assert exchange.form()["scope"] == SCOPE
    assert google.server.identity.caller(access_.bearer) == f"federated:{AUDIENCE}"
    assert access_.headers["x-goog-user-project"] == "payer"


MACHINE = """
import os, sys
from tests.fakes.google import open_store
from tests.fakes.stores import MemoryCredentials
provider = open_store(MemoryCredentials(), {}, os.environ)
sys.stdout.write(provider.read("db").value().reveal().decode())
"""


def test_a_machine_of_google(google: Witness, tmp_path: Path) -> None:
    """The metadata server gives project and token; in a process of its own, for its variables."""
    environ = google.environ | {"HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)}
    environ["GCE_METADATA_IP"] = environ["GCE_METADATA_HOST"]  # where Google's library knocks
    google.tell("/", Response(200, "", {"Metadata-Flavor": "Google"}))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", MACHINE],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("s3cret", "")
    (call,) = google.server.gate.calls
    assert call.caller == google.server.service_account_key()["client_email"]


@pytest.mark.parametrize("prefix", ["", "//iam.googleapis.com/", "https://iam.googleapis.com/"])
def test_the_token_of_a_gitlab_job(google: Witness, prefix: str) -> None:
    """It stands in a variable, and becomes the service account that another names."""
    environ = {
        "ESYNC_GCP_WORKLOAD_IDENTITY_PROVIDER": AUDIENCE.replace("//iam.googleapis.com/", prefix),
        "ESYNC_GCP_SERVICE_ACCOUNT": ROBOT,
        "ESYNC_GCP_ID_TOKEN": "gitlab-token",
    }
    assert read(google, MemoryCredentials(), {}, environ=environ) == ROBOT
    (exchange,) = google.asked(STS)
    assert exchange.form()["subject_token"] == "gitlab-token"
    assert exchange.form()["audience"] == AUDIENCE


def test_the_token_of_a_github_job(google: Witness) -> None:
    """GitHub is asked for the audience that a pool expects by default."""
    asked: list[Request] = []

    def github(request: Request) -> Response:
        asked.append(request)
        return Response(200, {"value": "github-token"})

    with serving(github) as port:
        environ = {
            "ESYNC_GCP_WORKLOAD_IDENTITY_PROVIDER": AUDIENCE,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{port}/?v=1",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "job",
        }
        assert read(google, MemoryCredentials(), {}, environ=environ) == f"federated:{AUDIENCE}"
    assert asked[0].query["audience"] == f"https:{AUDIENCE}"
    assert google.asked(STS)[0].form()["subject_token"] == "github-token"


@pytest.mark.parametrize(
    "more", [{"trusted": False}, {"rules": Rules(several_namespaces=True)}], ids=["not", "several"]
)
def test_who_may_not_be_the_process(google: Witness, more: dict[str, Any]) -> None:
    """The store is refused when it is opened."""
    with pytest.raises(AmbientRefused):
        open_store(MemoryCredentials(), {"projectID": "p"}, google.environ, **more)


def test_a_provider_variable_that_is_none(google: Witness) -> None:
    """A service account that is no address is told before the job's token is asked for."""
    environ = {
        "ESYNC_GCP_WORKLOAD_IDENTITY_PROVIDER": AUDIENCE,
        "ESYNC_GCP_SERVICE_ACCOUNT": "robot/../x",
        "ESYNC_GCP_ID_TOKEN": "gitlab-token",
    }
    with pytest.raises(BadExternalAccount):
        read(google, MemoryCredentials(), {}, environ=environ)
    assert google.requests == []


# What Google says


@pytest.mark.parametrize(
    ("response", "kind", "said", "asked"),
    [
        (
            Response(400, {"error": "invalid_grant", "error_description": "hunter2"}),
            AccessDenied,
            "invalid_grant",
            1,
        ),
        (Response(200, {"access_token": "line\nbreak"}), EsyncError, "no access_token", 2),
        (Response(200, "hunter2"), EsyncError, "no access_token", 2),
        (Response(503, "hunter2"), Unavailable, "status 503", 2),
        (Response(429, "hunter2"), Throttled, "status 429", 2),
        (Response(307, "", {"Location": "https://evil.example"}), EsyncError, "status 307", 2),
    ],
)
def test_google_gives_no_token(
    google: Witness,
    cluster: MemoryCredentials,
    response: Response,
    kind: type[EsyncError],
    said: str,
    asked: int,
) -> None:
    """A refusal is final for the run, trouble is not; neither shows what was sent or said."""
    google.tell(BINDING, response)
    settings = {"projectID": google.server.project, "auth": {"workloadIdentity": GKE}}
    provider = open_store(cluster, settings, google.environ)
    for _ in range(2):
        with pytest.raises(kind, match=said) as caught:
            provider.read("db")
        shown = f"{caught.value}{caught.value.hint}{caught.value.__context__!r}"
        assert "hunter2" not in shown
        assert "token-orders" not in shown
    assert len(google.asked(BINDING)) == asked


def test_impersonation_is_refused(google: Witness, cluster: MemoryCredentials) -> None:
    """The service account that it is about is named."""
    error = {"code": 403, "status": "PERMISSION_DENIED", "message": "hunter2"}
    google.tell(ROBOT_TOKEN, Response(403, {"error": error}))
    with pytest.raises(AccessDenied, match=rf'"{ROBOT}".*\(PERMISSION_DENIED\)') as caught:
        read(google, cluster, {"workloadIdentity": GKE})
    assert caught.value.rule == "ES0304"
    assert "hunter2" not in str(caught.value)


def test_a_token_is_renewed_before_it_ends(google: Witness, cluster: MemoryCredentials) -> None:
    """Two minutes are left for what is under way."""
    now = [NOW]
    auth = {"workloadIdentity": {**GKE, "serviceAccountRef": {"name": "plain"}}}
    settings = {"projectID": google.server.project, "auth": auth}
    provider = open_store(cluster, settings, google.environ, clock=lambda: now[0])
    for seconds, asked in ((0, 1), (3_479, 1), (3_481, 2), (3_500, 2)):
        now[0] = NOW + seconds * 10**9
        provider.read("db")
        assert len(google.asked(BINDING)) == asked


# For Vault


def access(google: Witness, cluster: MemoryCredentials, **more: Any) -> StoreAccess:
    """Return the access of a store of Vault."""
    store = make_store("vault", {"auth": {"gcp": {}}}, trusted=more.pop("trusted", True))
    return StoreAccess(store, "orders", cluster, environ=google.environ, clock=lambda: NOW, **more)


def test_a_key_makes_a_statement_for_vault(google: Witness) -> None:
    """It is signed here, with the key's id, for ten minutes."""
    allowed = access(google, key_holder(google.server))
    auth = GcpAuth(secret_ref=SecretRef(SecretSelector("google", "", "key.json")))
    jwt = statement(auth, "vault/reader", Wire(allowed), allowed, "auth", "gcp").reveal().decode()
    email = google.server.service_account_key()["client_email"]
    assert claims(jwt) == {"sub": email, "aud": "vault/reader", "exp": NOW // 10**9 + 600}
    head = jwt.split(".")[0]
    assert json.loads(urlsafe_b64decode(head + "=="))["kid"] == "1"
    assert google.requests == []


def test_google_makes_a_statement_for_vault(google: Witness, cluster: MemoryCredentials) -> None:
    """For a workload identity, the service account itself asks for the signature."""
    path = f"/v1/projects/-/serviceAccounts/{ROBOT}:signJwt"
    google.tell(path, Response(200, {"keyId": "1", "signedJwt": "signed.by.google"}))
    allowed = access(google, cluster)
    identity = WorkloadIdentity(ServiceAccountSelector("app"), "fleet", "europe-west1", "blue")
    jwt = statement(GcpAuth(workload_identity=identity), "vault/r", Wire(allowed), allowed)
    assert jwt.reveal() == b"signed.by.google"
    (asked,) = google.asked(path)
    expected = {"sub": ROBOT, "aud": "vault/r", "exp": NOW // 10**9 + 600}
    assert json.loads(asked.json()["payload"]) == expected
    assert google.server.identity.caller(asked.bearer) == ROBOT


def test_nobody_makes_a_statement(google: Witness, cluster: MemoryCredentials) -> None:
    """A service account of the cluster alone has no name at Google; neither has the process."""
    allowed = access(google, cluster)
    identity = WorkloadIdentity(ServiceAccountSelector("plain"), "fleet", "europe-west1", "blue")
    for auth in (GcpAuth(workload_identity=identity), GcpAuth()):
        with pytest.raises(BadReference):
            statement(auth, "vault/r", Wire(allowed), allowed)


def test_a_machine_proves_itself_to_vault(google: Witness, cluster: MemoryCredentials) -> None:
    """The metadata server gives a token for the audience, to stores that may be the process."""
    path = "/computeMetadata/v1/instance/service-accounts/default/identity"
    google.tell(path, Response(200, "a.b.c", {"Content-Type": "text/html"}))
    allowed = access(google, cluster)
    audience = "https://vault.example/vault/reader"
    assert machine_token(audience, Wire(allowed), allowed).reveal() == b"a.b.c"
    (asked,) = google.asked(path)
    assert asked.query == {"audience": audience, "format": "full"}
    refused = access(google, cluster, trusted=False)
    with pytest.raises(AmbientRefused):
        machine_token(audience, Wire(refused), refused)
