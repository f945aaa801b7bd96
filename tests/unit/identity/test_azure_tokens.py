"""Tokens: what is asked for, how long they are kept, and what is refused."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from esync.errors import EsyncError
from esync.identity.azure import (
    Application,
    AzureSignInFailed,
    Failure,
    KeptToken,
    LentToken,
    Trouble,
    ambient_source,
    application_source,
    certificate_proof,
    custom_authority,
    machine_source,
    pod_source,
    secret_proof,
)
from esync.identity.azure.certificates import BadClientCertificate
from esync.identity.azure.workload import NoWorkloadIdentity
from esync.identity.hosts import HostRefused, PlainHttp
from esync.identity.job_tokens import Purpose
from esync.identity.references import AmbientRefused, BadReference
from esync.identity.wire import Answer
from esync.secret import SecretValue
from tests.fakes.azure_wire import KeepingWire, access_of, any_access, said
from tests.fakes.stores import make_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

VAULT = "https://vault.azure.net"
LOGIN = "https://login.microsoftonline.com"
APP = Application(LOGIN, "contoso.example", "app")
SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND


def test_an_application_shows_its_secret() -> None:
    """One request, to the tenant of the authority, for the resource."""
    wire = KeepingWire()
    proof = secret_proof(lambda: SecretValue(b"p&ss"))
    fetch = application_source(lambda: APP, proof, wire, any_access(clock=lambda: NOW))
    token = fetch(VAULT)
    assert (token.text, token.expires) == ("t0ken", NOW + 3600 * SECOND)
    assert wire.only.url == f"{LOGIN}/contoso.example/oauth2/v2.0/token"
    assert wire.only.form == {
        "grant_type": "client_credentials",
        "client_id": "app",
        "client_secret": "p&ss",
        "scope": f"{VAULT}/.default",
    }


@pytest.mark.parametrize("tenant", ["..", "a/b", "a?b", "a#b", "", "contoso.example\n", "%2e%2e"])
def test_a_tenant_leads_nowhere_else(tenant: str) -> None:
    """It becomes a part of the URL; nothing is sent, and no credential read."""
    wire = KeepingWire()

    def read() -> SecretValue:
        raise AssertionError("the secret was read")

    application = Application(LOGIN, tenant, "app")
    fetch = application_source(lambda: application, secret_proof(read), wire, any_access())
    with pytest.raises(BadReference, match="tenant"):
        fetch(VAULT)
    assert wire.sent == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (said(401, {"error": "invalid_client", "error_description": "hunter2"}), Trouble.DENIED),
        (said(503, None), Trouble.BUSY),
        (Answer(200, {}, b"hunter2 {"), Trouble.MALFORMED),
        (said(200, {"access_token": "hunter2\r\nX: y"}), Trouble.MALFORMED),
        (said(200, {"access_token": 5}), Trouble.MALFORMED),
        (Answer(307, {"location": "https://elsewhere.example"}), Trouble.MALFORMED),
    ],
)
def test_no_token(answer: Answer, kind: Trouble) -> None:
    """The error tells the kind, the client id, and nothing of what Azure said or was shown."""
    wire = KeepingWire(answers=[answer])
    proof = secret_proof(lambda: SecretValue(b"hunter2"))
    with pytest.raises(AzureSignInFailed) as caught:
        application_source(lambda: APP, proof, wire, any_access())(VAULT)
    assert caught.value.failure.kind is kind
    assert "token for the application" in caught.value.message
    assert "hunter2" not in repr(caught.value) + caught.value.hint
    assert len(wire.sent) == 1


def test_a_secret_that_is_no_text() -> None:
    """It is told, and not shown."""
    wire = KeepingWire()
    proof = secret_proof(lambda: SecretValue(b"hunter2\xff"))
    with pytest.raises(BadReference, match="is no text") as caught:
        application_source(lambda: APP, proof, wire, any_access())(VAULT)
    assert caught.value.__context__ is None
    assert wire.sent == []


@pytest.mark.parametrize(
    ("content", "expires"),
    [
        ({"expires_in": 60}, NOW + 60 * SECOND),
        ({"expires_in": "60", "expires_on": "5"}, NOW + 60 * SECOND),
        ({"expires_on": "1700000100"}, NOW + 100 * SECOND),
        ({"expires_on": "11/22/2026 00:00:00 +00:00"}, None),
        ({}, None),
    ],
)
def test_when_a_token_ends(content: dict[str, Any], expires: int | None) -> None:
    """Metadata services spell numbers as texts, and some tell the moment only."""
    wire = KeepingWire(answers=[said(200, {"access_token": "t", **content})])
    assert machine_source(wire, any_access(clock=lambda: NOW))(VAULT).expires == expires


def test_a_token_is_kept_until_two_minutes_before_its_end() -> None:
    """Then another is fetched."""
    now = [NOW]
    given = [LentToken(SecretValue(b"a"), NOW + 300 * SECOND), LentToken(SecretValue(b"b"))]
    tokens = KeptToken(lambda: given.pop(0), lambda: now[0])
    assert [tokens.get().text, tokens.get().text] == ["a", "a"]
    now[0] += 181 * SECOND
    assert [tokens.get().text, tokens.get().text] == ["b", "b"]


@pytest.mark.parametrize(("kind", "asked"), [(Trouble.DENIED, 1), (Trouble.UNAVAILABLE, 2)])
def test_who_was_refused_does_not_ask_again(kind: Trouble, asked: int) -> None:
    """What may pass is asked for again by whoever tries again."""
    calls = []

    def refuse() -> LentToken:
        calls.append(1)
        raise AzureSignInFailed("token", Failure(kind, "x"))

    tokens = KeptToken(refuse, lambda: NOW)
    for _ in range(2):
        with pytest.raises(AzureSignInFailed):
            tokens.get()
    assert len(calls) == asked


# Certificates


def pem_of(key: PrivateKeyTypes, certificate: x509.Certificate | None, **how: Any) -> bytes:
    """Return a key, and perhaps a certificate, as PEM."""
    written = key.private_bytes(
        serialization.Encoding.PEM,
        how.get("form", serialization.PrivateFormat.PKCS8),
        how.get("encryption", serialization.NoEncryption()),
    )
    if certificate is not None:
        written += certificate.public_bytes(serialization.Encoding.PEM)
    return written


def certificate_for(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """Return a certificate that ``key`` signs for itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    dated = builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=1))
    return dated.sign(key, hashes.SHA256())


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """A key for all tests: making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def part(jwt: str, index: int) -> bytes:
    """Return one part of a JWT, decoded."""
    text = jwt.split(".")[index]
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


FORMS = (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("order", ["key first", "certificate first", "chain"])
def test_a_certificate_signs_a_statement(
    key: rsa.RSAPrivateKey, form: serialization.PrivateFormat, order: str
) -> None:
    """Made for this tenant, good for ten minutes, signed by the key that the thumbprint names."""
    own, other = certificate_for(key), certificate_for(ec.generate_private_key(ec.SECP256R1()))
    pem = {
        "key first": pem_of(key, own, form=form),
        "certificate first": own.public_bytes(serialization.Encoding.PEM)
        + pem_of(key, None, form=form),
        "chain": pem_of(key, other, form=form) + own.public_bytes(serialization.Encoding.PEM),
    }[order]
    form_fields = certificate_proof(lambda: SecretValue(pem), lambda: NOW)(APP)
    assert form_fields["client_assertion_type"] == (
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    )
    jwt = form_fields["client_assertion"]
    head, claims = json.loads(part(jwt, 0)), json.loads(part(jwt, 1))
    assert (head["alg"], head["typ"]) == ("PS256", "JWT")
    thumbprint = head["x5t#S256"]
    assert urlsafe_b64decode(thumbprint + "=") == own.fingerprint(hashes.SHA256())
    assert claims.pop("jti")
    assert claims == {
        "aud": f"{LOGIN}/contoso.example/oauth2/v2.0/token",
        "iss": "app",
        "sub": "app",
        "iat": 1_700_000_000,
        "nbf": 1_700_000_000,
        "exp": 1_700_000_600,
    }
    how = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    signed = jwt.rpartition(".")[0].encode()
    key.public_key().verify(part(jwt, 2), signed, how, hashes.SHA256())


def bad_pems(key: rsa.RSAPrivateKey) -> dict[str, bytes]:
    """Return what no application can sign with, by what is wrong with it."""
    curve = ec.generate_private_key(ec.SECP256R1())
    locked = serialization.BestAvailableEncryption(b"x")
    own = certificate_for(key)
    return {
        "has no private key": own.public_bytes(serialization.Encoding.PEM),
        "has no certificate for its private key": pem_of(key, certificate_for(curve)),
        "has no certificate for": pem_of(key, None),
        "that is not RSA": pem_of(curve, certificate_for(curve)),
        "that cannot be read": pem_of(key, own, encryption=locked),
        "cannot be read": b"-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
    }


def test_what_is_no_certificate_of_an_application(key: rsa.RSAPrivateKey) -> None:
    """Each is told apart, and nothing of it is shown."""
    for what, pem in bad_pems(key).items():
        with pytest.raises(BadClientCertificate, match=what) as caught:
            certificate_proof(lambda pem=pem: SecretValue(pem), lambda: NOW)(APP)  # type: ignore[misc]  # bound now
        assert caught.value.__cause__ is None
        assert "hunter2" not in repr(caught.value)


# The machine, the Pod and the process


def test_a_machine_asks_its_metadata_service() -> None:
    """At the address that never leaves the machine, with the header that no browser sends."""
    wire = KeepingWire()
    machine_source(wire, any_access(), "user-assigned")(VAULT)
    assert wire.only.url.startswith("http://169.254.169.254/metadata/identity/oauth2/token?")
    assert wire.only.headers == {"Metadata": "true"}
    assert wire.only.query == {
        "api-version": "2018-02-01",
        "resource": VAULT,
        "client_id": "user-assigned",
    }


def test_a_web_app_has_an_endpoint_of_its_own() -> None:
    """It wants the header's secret to be shown."""
    wire = KeepingWire()
    environ = {"IDENTITY_ENDPOINT": "http://127.0.0.1:1/msi/token", "IDENTITY_HEADER": "guid"}
    machine_source(wire, any_access(environ=environ))(VAULT)
    assert wire.only.url.startswith("http://127.0.0.1:1/msi/token?")
    assert wire.only.headers == {"X-IDENTITY-HEADER": "guid"}
    assert wire.only.query == {"api-version": "2019-08-01", "resource": VAULT}


