"""How Azure Key Vault keeps versions, deletes softly and says no, after its REST reference."""

import re
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from secrets import token_hex
from threading import RLock
from time import time
from typing import Any

from tests.servers.azure_objects import (
    Bundle,
    created_key,
    imported_certificate,
    imported_key,
    secret,
)

KINDS = ("secrets", "keys", "certificates")
_PAGE = 25
_SECRET_PARTS = ("value", "cer", "policy", "key")
_MAKERS: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Bundle]] = {
    ("PUT", "secrets"): secret,
    ("PUT", "keys"): imported_key,
    ("POST", "keys/create"): created_key,
}


class VaultError(Exception):
    """A request fails with an HTTP status and the service's own code."""

    def __init__(self, status: HTTPStatus, code: str, message: str, inner: str = "") -> None:
        super().__init__(message)
        self.status = status
        detail: dict[str, object] = {"code": code, "message": message}
        if inner:
            detail["innererror"] = {"code": inner}
        self.content = {"error": detail}


class Vault:
    """One vault, in memory, at ``url``. Safe to call from several threads at once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = RLock()
        self._live: dict[str, dict[str, list[Bundle]]] = {}
        self._deleted: dict[str, dict[str, list[Bundle]]] = {}
        self.reset()

    def reset(self) -> None:
        """Forget every object, also the deleted ones."""
        with self._lock:
            self._live = {kind: {} for kind in KINDS}
            self._deleted = {kind: {} for kind in KINDS}

    def call(
        self, method: str, segments: list[str], query: Mapping[str, str], body: Mapping[str, Any]
    ) -> object:
        """Carry out a request; ``segments`` are those of its path, an empty version left out.

        Raises:
            VaultError: it cannot be done.
        """
        kind, *rest = segments
        with self._lock:
            if kind.removeprefix("deleted") not in KINDS:
                raise VaultError(HTTPStatus.NOT_FOUND, "NotFound", "There is nothing here.")
            if kind.startswith("deleted"):
                return self._call_deleted(method, kind.removeprefix("deleted"), rest, query)
            if method == "GET":
                return self._read(kind, rest, query)
            return self._write(method, kind, rest, body)

    def _read(self, kind: str, rest: list[str], query: Mapping[str, str]) -> object:
        match rest:
            case []:
                current = [versions[-1] for versions in self._live[kind].values()]
                return self._list(kind, current, query, named=False)
            case [name, "versions"]:
                versions = self._live[kind].get(name, [])
                return self._list(f"{kind}/{name}/versions", versions, query, named=True)
        name, *version = rest
        return _readable(kind, self._find(kind, name, version))

    def _write(self, method: str, kind: str, rest: list[str], body: Mapping[str, Any]) -> object:
        name, *action = rest
        made = "/".join([kind, *action])
        match method, made:
            case "PATCH", _:
                return self._update(self._find(kind, name, action), body)
            case "DELETE", _:
                return self._delete(kind, name)
            case "POST", "certificates/import":
                return self._import_certificate(name, body)
            case pair if pair in _MAKERS:
                return self._add(kind, name, _MAKERS[pair](body), body)
        raise _unknown(method)

    def _call_deleted(
        self, method: str, kind: str, rest: list[str], query: Mapping[str, str]
    ) -> object:
        deleted = self._deleted[kind]
        if not rest:
            newest = [versions[-1] for versions in deleted.values()]
            return self._list(f"deleted{kind}", newest, query, named=False)
        name, *action = rest
        if name not in deleted:
            raise _not_found(kind, name)
        match method, action:
            case "GET", []:
                return self._as_deleted(kind, name)
            case "DELETE", []:
                del deleted[name]
                return None
            case "POST", ["recover"]:
                self._live[kind][name] = deleted.pop(name)
                return self._live[kind][name][-1]
        raise _unknown(method)

    def _find(self, kind: str, name: str, version: list[str]) -> Bundle:
        """Return one version of an object, the newest if ``version`` is empty."""
        versions = self._live[kind].get(name, [])
        for bundle in reversed(versions):
            if not version or _identity(bundle).endswith(f"/{version[0]}"):
                return bundle
        raise _not_found(kind, name)

    def _add(self, kind: str, name: str, bundle: Bundle, body: Mapping[str, Any]) -> Bundle:
        """Add a version, which is the current one from now on."""
        if not re.fullmatch(r"[0-9a-zA-Z-]{1,127}", name):
            raise VaultError(HTTPStatus.BAD_REQUEST, "BadParameter", f"{name} is not a valid name.")
        if name in self._deleted[kind]:
            message = f"{name} is currently in a deleted but recoverable state."
            inner = "ObjectIsDeletedButRecoverable"
            raise VaultError(HTTPStatus.CONFLICT, "Conflict", message, inner)
        identity = f"{self._url}/{kind}/{name}/{token_hex(16)}"
        if kind == "keys":
            bundle["key"] = {"kid": identity, **bundle["key"]}
        else:
            bundle["id"] = identity
        now = int(time())
        given = body.get("attributes") or {}
        times = {"created": now, "updated": now, "recoveryLevel": "Recoverable+Purgeable"}
        bundle["attributes"] = {"enabled": True, **given, **times}
        self._live[kind].setdefault(name, []).append(bundle)
        return bundle

    def _import_certificate(self, name: str, body: Mapping[str, Any]) -> Bundle:
        """Add a certificate, and with it the secret and the key of its name."""
        try:
            certificate, backing, key = imported_certificate(body)
        except ValueError as error:
            raise VaultError(HTTPStatus.BAD_REQUEST, "BadParameter", str(error)) from None
        added = self._add("certificates", name, certificate, body)
        added["sid"] = self._add("secrets", name, backing, body)["id"]
        added["kid"] = self._add("keys", name, key, body)["key"]["kid"]
        return added

    def _update(self, bundle: Bundle, body: Mapping[str, Any]) -> Bundle:
        bundle["attributes"].update(body.get("attributes") or {}, updated=int(time()))
        bundle.update({name: body[name] for name in ("tags", "contentType") if name in body})
        return bundle

    def _delete(self, kind: str, name: str) -> Bundle:
        if name not in self._live[kind]:
            raise _not_found(kind, name)
        self._deleted[kind][name] = self._live[kind].pop(name)
        return self._as_deleted(kind, name)

    def _as_deleted(self, kind: str, name: str) -> Bundle:
        now = int(time())
        recovery = f"{self._url}/deleted{kind}/{name}"
        dates = {"deletedDate": now, "scheduledPurgeDate": now + 90 * 86_400}
        return {**self._deleted[kind][name][-1], "recoveryId": recovery, **dates}

    def _list(
        self, path: str, bundles: Iterable[Bundle], query: Mapping[str, str], *, named: bool
    ) -> object:
        """Return a page of items; they have no values, and no version unless ``named``."""
        items = [_item(bundle, named=named) for bundle in bundles]
        start, size = int(query.get("$skiptoken", 0)), int(query.get("maxresults", _PAGE))
        end, version = start + size, query.get("api-version", "")
        rest = f"api-version={version}&$skiptoken={end}&maxresults={size}"
        link = f"{self._url}/{path}?{rest}" if end < len(items) else None
        return {"value": items[start:end], "nextLink": link}


def _item(bundle: Bundle, *, named: bool) -> Bundle:
    identity = _identity(bundle)
    shown = identity if named else identity.rpartition("/")[0]
    field = "kid" if "key" in bundle else "id"
    kept = {
        name: part for name, part in bundle.items() if name not in {*_SECRET_PARTS, "sid", "kid"}
    }
    return {**kept, field: shown}


def _identity(bundle: Bundle) -> str:
    return str(bundle["key"]["kid"] if "key" in bundle else bundle["id"])


def _readable(kind: str, bundle: Bundle) -> Bundle:
    """Return ``bundle``, unless it is a disabled secret."""
    if bundle["attributes"]["enabled"] or kind != "secrets":
        return bundle
    message = "Operation get is not allowed on a disabled secret."
    raise VaultError(HTTPStatus.FORBIDDEN, "Forbidden", message, "SecretDisabled")


def _unknown(method: str) -> VaultError:
    message = f"{method} is not known here."
    return VaultError(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", message)


def _not_found(kind: str, name: str) -> VaultError:
    word = kind.removesuffix("s")
    message = f"A {word} with (name/id) {name} was not found in this key vault."
    return VaultError(HTTPStatus.NOT_FOUND, f"{word.capitalize()}NotFound", message)
