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
from esync.providers.contract import AccessDenied, BadAnswer, FindBy, ProviderError, Unsupported
from esync.providers.names import name_pattern
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from esync.errors import EsyncError
    from esync.gocompat.values import Value
    from esync.manifests.externalsecret import Find
    from esync.payload.payload import Payload
    from esync.providers.akeyless.calls import Calls

_LISTED: Final = ("static-secret", "dynamic-secret", "rotated-secret")
_STATIC: Final = "STATIC_SECRET"
_GET: Final = "get-secret-value"


class UnknownItemType(ProviderError):
    """An item is of a type that holds no value for us."""

    rule = "ES0470"


class Items:
    """Reads items by their full names.

    One instance serves one store, and may be called from several threads at once.
    """

    converts_found_keys: ClassVar[bool] = False
    # Akeyless names no limit. One item that is not static, or not there, spoils a whole call.
    batch_size: ClassVar[int] = 20
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
        return AkeylessPayload(key, SecretValue(self._value(key, version)))

    def can_batch(self, key: str, version: str) -> bool:
        """Tell whether a call for several items can ask for it: for the latest version only."""
        return is_latest(key, version)

    def read_many(
        self, wanted: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Payload | EsyncError]:
        """Return what one call tells of static secrets; the others are to be read alone.

        Raises:
            Throttled, Unavailable: Akeyless does not answer now.
        """
        found = self._latest(list(dict.fromkeys(key for key, _ in wanted)))
        return {
            (key, version): AkeylessPayload(key, SecretValue(found[key]))
            for key, version in wanted
            if key in found
        }

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the values of all items that match, by full name; empty values are left out.

        A name wins over tags; of tags the values count, and one is enough. Only what the service
        lists at once is looked at.

        Raises:
            Unsupported: neither a name nor a tag is asked for.
            ProviderError: one that matches cannot be read, or there is no list.
        """
        kinds = dict(self._matching(wanted))
        static = [name for name, kind in kinds.items() if kind == _STATIC]
        found: dict[str, bytes] = {}
        for start in range(0, len(static), self.batch_size):
            found |= self._latest(static[start : start + self.batch_size])
        values = {
            name: found[name] if name in found else self._found(name, kind)
            for name, kind in kinds.items()
        }
        return {name: SecretValue(value) for name, value in values.items() if value}

    def close(self) -> None:
        """Close the connections."""
        self._calls.close()

    def _matching(self, wanted: Find) -> Iterator[tuple[str, str]]:
        path = _normalised(wanted.path or "")
        if wanted.name is not None:
            matches = name_pattern(wanted.name)
            listed = self._list(path, "", minimal=True)
            yield from (one for one in listed if one[0].startswith(path) and matches(one[0]))
        elif wanted.tags:
            for tag in wanted.tags.values():
                yield from self._list(path, tag, minimal=False)
        else:
            raise Unsupported(
                "Akeyless finds by name or tags",
                hint="give find.name.regexp or find.tags beside the path",
            )

    def _list(self, path: str, tag: str, *, minimal: bool) -> Iterator[tuple[str, str]]:
        """Yield name and type of items; the type is empty where the list does not tell it."""
        body = {"filter": path, "type": list(_LISTED), "minimal-view": minimal, "tag": tag}
        about = "the list of items"
        items = self._calls.ask("list-items", body, about).get(b"items")
        for item in items if isinstance(items, list) else ():
            name = item.get(b"item_name") if isinstance(item, dict) else None
            if not isinstance(name, bytes):
                raise BadAnswer(f"{about} has one without name")
            yield runes.decode(name), _text(item.get(b"item_type"))

    def _type(self, key: str) -> str:
        about = _about(key)
        found = self._calls.ask("describe-item", {"name": key}, about)
        if not found.get(b"item_name"):
            raise missing(about)
        return _text(found.get(b"item_type"))

    def _value(self, key: str, version: str) -> bytes:
        """Return a value; most items are static, and only of the others it is asked what they are.

        Akeyless gives static secrets only by this command, and refuses the others in several ways.
        """
        value = self._static(key, version)
        if isinstance(value, bytes):
            return value
        return self._other(key, self._type(key), version, otherwise=value)

    def _found(self, name: str, kind: str) -> bytes:
        """Return the value of what a list has, which tells the type as a rule."""
        if not kind or kind == _STATIC:
            return self._value(name, "")
        return self._other(name, kind, "")

    def _other(
        self, key: str, kind: str, version: str, *, otherwise: ProviderError | None = None
    ) -> bytes:
        if kind == _STATIC and otherwise:
            raise otherwise
        if kind == "DYNAMIC_SECRET":
            return self._document("get-dynamic-secret-value", {"name": key}, key)
        if kind == "ROTATED_SECRET":
            body = {"names": key, **self._which(version)}
            return _rotated(self._calls.ask("get-rotated-secret-value", body, _about(key)), key)
        if kind == "CERTIFICATE":
            body = {"name": key, **self._which(version)}
            return self._document("get-certificate-value", body, key)
        raise UnknownItemType(
            f"{_about(key)}: an item of this type holds no value",
            hint="static, dynamic and rotated secrets and certificates can be read",
        )

    def _static(self, key: str, version: str) -> bytes | ProviderError:
        """Return the text of a static secret, or why there is none."""
        body = {"names": [key], **self._which(version)}
        found = self._calls.attempt(_GET, body, _about(key))
        if isinstance(found, ProviderError):
            return found
        value = found.get(key.encode())
        if isinstance(value, bytes):
            return value
        return BadAnswer(
            f"{_about(key)}: the answer has no text under this very name",
            hint="write the full name, which begins with a slash",
        )

    def _latest(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the texts of those of several items that one call tells, perhaps of none."""
        if not names:
            return {}
        body = {"names": list(names), **self._which("")}
        about = _about(names[0]) + (f" and {len(names) - 1} more" if names[1:] else "")
        try:
            found = self._calls.attempt(_GET, body, about)
        except AccessDenied as error:  # of the sign-in
            found = error
        if isinstance(found, ProviderError):
            return {}  # whatever it is about, asking for each alone tells
        texts = ((name, found.get(name.encode())) for name in names)
        return {name: text for name, text in texts if isinstance(text, bytes)}

    def _which(self, version: str) -> dict[str, object]:
        return {"version": _number(version), "ignore-cache": self._ignore_cache}

    def _document(self, command: str, body: Mapping[str, object], key: str) -> bytes:
        return encode(dict(self._calls.ask(command, body, _about(key))))


def is_latest(key: str, version: str) -> bool:  # noqa: ARG001 - as batches ask
    """Tell whether a version means the latest, as everything does that is no number."""
    return _number(version) == 0


def _text(value: Value) -> str:
    return runes.decode(value) if isinstance(value, bytes) else ""


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
