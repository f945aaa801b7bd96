"""A configuration of type external_account is judged as the operator does, and more strictly."""

from __future__ import annotations

import json
from typing import Any

import pytest

from esync.identity.gcp.external_account import (
    OWN_TOKEN_FILE,
    BadExternalAccount,
    merge,
    parse,
    problems_of,
)

AUDIENCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x"
EMAIL = "robot@app.iam.gserviceaccount.com"
FILE = {"file": "/var/run/secrets/tokens/gcp"}
AWS = {
    "environment_id": "aws1",
    "url": "http://169.254.169.254/latest/meta-data/iam/security-credentials",
    "region_url": "http://169.254.169.254/latest/meta-data/placement/availability-zone",
    "imdsv2_session_token_url": "http://169.254.169.254/latest/api/token",
    "regional_cred_verification_url": "https://sts.{region}.amazonaws.com"
    "?Action=GetCallerIdentity&Version=2011-06-15",
}


def content(**members: Any) -> dict[str, Any]:
    """Return a configuration that is good."""
    base = {"type": "external_account", "audience": AUDIENCE, "credential_source": FILE}
    return base | members


def problems(token_endpoint: str = "", **members: Any) -> str:
    """Return what is wrong with a configuration."""
    return "; ".join(
        problems_of(merge(content(**members), "", ""), token_endpoint, has_supplier=False)
    )


