"""Which secrets of a vault a search finds, and which requests it makes."""

from __future__ import annotations

from typing import Any

import pytest

from esync.identity.azure import KeptToken, LentToken
from esync.identity.wire import Answer
from esync.manifests.externalsecret import Find, FindName
from esync.providers.azure.calls import Calls
from esync.providers.azure.key_vault import KeyVault
from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    Busy,
    NoSecret,
    ProviderError,
    Throttled,
    Unavailable,
)
from esync.secret import SecretValue
from tests.fakes.azure_wire import KeepingWire, said

VAULT = "https://a.vault.azure.net"
GONE = said(404, {"error": {"code": "SecretNotFound", "message": "hunter2"}})


def item(name: str, tags: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    """Return an item of a list."""
    listed = {"id": f"{VAULT}/secrets/{name}", "attributes": {"enabled": True, **attributes}}
    return listed | ({"tags": tags} if tags is not None else {})


def vault(*answers: Answer) -> tuple[KeyVault, KeepingWire]:
    """Return a vault that gives these answers."""
    wire = KeepingWire(answers=list(answers))
    tokens = KeptToken(lambda: LentToken(SecretValue(b"t0ken")), lambda: 0)
    return KeyVault(Calls(wire, tokens, VAULT)), wire


def page(*items: object, link: str | None = None) -> Answer:
    """Return a page of a list."""
    return said(200, {"value": items, "nextLink": link})


ITEMS = [
    item("db-user", {"env": "prod", "team": "a"}),
    item("db-pass", {"env": "dev", "team": "a"}),
    item("off", {"env": "prod", "team": "a"}, enabled=False),
    item("mail"),
    {"id": f"{VAULT}/secrets/odd", "tags": {"env": "prod"}},
]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Find(), ["db-user", "db-pass", "mail"]),
        (Find(path="any"), ["db-user", "db-pass", "mail"]),
        (Find(name=FindName("")), ["db-user", "db-pass", "mail"]),
        (Find(name=FindName("^db-")), ["db-user", "db-pass"]),
        (Find(name=FindName("a")), ["db-pass", "mail"]),
        (Find(name=FindName("(")), []),
        (Find(tags={"env": "prod"}), ["db-user"]),
        (Find(tags={"env": "prod", "team": "b"}), []),
        (Find(tags={"team": "a"}), ["db-user", "db-pass"]),
        (Find(tags={"team": "a"}, name=FindName("user")), ["db-user"]),
    ],
)
def test_what_is_found(wanted: Find, names: list[str]) -> None:
    """Enabled ones whose name and all tags match; a path and a wrong expression are no errors."""
    provider, wire = vault(page(*ITEMS), said(200, {"value": "v"}))
    assert provider.find(wanted) == {name: SecretValue(b"v") for name in names}
    assert [one.url for one in wire.sent] == [
        f"{VAULT}/secrets?api-version=7.4",
        *[f"{VAULT}/secrets/{name}/?api-version=7.4" for name in names],
    ]


def test_a_page_leads_to_the_next_but_nowhere_else() -> None:
    """Of the link only the fields are taken: a token goes to the vault of the store."""
    link = "https://evil.example:443/steal?api-version=2.0&$skiptoken=a%2Fb&maxresults=25"
    provider, wire = vault(page(item("a"), link=link), page(item("b")), said(200, {"value": "v"}))
    assert list(provider.find(Find())) == ["a", "b"]
    assert all(one.url.startswith(f"{VAULT}/secrets") for one in wire.sent)
    assert wire.sent[1].query == {
        "api-version": "7.4",
        "$skiptoken": "a/b",
        "maxresults": "25",
    }


@pytest.mark.parametrize("link", [f"{VAULT}/secrets?$skiptoken=x", "https://[", VAULT])
def test_a_page_that_leads_to_itself(link: str) -> None:
    """It would never end."""
    provider, _ = vault(page(item("a"), link=link))
    with pytest.raises(BadAnswer, match="same page"):
        provider.find(Find())