POD = {"AZURE_CLIENT_ID": "app", "AZURE_TENANT_ID": "contoso.example"}


def test_a_pod_shows_its_projected_token(tmp_path: Path) -> None:
    """It is read when a token is needed, since Kubernetes renews it."""
    file = tmp_path / "token"
    wire = KeepingWire()
    environ = POD | {"AZURE_FEDERATED_TOKEN_FILE": str(file)}
    fetch = pod_source(LOGIN, wire, any_access(environ=environ))
    file.write_text("renewed\n")
    fetch(VAULT)
    assert wire.only.form["client_assertion"] == "renewed"
    file.unlink()
    with pytest.raises(NoWorkloadIdentity, match="FileNotFoundError"):
        fetch(VAULT)


def test_a_pod_without_the_webhooks_variables() -> None:
    """All that is missing is named."""
    with pytest.raises(NoWorkloadIdentity, match="AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE"):
        pod_source(LOGIN, KeepingWire(), any_access(environ={"AZURE_CLIENT_ID": "app"}))


@pytest.mark.parametrize(
    "make",
    [
        machine_source,
        lambda wire, access: pod_source(LOGIN, wire, access),
        lambda wire, access: ambient_source(LOGIN, "", wire, access),
    ],
)
def test_a_store_that_is_not_trusted_gets_no_identity_of_ours(make: Callable[..., Any]) -> None:
    """Whichever it asks for; nothing is sent."""
    store = make_store("azurekv", {}, trusted=False)
    wire = KeepingWire()
    with pytest.raises(AmbientRefused):
        make(wire, access_of(store))
    assert wire.sent == []


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({"AZURE_CLIENT_SECRET": "s"}, {"client_secret": "s"}),
        ({"AZURE_FEDERATED_TOKEN_FILE": "FILE"}, {"client_assertion": "of the file"}),
        ({Purpose.AZURE.value: "of the job\n"}, {"client_assertion": "of the job"}),
        ({"AZURE_CLIENT_SECRET": "s", Purpose.AZURE.value: "j"}, {"client_secret": "s"}),
    ],
)
def test_the_environment_names_an_application(
    environ: dict[str, str], shown: dict[str, str], tmp_path: Path
) -> None:
    """A secret, a token file or the token of a CI job; the first that is there."""
    file = tmp_path / "token"
    file.write_text("of the file")
    named = {name: value.replace("FILE", str(file)) for name, value in environ.items()}
    wire = KeepingWire()
    ambient_source(LOGIN, "", wire, any_access(environ=POD | named))(VAULT)
    assert wire.only.url == f"{LOGIN}/contoso.example/oauth2/v2.0/token"
    assert shown.items() <= wire.only.form.items()
    assert wire.only.form["client_id"] == "app"


