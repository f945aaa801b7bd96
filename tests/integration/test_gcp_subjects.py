"""Where a token of another platform is found: a projected file, or the metadata server of EC2."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from esync.identity.gcp import Wire
from esync.identity.gcp.external_account import BadExternalAccount, ExternalAccount
from esync.identity.gcp.subjects import NoSubjectToken, found_subject
from esync.identity.references import StoreAccess
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

AUDIENCE = "//iam.googleapis.com/projects/1"


def subject(source: dict[str, Any]) -> str:
    """Return the token that a configuration leads to, which was judged before."""
    access = StoreAccess(make_store("gcpsm", {}), "orders", MemoryCredentials())
    account = ExternalAccount(AUDIENCE, source=source)
    return found_subject(account, Wire(access), access).reveal().decode()


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that knows nothing of AWS."""
    names = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "REGION", "DEFAULT_REGION")
    for name in names:
        monkeypatch.delenv(f"AWS_{name}", raising=False)


@pytest.mark.parametrize(
    ("content", "format_"),
    [
        ("subject\n", {}),
        ("subject", {"type": "text"}),
        ('{"token": "subject"}', {"type": "json", "subject_token_field_name": "token"}),
    ],
)
def test_a_file_has_a_token(tmp_path: Path, content: str, format_: dict[str, str]) -> None:
    """As text, or as a member of a JSON object."""
    path = tmp_path / "token"
    path.write_text(content)
    assert subject({"file": str(path), "format": format_}) == "subject"


@pytest.mark.parametrize(
    ("content", "format_"),
    [
        (None, {}),
        ("", {}),
        (" \n", {}),
        ("hunter2", {"type": "json", "subject_token_field_name": "token"}),
        ('{"token": 7}', {"type": "json", "subject_token_field_name": "token"}),
        ('{"token": "hunter2"}', {"type": "json"}),
        ('["hunter2"]', {"type": "json", "subject_token_field_name": "token"}),
    ],
)
def test_a_file_has_none(tmp_path: Path, content: str | None, format_: dict[str, str]) -> None:
    """It does not exist, or holds something else, which is not shown."""
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    with pytest.raises(NoSubjectToken) as caught:
        subject({"file": str(path), "format": format_})
    assert "hunter2" not in f"{caught.value!r}{caught.value.__context__!r}"


@pytest.mark.usefixtures("no_aws")
def test_a_machine_of_aws_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Token of the metadata server, region, role, its keys; then a request is signed with them."""
    asked: list[tuple[str, str, str]] = []
    keys = {"AccessKeyId": "ASIA", "SecretAccessKey": "s", "Token": "t0k"}

    def imds(request: Request) -> Response:
        token = request.headers.get("x-aws-ec2-metadata-token", "")
        asked.append((request.method, request.path, token))
        texts = {"/token": "imds", "/zone": "eu-central-1b", "/creds": "role"}
        if request.path in texts:
            return Response(200, texts[request.path])
        return Response(200, keys)

    with serving(imds) as port:
        url = f"http://127.0.0.1:{port}"
        source = {
            "environment_id": "aws1",
            "url": f"{url}/creds",
            "region_url": f"{url}/zone",
            "imdsv2_session_token_url": f"{url}/token",
        }
        signed = json.loads(unquote(subject(source)))
    assert signed["url"].startswith("https://sts.eu-central-1.amazonaws.com?")
    headers = {one["key"].lower(): one["value"] for one in signed["headers"]}
    assert "Credential=ASIA/" in headers["authorization"]
    assert ("GET", "/creds/role", "imds") in asked

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    signed = json.loads(unquote(subject({"environment_id": "aws1"})))
    assert signed["url"].startswith("https://sts.us-east-1.amazonaws.com?")


@pytest.mark.usefixtures("no_aws")
def test_a_machine_without_role() -> None:
    """What the metadata server says is not shown."""
    with serving(lambda _: Response(404, "hunter2")) as port:
        url = f"http://127.0.0.1:{port}"
        source = {"environment_id": "aws1", "url": f"{url}/creds", "region_url": f"{url}/zone"}
        with pytest.raises(NoSubjectToken) as caught:
            subject(source)
    shown = f"{caught.value!r}{caught.value.__cause__!r}{caught.value.__context__!r}"
    assert "hunter2" not in shown


@pytest.mark.usefixtures("no_aws")
def test_only_one_version_of_aws_is_known() -> None:
    """Google's library refuses others."""
    with pytest.raises(BadExternalAccount, match="aws1"):
        subject({"environment_id": "aws2"})