def test_one_that_is_gone_makes_the_search_find_nothing() -> None:
    """As for the operator, whose ``deletionPolicy`` then decides."""
    provider, _ = vault(page(item("a"), item("b")), said(200, {"value": "v"}), GONE)
    with pytest.raises(NoSecret) as caught:
        provider.find(Find())
    assert caught.value.message == 'secret "b" does not exist (SecretNotFound)'


@pytest.mark.parametrize("broken", [{"attributes": {"enabled": True}}, item("../keys/x?")])
def test_items_that_are_none(broken: dict[str, Any]) -> None:
    """An item without name, or with one that leads elsewhere."""
    provider, wire = vault(page(broken))
    with pytest.raises(ProviderError):
        provider.find(Find())
    assert len(wire.sent) == 1


def test_a_list_may_be_denied() -> None:
    """The hint names the permission for lists."""
    provider, _ = vault(said(403, {"error": {"code": "Forbidden"}}))
    with pytest.raises(AccessDenied) as caught:
        provider.find(Find())
    assert caught.value.message == "the list of secrets: Azure denies access (Forbidden)"
    assert "secrets/list" in caught.value.hint


# Errors of a read


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ("SecretDisabled", "enable this version of the secret"),
        ("ForbiddenByFirewall", "let this machine through the firewall of the vault"),
        ("ForbiddenByRbac", "grant secrets/get (role Key Vault Secrets User) on the vault"),
    ],
)
def test_why_access_is_denied(reason: str, hint: str) -> None:
    """Azure's inner code tells what to do; its message is not shown."""
    told = {"error": {"code": "Forbidden", "message": "hunter2", "innererror": {"code": reason}}}
    provider, _ = vault(said(403, told, x_ms_request_id="7"))
    with pytest.raises(AccessDenied) as caught:
        provider.read("db", "1")
    assert caught.value.message == (
        f'secret "db" at version "1": Azure denies access (Forbidden, {reason}, request 7)'
    )
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (said(400, {"error": {"code": "BadParameter", "message": "hunter2"}}), ProviderError,
         'secret "db": Azure refuses (BadParameter)'),
        (said(503, {"error": {"code": "Busy"}}), Busy,
         'secret "db": Azure is not able to answer (Busy)'),
        (Answer(0, outage="ReadTimeoutError"), Unavailable,
         'secret "db": Azure does not answer (ReadTimeoutError)'),
        (Answer(200, {}, b"hunter2 {"), BadAnswer,
         'secret "db": the answer is no JSON object'),
    ],
)  # fmt: skip
def test_other_failures(answer: Answer, kind: type[ProviderError], message: str) -> None:
    """Each in our words, once, and without what Azure or a proxy said."""
    provider, wire = vault(answer)
    with pytest.raises(kind) as caught:
        provider.read("db")
    assert type(caught.value) is kind
    assert caught.value.message == message
    assert len(wire.sent) == 1


def test_how_long_to_wait() -> None:
    """Azure says it in a header."""
    provider, _ = vault(said(429, {"error": {"code": "Throttled"}}, retry_after="12"))
    with pytest.raises(Throttled) as caught:
        provider.read("key/signing")
    assert caught.value.retry_after == 12.0
    assert caught.value.message == 'key "signing": Azure asks to slow down (Throttled)'


def test_a_404_of_somebody_else_is_no_missing_secret() -> None:
    """Nothing is deleted because a proxy has no such page."""
    provider, _ = vault(Answer(404, {}, b"<html>"))
    with pytest.raises(BadAnswer):
        provider.read("db")


def test_where_objects_are_read() -> None:
    """Type, name and version are the path; the current version is an empty one."""
    provider, wire = vault(said(200, {"value": "v", "cer": "AA==", "key": {}}))
    for key, version in (("db", ""), ("secret/db", "1"), ("cert/web", ""), ("key/k/dropped", "2")):
        provider.read(key, version)
    assert [one.url.removeprefix(VAULT).partition("?")[0] for one in wire.sent] == [
        "/secrets/db/",
        "/secrets/db/1",
        "/certificates/web/",
        "/keys/k/2",
    ]
    assert {one.headers["Authorization"] for one in wire.sent} == {"Bearer t0ken"}
