"""Who cannot sign in is told where the store stands, for every provider, and shown nothing."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from esync import pipeline, shape
from esync.cli import wiring
from esync.cli.options import StoreFlags
from esync.load import LoadRequest
from esync.providers import PROVIDERS
from tests.fakes.google import endpoints
from tests.servers.certificates import signing_key
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from esync.errors import EsyncError

pytestmark = pytest.mark.integration

GROUP = "external-secrets.io/v1"
CANARY = "hunter2"
PROVIDER_LINE = 8
REF = {"name": "login", "key": "secret"}


@dataclass
class Case:
    """A store that signs in by a Secret, and how its service says no.

    Attributes:
        settings: of the provider.
        secret: what the Secret holds.
        answer: the service's.
        environ: more of the environment.
        says: what the error has to tell of the answer.
    """

    settings: Mapping[str, Any]
    answer: Response
    says: str
    secret: Mapping[str, str] = field(default_factory=lambda: {"secret": CANARY})
    environ: Mapping[str, str] = field(default_factory=dict)


def google_key(folder: Path, url: str) -> str:
    """Return the content of a key file."""
    key = {
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "1",
        "private_key": signing_key(folder / "google.key").read_text(),
        "client_email": "app@p.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"{url}/token",
    }
    return json.dumps(key)


def vault(url: str, _: Path) -> Case:
    """A login by an AppRole."""
    auth = {"appRole": {"path": "approle", "roleId": "r", "secretRef": REF}}
    answer = Response(400, {"errors": [CANARY]})
    return Case({"server": url, "path": "kv", "auth": auth}, answer, r"\(status 400\)")


def aws(url: str, _: Path) -> Case:
    """Keys that AWS does not know."""
    ids = {"accessKeyIDSecretRef": {"name": "login", "key": "id"}}
    auth = {"secretRef": {**ids, "secretAccessKeySecretRef": REF}}
    settings = {"service": "SecretsManager", "region": "eu-central-1", "auth": auth}
    answer = Response(400, {"__type": "UnrecognizedClientException", "message": CANARY})
    environ = {"AWS_SECRETSMANAGER_ENDPOINT": url}
    secret = {"id": "AKIAEXAMPLE", "secret": CANARY}
    return Case(settings, answer, "UnrecognizedClientException", secret, environ)


def aws_role(url: str, folder: Path) -> Case:
    """A role that does not trust the keys."""
    case = aws(url, folder)
    settings = {**case.settings, "role": "arn:aws:iam::1:role/app"}
    code = "<Code>AccessDenied</Code>"
    text = f"<ErrorResponse><Error>{code}<Message>{CANARY}</Message></Error></ErrorResponse>"
    answer = Response(403, text, {"Content-Type": "text/xml"})
    return Case(
        settings, answer, "AccessDenied, AssumeRole", case.secret, {"AWS_STS_ENDPOINT": url}
    )


def azure(url: str, _: Path) -> Case:
    """A client secret that Entra ID does not take."""
    settings = {
        "vaultUrl": url,
        "useAzureSDK": True,
        "customCloudConfig": {"activeDirectoryEndpoint": url},
        "tenantId": "11111111-1111-1111-1111-111111111111",
        "authSecretRef": {"clientId": {"name": "login", "key": "id"}, "clientSecret": REF},
    }
    content = {"error": "invalid_client", "error_description": CANARY}
    challenge = f'Bearer authorization="{url}/t", resource="{url.replace("//127.", "//")}"'
    answer = Response(401, content, {"WWW-Authenticate": challenge})
    return Case(settings, answer, "invalid_client", {"id": "c", "secret": CANARY})


def gcp(url: str, folder: Path) -> Case:
    """A key that Google does not know."""
    answer = Response(400, {"error": "invalid_grant", "error_description": CANARY})
    secret = {"key.json": google_key(folder, url)}
    auth = {"secretRef": {"secretAccessKeySecretRef": {"name": "login", "key": "key.json"}}}
    settings = {"projectID": "p", "auth": auth}
    return Case(settings, answer, "invalid_grant", secret, endpoints(url))


def ibm(url: str, _: Path) -> Case:
    """An API key that IAM does not know."""
    auth = {"secretRef": {"secretApiKeySecretRef": REF, "iamEndpoint": url}}
    answer = Response(400, {"errorCode": "BXNIM0415E", "errorMessage": CANARY})
    return Case({"serviceUrl": url, "auth": auth}, answer, "BXNIM0415E")


def akeyless(url: str, _: Path) -> Case:
    """An access key that is wrong."""
    refs = {"accessID": "id", "accessType": "type", "accessTypeParam": "secret"}
    named = {name: {"name": "login", "key": key} for name, key in refs.items()}
    settings = {"akeylessGWApiURL": f"{url}/v2", "authSecretRef": {"secretRef": named}}
    secret = {"id": "p-1", "type": "api_key", "secret": CANARY}
    return Case(settings, Response(401, {"error": CANARY}), "status 401", secret)


def kubernetes(url: str, _: Path) -> Case:
    """A token that the API server does not know."""
    settings = {"server": {"url": url}, "auth": {"token": {"bearerToken": REF}}}
    status = {"kind": "Status", "status": "Failure", "message": CANARY, "code": 401}
    return Case(settings, Response(401, status), "does not accept the store's credentials")


def crd(url: str, folder: Path) -> Case:
    """The same, for objects of a kind."""
    case = kubernetes(url, folder)
    resource = {"group": "stores.example", "version": "v1", "kind": "Vault"}
    return Case({**case.settings, "resource": resource}, case.answer, case.says)


def webhook(url: str, _: Path) -> Case:
    """A header that the endpoint does not take."""
    settings = {
        "url": f"{url}/{{{{ .remoteRef.key }}}}",
        "headers": {"Authorization": "Bearer {{ .login.secret }}"},
        "secrets": [{"name": "login", "secretRef": {"name": "login"}}],
        "result": {},
    }
    return Case(settings, Response(401, CANARY), "answers 401")


def webhook_late(url: str, folder: Path) -> Case:
    """The same, where each property is a request of its own, which comes later."""
    case = webhook(url, folder)
    later = {"url": f"{url}/{{{{ .remoteRef.key }}}}?of={{{{ .remoteRef.property }}}}"}
    return Case({**case.settings, **later}, case.answer, case.says)


CASES = {
    "vault": vault,
    "openBao": vault,
    "aws": aws,
    "aws-role": aws_role,
    "azurekv": azure,
    "gcpsm": gcp,
    "ibm": ibm,
    "akeyless": akeyless,
    "kubernetes": kubernetes,
    "crd": crd,
    "webhook": webhook,
    "webhook-late": webhook_late,
}


@pytest.fixture(params=CASES)
def name(request: pytest.FixtureRequest) -> str:
    """Each of the cases."""
    return str(request.param)


@pytest.fixture
def case(name: str, tmp_path: Path) -> Iterator[Case]:
    """A store, and its service that says no."""
    answers: list[Response] = []

    def answer(_: Request) -> Response:
        return answers[0]

    with serving(answer) as port:
        made = CASES[name](f"http://127.0.0.1:{port}", tmp_path)
        answers.append(made.answer)
        yield made


def failure(
    name: str, case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch, *, with_secret: bool
) -> EsyncError:
    """Render an ExternalSecret over the store, and return why that fails."""
    provider = {name.partition("-")[0]: case.settings}
    where = {"namespace": "orders"}
    key = "default/kv/db" if name == "ibm" else "db"  # others would find no fault with it first
    body = json.dumps(provider)
    (folder / "store.yaml").write_text(
        f"apiVersion: {GROUP}\nkind: SecretStore\nmetadata:\n  name: main\n"
        f"  namespace: orders\nspec:\n  provider:\n    {body[1:-1]}\n"
    )
    external = {
        "apiVersion": GROUP,
        "kind": "ExternalSecret",
        "metadata": {"name": "db", **where},
        "spec": {
            "secretStoreRef": {"name": "main"},
            "data": [{"secretKey": "a", "remoteRef": {"key": key, "property": "p"}}],
        },
    }
    (folder / "external.yaml").write_text(json.dumps(external))
    if with_secret:
        labels = {"labels": {"external-secrets.io/type": "webhook"}}
        metadata = {"name": "login", **where, **labels}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
        (folder / "secret.yaml").write_text(json.dumps({**secret, "stringData": case.secret}))
    for variable, value in case.environ.items():
        monkeypatch.setenv(variable, value)
    files = LoadRequest(files=(str(folder),), default_namespace="default")
    world = pipeline.World(
        cluster=None,
        door_of=wiring.doors(StoreFlags(), None),
        chance=shape.Chance(clock=lambda: 0, random=lambda n: b"\7" * n),
        over=lambda: "",
    )
    (failed,) = pipeline.render(pipeline.Request(files), world).failures
    return failed.error


def test_every_provider_that_signs_in_is_here() -> None:
    """The fake store asks nobody."""
    assert {name.partition("-")[0] for name in CASES} == PROVIDERS.keys() - {"fake"}


def test_a_refused_sign_in_tells_the_store(
    name: str, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File and line of the store, what the service said, and what to do; no word of its own."""
    error = failure(name, case, tmp_path, monkeypatch, with_secret=True)

    assert re.search(case.says, error.message), error.message
    assert str(error.at) == f"{tmp_path / 'store.yaml'}:{PROVIDER_LINE}"
    assert error.hint
    assert CANARY not in f"{error!r} {error.message} {error.hint}"
    assert error.__cause__ is None


def test_a_credential_that_is_not_there_tells_the_reference(
    name: str, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File and line, the field, and the Secret that is missed; nobody is asked."""
    error = failure(name, case, tmp_path, monkeypatch, with_secret=False)

    assert "orders/login" in error.message, error.message
    assert error.hint
    assert str(error.at) == f"{tmp_path / 'store.yaml'}:{PROVIDER_LINE}"


def test_a_key_that_is_not_there_tells_the_reference(
    name: str, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Secret is there, and lacks what the store names; what it has is not told."""
    if name.startswith("webhook"):
        pytest.skip("names no key: its templates see all that the Secret has")
    emptied = replace(case, secret={"other": CANARY})
    error = failure(name, emptied, tmp_path, monkeypatch, with_secret=True)

    assert "has no key" in error.message, error.message
    assert str(error.at) == f"{tmp_path / 'store.yaml'}:{PROVIDER_LINE}"
    assert error.hint
    assert not re.search(f"other|{CANARY}", f"{error.message} {error.hint}")