def test_the_environment_names_a_certificate(tmp_path: Path, key: rsa.RSAPrivateKey) -> None:
    """A file, since no manifest names it."""
    file = tmp_path / "app.pem"
    environ = POD | {"AZURE_CLIENT_CERTIFICATE_PATH": str(file)}
    wire = KeepingWire()
    fetch = ambient_source(LOGIN, "", wire, any_access(environ=environ))
    with pytest.raises(BadClientCertificate, match="AZURE_CLIENT_CERTIFICATE_PATH"):
        fetch(VAULT)
    file.write_bytes(pem_of(key, certificate_for(key)))
    fetch(VAULT)
    assert wire.only.form["client_assertion"].count(".") == 2


@pytest.mark.parametrize(
    ("named", "url"),
    [
        ("https://login.example/", "https://login.example"),
        ("login.microsoftonline.us", "https://login.microsoftonline.us"),
        ("", LOGIN),
    ],
)
def test_the_environment_may_name_another_authority(named: str, url: str) -> None:
    """With or without scheme, as Azure's own libraries take it; the tenant may be the store's."""
    environ = {"AZURE_AUTHORITY_HOST": named, "AZURE_CLIENT_ID": "a", "AZURE_CLIENT_SECRET": "s"}
    wire = KeepingWire()
    ambient_source(LOGIN, "t", wire, any_access(environ=environ))(VAULT)
    assert wire.only.url == f"{url}/t/oauth2/v2.0/token"