def impersonate(email: str, host: str = "iamcredentials.googleapis.com") -> str:
    """Return a URL of impersonation."""
    return f"https://{host}/v1/projects/-/serviceAccounts/{email}:generateAccessToken"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type": "service_account"}', "[" * 100_000])
def test_only_external_accounts_are_taken(text: str) -> None:
    """Other types of configuration are other ways of signing in; the error quotes nothing."""
    with pytest.raises(BadExternalAccount, match="invalid external_account config"):
        parse(text)


def test_a_configuration_is_defaulted() -> None:
    """Type of token, universe and endpoints have defaults."""
    account = merge(parse(json.dumps(content())), "", "")
    assert account.subject_token_type == "urn:ietf:params:oauth:token-type:jwt"
    assert account.token_url == "https://sts.googleapis.com/v1/token"
    assert account.token_info_url == "https://sts.googleapis.com/v1/introspect"
    assert (account.impersonation_url, account.email, account.lifetime) == ("", "", 0)
    assert problems() == ""


def test_the_word_of_the_store_comes_first() -> None:
    """Its audience and service account replace those of the configuration."""
    url = impersonate("other@app.iam.gserviceaccount.com")
    account = merge(content(service_account_impersonation_url=url), "mine", EMAIL)
    assert account.audience == "mine"
    assert account.impersonation_url == impersonate(EMAIL)
    assert account.email == EMAIL


def test_the_token_of_the_process_is_not_given_away() -> None:
    """A source that is the default token of a Pod is dropped, and then there is none."""
    account = merge(content(credential_source={"file": OWN_TOKEN_FILE}), "", "")
    assert account.source == {}
    assert "neither file, url nor environment_id" in problems(
        credential_source={"file": OWN_TOKEN_FILE}
    )


def test_a_secret_of_a_client_does_not_print() -> None:
    """Neither does it show in a repr."""
    assert "hunter2" not in repr(merge(content(client_id="a", client_secret="hunter2"), "", ""))


@pytest.mark.parametrize(
    "members",
    [
        {"service_account_impersonation_url": impersonate(EMAIL)},
        {
            "service_account_impersonation_url": impersonate(
                EMAIL, "iamcredentials.mtls.googleapis.com"
            )
        },
        {"token_url": "https://sts.mtls.googleapis.com/v1/token"},
        {"token_url": "https://sts.europe-west3.rep.googleapis.com/v1/token"},
        {"credential_source": {"file": "/run/secrets/tokens/gcp"}},
        {"credential_source": AWS},
        {"credential_source": AWS | {"environment_id": "AWS1", "imdsv2_session_token_url": ""}},
        {
            "credential_source": {
                name: value.replace("169.254.169.254", "[fd00:ec2::254]")
                for name, value in AWS.items()
            }
        },
    ],
)
def test_what_is_right(members: dict[str, Any]) -> None:
    """Google's own hosts, projected tokens, and the metadata server of EC2."""
    assert problems(**members) == ""


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"audience": ""}, "audience is empty"),
        ({"service_account_impersonation_url": impersonate("a@b.example")}, "impersonation"),
        (
            {
                "service_account_impersonation_url": impersonate(
                    EMAIL, "iamcredentials.evil.example"
                )
            },
            "impersonation",
        ),
        (
            {
                "service_account_impersonation_url": impersonate(
                    EMAIL, "evil.example/iamcredentials.googleapis.com"
                )
            },
            "impersonation",
        ),
        (
            {"service_account_impersonation_url": impersonate("A@app.iam.gserviceaccount.com")},
            "imp",
        ),
        ({"token_url": "http://sts.googleapis.com/v1/token"}, "token_url is not"),
        ({"token_url": "https://evil.example/v1/token"}, "token_url is not"),
        ({"token_url": "https://sts.googleapis.com/v1/other"}, "token_url is not"),
        ({"token_url": "https://stsgoogleapis.com/v1/token"}, "token_url is not"),
        ({"token_url": "https://sts.evil.example/v1/token"}, 'leads to "sts.evil.example"'),
        ({"token_url": "https://sts.x@googleapis.com/v1/token"}, "outside Google's own domain"),
        ({"token_url": "https://sts.googleapis.com\\@evil.example/v1/token"}, "outside Google"),
        ({"token_url": "https://sts.googleapis.com.evil.example/v1/token"}, "outside Google"),
        ({"token_info_url": "https://sts.evil.example/v1/introspect"}, "token_info_url leads"),
        ({"universe_domain": "evil.example"}, 'leads to "sts.evil.example"'),
        ({"credential_source": {"executable": {"command": "x"}, **FILE}}, "executable"),
        ({"credential_source": {"certificate": {"x": 1}, **FILE}}, "certificate"),
        ({"credential_source": {}}, "neither"),
        ({"credential_source": "text"}, "neither"),
        ({"credential_source": {"url": "https://a.example/t"}}, "externalTokenEndpoint"),
        ({"credential_source": {"file": "/etc/passwd"}}, "projected"),
        ({"credential_source": {"file": "/var/run/secrets/../../../etc/passwd"}}, "projected"),
        ({"credential_source": {"file": "/var/run/secrets/a/.."}}, "projected"),
        ({"credential_source": {"file": "/var/run/secrets/"}}, "projected"),
        ({"credential_source": {"file": "var/run/secrets/a"}}, "projected"),
        ({"credential_source": AWS | {"environment_id": "azure1"}}, "begin with aws"),
        ({"credential_source": AWS | {"url": "http://evil.example/latest"}}, ".url is not"),
        (
            {"credential_source": AWS | {"url": "http://169.254.169.254/latest/user-data"}},
            ".url is not",
        ),
        ({"credential_source": AWS | {"region_url": ""}}, "region_url"),
        (
            {"credential_source": AWS | {"imdsv2_session_token_url": "http://evil.example/"}},
            "imdsv2",
        ),
        (
            {
                "credential_source": AWS
                | {"regional_cred_verification_url": "https://iam.amazonaws.com?Action=CreateUser"}
            },
            "GetCallerIdentity",
        ),
        ({"credential_source": AWS | {"executable": {"command": "x"}}}, "executable"),
    ],
)
def test_what_is_wrong(members: dict[str, Any], said: str) -> None:
    """Every way out of Google, and every way into this machine, is told and refused."""
    assert said in problems(**members)


def test_all_problems_are_told_at_once() -> None:
    """Nobody has to repair one after the other."""
    found = problems(audience="", token_url="https://evil.example", credential_source={})
    assert found.count(";") == 2


def test_the_url_must_be_that_of_the_store() -> None:
    """Both are empty for files, and the same for URLs."""
    url = "https://tokens.example/t"
    assert problems(url, credential_source={"url": url}) == ""
    assert "externalTokenEndpoint" in problems(url + "2", credential_source={"url": url})
    assert "externalTokenEndpoint" in problems(url, credential_source=FILE)


def test_a_token_that_is_handed_over_needs_no_source() -> None:
    """With a service account or an AWS key, only hosts and audience are judged."""
    account = merge({}, AUDIENCE, EMAIL)
    assert problems_of(account, "", has_supplier=True) == []
