"""Reads items of Akeyless.

Source:
    External Secrets Operator 2.9, akeyless provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from esync.gocompat import runes
from esync.gocompat.fmt import sprint
from esync.gocompat.json_encode import encode
from esync.gocompat.numbers import NumberRangeError, NumberSyntaxError, parse_int
from esync.providers.akeyless.calls import missing
from esync.providers.akeyless.payload import AkeylessPayload
from esync.providers.contract import BadAnswer, FindBy, ProviderError, Unsupported
from esync.providers.names import name_pattern
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.gocompat.values import Value
    from esync.manifests.externalsecret import Find
    from esync.payload.payload import Payload
    from esync.providers.akeyless.calls import Calls

_LISTED: Final = ("static-secret", "dynamic-secret", "rotated-secret")
_STATIC: Final = "STATIC_SECRET"


class UnknownItemType(ProviderError):
    """An item is of a type that holds no value for us."""

    rule = "ES0470"


class Items:
    """Reads items by their full names.

    One instance serves one store, and may be called from several threads at once.
    """

    converts_found_keys: ClassVar[bool] = False
    finds_by: ClassVar[tuple[FindBy, ...]] = (FindBy.NAME, FindBy.TAGS, FindBy.PATH)

    def __init__(self, calls: Calls, *, ignores_cache: bool = False) -> None:
        self._calls = calls
        self._ignore_cache = "true" if ignores_cache else "false"

    def read(self, key: str, version: str = "") -> Payload:
        """Return the value of an item; reading a dynamic secret makes new credentials.

        Args:
            key: the full name.
            version: a number; what is none means the latest, as with the operator.

        Raises:
            ItemMissing: there is no such item, which is no NoSecret, as with the operator.
            UnknownItemType: the item holds no value.
            ProviderError: see :meth:`esync.providers.akeyless.calls.Calls.ask`.
        """
        return AkeylessPayload(key, SecretValue(self._value(key, self._type(key), version)))

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the values of all items that match, by full name; empty values are left out.

        A name wins over tags; of tags the values count, and one is enough. Only what the service
        lists at once is looked at.

        Raises:
            Unsupported: neither a name nor a tag is asked for.
            ProviderError: one that matches cannot be read, or there is no list.
        """
        names = dict.fromkeys(self._matching(wanted))
        values = {name: self._value(name, self._type(name), "") for name in names}
        return {name: SecretValue(value) for name, value in values.items() if value}

    def close(self) -> None:
        """Close the connections."""
        self._calls.close()

    def _matching(self, wanted: Find) -> Iterator[str]:
        path = _normalised(wanted.path or "")
        if wanted.name is not None:
            matches = name_pattern(wanted.name)
            listed = self._list(path, "", minimal=True)
            yield from (name for name in listed if name.startswith(path) and matches(name))
        elif wanted.tags:
            for tag in wanted.tags.values():
                yield from self._list(path, tag, minimal=False)
        else:
            raise Unsupported(
                "Akeyless finds by name or tags",
                hint="give find.name.regexp or find.tags beside the path",
            )

    def _list(self, path: str, tag: str, *, minimal: bool) -> Iterator[str]:
        body = {"filter": path, "type": list(_LISTED), "minimal-view": minimal, "tag": tag}
        about = "the list of items"
        items = self._calls.ask("list-items", body, about).get(b"items")
        for item in items if isinstance(items, list) else ():
            name = item.get(b"item_name") if isinstance(item, dict) else None
            if not isinstance(name, bytes):
                raise BadAnswer(f"{about} has one without name")
            yield runes.decode(name)

    def _type(self, key: str) -> str:
        about = _about(key)
        found = self._calls.ask("describe-item", {"name": key}, about)
        if not found.get(b"item_name"):
            raise missing(about)
        kind = found.get(b"item_type")
        return runes.decode(kind) if isinstance(kind, bytes) else ""

    def _value(self, key: str, kind: str, version: str) -> bytes:
        if kind == "DYNAMIC_SECRET":
            return self._document("get-dynamic-secret-value", {"name": key}, key)
        body = {"version": _number(version), "ignore-cache": self._ignore_cache}
        if kind == _STATIC:
            return self._static(key, {"names": [key], **body})
        if kind == "ROTATED_SECRET":
            found = self._calls.ask("get-rotated-secret-value", {"names": key, **body}, _about(key))
            return _rotated(found, key)
        if kind == "CERTIFICATE":
            return self._document("get-certificate-value", {"name": key, **body}, key)
        raise UnknownItemType(
            f"{_about(key)}: an item of this type holds no value",
            hint="static, dynamic and rotated secrets and certificates can be read",
        )

    def _static(self, key: str, body: Mapping[str, object]) -> bytes:
        about = _about(key)
        value = self._calls.ask("get-secret-value", body, about).get(key.encode())
        if not isinstance(value, bytes):
            raise BadAnswer(
                f"{about}: the answer has no text under this very name",
                hint="write the full name, which begins with a slash",
            )
        return value

    def _document(self, command: str, body: Mapping[str, object], key: str) -> bytes:
        return encode(dict(self._calls.ask(command, body, _about(key))))


def _about(key: str) -> str:
    return f'item "{key}"'


def _rotated(found: Mapping[bytes, Value], key: str) -> bytes:
    """Return what counts in a rotated secret: its payload, else its target's value, else all."""
    if b"value" not in found:
        return encode(dict(found))
    value = found[b"value"]
    if not isinstance(value, dict):
        raise BadAnswer(f"{_about(key)}: its value is no object")
    if b"payload" in value:
        return sprint([value[b"payload"]])
    return encode(value.get(b"target_value", value))


def _normalised(path: str) -> str:
    inside = path.strip("/")
    return f"/{inside}/" if inside else ""


def _number(version: str) -> int:
    try:
        return parse_int(version, 10, 32)
    except (NumberSyntaxError, NumberRangeError):
        return 0
