"""Akeyless of our own, as the official Python client speaks with it: ten commands and a token."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import Any

from tests.servers.certificates import Authority
from tests.servers.gate import Call, Gate, Refusal
from tests.servers.web import Request, Response, serving

ACCESS_ID = "p-tests"
ACCESS_KEY = "access-key-of-tests"
PAGE = 1000
_STATUS = {Refusal.DENIED: 403, Refusal.THROTTLED: 429, Refusal.UNAVAILABLE: 503}
_TYPES = {
    "static-secret": "STATIC_SECRET",
    "dynamic-secret": "DYNAMIC_SECRET",
    "rotated-secret": "ROTATED_SECRET",
    "certificate": "CERTIFICATE",
}


@dataclass
class Item:
    """One item: its type as lists name it, its versions, its tags."""

    kind: str
    versions: list[Any]
    tags: list[str] = field(default_factory=list)


@dataclass
class AkeylessServer:
    """A running service.

    Attributes:
        prefix: the path below which it is the API; elsewhere it answers 404.
        sign_ins: the bodies of all sign-ins, in order.
        asked: command and body of everything else, in order.
        accepts: what a sign-in must have, beside the access id, by access type.
        token: how the next tokens begin.
        expiration: when they end, as the service writes it; empty if it does not.
        mismatch: the status for an item that is of another type than the command asks for.
    """

    url: str = ""
    prefix: str = ""
    ca: Path | None = None
    gate: Gate = field(default_factory=Gate)
    sign_ins: list[Mapping[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    probes: list[str] = field(default_factory=list)
    accepts: dict[str, dict[str, str]] = field(
        default_factory=lambda: {"access_key": {"access-key": ACCESS_KEY}}
    )
    token: str = "t-"
    expiration: str = ""
    mismatch: int = 400
    items: dict[str, Item] = field(default_factory=dict)
    _tokens: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def end_tokens(self) -> None:
        """Know none of the tokens any more that were given so far."""
        with self._lock:
            self._tokens.clear()

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        path = request.path.rstrip("/")
        if not path.startswith(self.prefix):
            self.probes.append(path)
            return Response(404, "nothing here")
        command = path.removeprefix(self.prefix).lstrip("/")
        if not command:
            self.probes.append(path)
            return Response(400, {"error": "unknown command"})
        with self._lock:
            return self._command(command, request.json())

    def _command(self, command: str, body: dict[str, Any]) -> Response:
        if command == "auth":
            return self._sign_in(body)
        token = body.get("token") or body.get("uid-token")
        if token not in self._tokens or ("uid-token" in body) != str(token).startswith("u-"):
            return _error(401, "hunter2 is no token")
        self.asked.append((command, body))
        names = body.get("name") or body.get("names") or ""
        name = names[0] if isinstance(names, list) else names
        for one in names if isinstance(names, list) else [name]:
            if refusal := self.gate.admit(Call(command, one, "")):
                return _error(_STATUS[refusal], "hunter2 is turned away")
        run = getattr(self, f"_{command.replace('-', '_')}", None)
        return run(name, body) if run else _error(400, "unknown command")

    def _sign_in(self, body: dict[str, Any]) -> Response:
        self.sign_ins.append(body)
        wanted = self.accepts.get(body.get("access-type", "access_key"))
        if body.get("access-id") != ACCESS_ID or wanted is None:
            return _error(401, "hunter2 is nobody")
        if any(body.get(name) != value for name, value in wanted.items()):
            return _error(401, "hunter2 is the wrong key")
        token = f"{self.token}{token_hex(16)}"
        self._tokens.add(token)
        ends = {"expiration": self.expiration} if self.expiration else {}
        return Response(200, {"token": token, **ends})

    def _create_secret(self, name: str, body: dict[str, Any]) -> Response:
        if name in self.items:
            return _error(409, "hunter2 exists")
        self.items[name] = Item("static-secret", [body["value"]], body.get("tags") or [])
        return Response(200, {"name": name})

    def _update_secret_val(self, name: str, body: dict[str, Any]) -> Response:
        self.items[name].versions.append(body["value"])
        return Response(200, {"name": name})

    def _describe_item(self, name: str, _: dict[str, Any]) -> Response:
        item = self.items.get(name)
        if item is None:
            return _error(404, "hunter2 not found")
        content = {"item_name": name, "item_type": _TYPES.get(item.kind, item.kind)}
        return Response(200, {**content, "item_tags": item.tags})

    def _get_secret_value(self, _: str, body: dict[str, Any]) -> Response:
        found = {}
        for name in body["names"]:
            item = self.items.get(name)
            if item is None:
                return _error(404, "hunter2 not found")
            if item.kind != "static-secret":
                return _error(self.mismatch, "hunter2 is of another type")
            value = _version(item, body.get("version") or 0)
            if value is None:
                return _error(404, "hunter2 has no such version")
            found[name] = value
        return Response(200, found)

    def _get_rotated_secret_value(self, name: str, body: dict[str, Any]) -> Response:
        return Response(200, _version(self.items[name], body.get("version") or 0))

    def _get_dynamic_secret_value(self, name: str, _: dict[str, Any]) -> Response:
        return Response(200, {**self.items[name].versions[-1], "id": token_hex(4)})

    def _get_certificate_value(self, name: str, body: dict[str, Any]) -> Response:
        return Response(200, _version(self.items[name], body.get("version") or 0))

    def _list_items(self, _: str, body: dict[str, Any]) -> Response:
        tag = body.get("tag") or ""
        listed = [
            {"item_name": name, "item_type": _TYPES.get(item.kind, item.kind)}
            for name, item in self.items.items()
            if item.kind in body["type"]
            and (body.get("filter") or "") in name
            and (not tag or tag in item.tags)
        ]
        content: dict[str, Any] = {"items": listed[:PAGE]}
        if len(listed) > PAGE:
            content["next_page"] = "2"
        return Response(200, content)


@contextmanager
def akeyless(
    prefix: str = "",
    folder: Path | None = None,
    accepts: Mapping[str, dict[str, str]] | None = None,
) -> Iterator[AkeylessServer]:
    """Run a service of its own, with TLS if there is a folder for its certificates."""
    server = AkeylessServer(prefix=prefix)
    server.accepts.update(accepts or {})
    pair = None
    if folder:
        authority = Authority(folder)
        server.ca, pair = authority.certificate, authority.issue("akeyless")
    with serving(server.answer, pair) as port:
        server.url = f"https://localhost:{port}" if pair else f"http://127.0.0.1:{port}"
        yield server


@contextmanager
def official_client(server: AkeylessServer) -> Iterator[tuple[Any, str]]:
    """Give Akeyless's own client, and a token that it signed in for."""
    import akeyless as sdk

    with sdk.ApiClient(sdk.Configuration(host=server.url + server.prefix)) as client:
        api = sdk.V2Api(client)
        token = api.auth(sdk.Auth(access_id=ACCESS_ID, access_key=ACCESS_KEY)).token
        yield api, token


def put(client: tuple[Any, str], name: str, value: str, tags: list[str] | None = None) -> None:
    """Create a static secret with the official client, or give it another version."""
    import akeyless as sdk

    api, token = client
    try:
        api.create_secret(sdk.CreateSecret(name=name, value=value, tags=tags or [], token=token))
    except sdk.ApiException as error:
        if error.status != 409:
            raise
        api.update_secret_val(sdk.UpdateSecretVal(name=name, value=value, token=token))


def _version(item: Item, number: int) -> Any:
    """Return a version, 0 is the latest; None if there is no such one."""
    if number > len(item.versions):
        return None
    return item.versions[number - 1]


def _error(status: int, message: str) -> Response:
    return Response(status, {"error": message})