def test_an_authority_of_the_environment_has_tls() -> None:
    """A client secret does not travel in the clear."""
    environ = POD | {"AZURE_CLIENT_SECRET": "s", "AZURE_AUTHORITY_HOST": "http://login.example"}
    with pytest.raises(PlainHttp):
        ambient_source(LOGIN, "", KeepingWire(), any_access(environ=environ))


@pytest.mark.parametrize("tenant", [{}, {"AZURE_TENANT_ID": "contoso.example"}])
def test_without_a_credential_the_machine_is_asked(tenant: dict[str, str]) -> None:
    """The client id of the environment chooses the identity, as for Azure's own libraries."""
    wire = KeepingWire()
    environ = tenant | {"AZURE_CLIENT_ID": "mine"}
    ambient_source(LOGIN, "", wire, any_access(environ=environ))(VAULT)
    assert wire.only.query["client_id"] == "mine"


@pytest.mark.parametrize(
    ("url", "trusted", "refused"),
    [
        ("https://login.microsoftonline.us/", False, None),
        ("https://adfs.example", True, None),
        ("https://adfs.example", False, HostRefused),
        ("https://login.microsoftonline.com.evil.example", False, HostRefused),
        ("https://login.microsoftonline.com:444", False, HostRefused),
        ("https://login.microsoftonline.com/x", False, HostRefused),
        ("http://login.microsoftonline.com", True, PlainHttp),
        ("file:///etc/passwd", True, EsyncError),
    ],
)
def test_which_authorities_a_manifest_may_name(
    url: str,
    trusted: bool,  # noqa: FBT001
    refused: type[EsyncError] | None,
) -> None:
    """Azure's own, or any if the manifest is trusted."""
    access = access_of(make_store("azurekv", {}, trusted=trusted))
    if refused is None:
        assert custom_authority(url, access) == url.rstrip("/")
    else:
        with pytest.raises(refused):
            custom_authority(url, access)
