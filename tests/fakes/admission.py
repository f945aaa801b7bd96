"""What the API server does to an object before it stores it: normalise, default, validate.

Source: Kubernetes 1.36, validation of core objects and of metadata.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from esync.gocompat.base64 import Base64Error, decode
from esync.manifests.names import is_label_key, is_label_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Cause = tuple[str, str]

INVALID = "FieldValueInvalid"
FORBIDDEN = "FieldValueForbidden"
REQUIRED = "FieldValueRequired"
TOO_LONG = "FieldValueTooLong"

_MEBIBYTE = 1 << 20
_ANNOTATIONS = 256 << 10
_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_NEEDED = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


class BadRequestError(Exception):
    """The body cannot be decoded."""


def normalised(body: dict[str, Any]) -> dict[str, Any]:
    """Return the object as it is stored; empty mappings and lists are left out.

    Raises:
        BadRequestError: data is no base64, or no text.
    """
    stored = dict(body)
    if body["kind"] == "Secret":
        data = _base64(stored.get("data"))
        for key, text in (stored.pop("stringData", None) or {}).items():
            data[key] = b64encode(text.encode()).decode()
        stored |= {"data": data, "type": stored.get("type") or "Opaque"}
    if body["kind"] == "ConfigMap":
        stored["binaryData"] = _base64(stored.get("binaryData"))
    stored["metadata"] = _filled(stored["metadata"])
    return stored if "/" in body["apiVersion"] else _filled(stored)


def causes(new: Mapping[str, Any], old: Mapping[str, Any] | None) -> list[Cause]:
    """Return field and reason of everything for which the API server refuses ``new``."""
    found = [*_metadata(new["metadata"], new["kind"])]
    if new["kind"] in {"Secret", "ConfigMap"}:
        found += _data(new)
        found += [] if old is None else _changes(new, old)
    return found


def _base64(entries: Any) -> dict[str, str]:
    try:
        return {
            key: b64encode(decode((text or "").encode())).decode()
            for key, text in (entries or {}).items()
        }
    except (Base64Error, AttributeError):
        raise BadRequestError from None


def _filled(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if value not in (None, {}, [], "")}


def _metadata(metadata: Mapping[str, Any], kind: str) -> Iterator[Cause]:
    name = metadata.get("name", "")
    pattern, longest = (_LABEL, 63) if kind == "Namespace" else (_SUBDOMAIN, 253)
    if not name:
        yield "metadata.name", REQUIRED
    elif len(name) > longest or not re.fullmatch(pattern, name):
        yield "metadata.name", INVALID
    for key, value in (metadata.get("labels") or {}).items():
        if not is_label_key(key) or not is_label_value(value):
            yield "metadata.labels", INVALID
    annotations = metadata.get("annotations") or {}
    for key in annotations:
        if not is_label_key(key.lower()):
            yield "metadata.annotations", INVALID
    if (
        sum(len(key.encode()) + len(text.encode()) for key, text in annotations.items())
        > _ANNOTATIONS
    ):
        yield "metadata.annotations", TOO_LONG


def _data(new: Mapping[str, Any]) -> Iterator[Cause]:
    entries: dict[str, str] = {**new.get("data", {}), **new.get("binaryData", {})}
    for key in entries:
        if not _KEY.fullmatch(key) or key == "." or key.startswith(".."):
            yield f"data[{key}]", INVALID
    if _size(new) > _MEBIBYTE:
        yield ("data" if new["kind"] == "Secret" else ""), TOO_LONG
    for key in _NEEDED.get(new.get("type", ""), ()):
        if key not in entries:
            yield f"data[{key}]", REQUIRED


def _size(new: Mapping[str, Any]) -> int:
    if new["kind"] == "Secret":
        return sum(len(decode(text.encode())) for text in new.get("data", {}).values())
    texts = sum(len(text.encode()) for text in new.get("data", {}).values())
    return texts + sum(len(decode(text.encode())) for text in new.get("binaryData", {}).values())


def _changes(new: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[Cause]:
    if new.get("type") != old.get("type"):
        yield "type", INVALID
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        yield "immutable", FORBIDDEN
    for field in ("data", "binaryData"):
        if new.get(field) != old.get(field):
            yield field, FORBIDDEN
