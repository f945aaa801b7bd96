"""What ``metadataPolicy: Fetch`` gives of a secret: its annotations and labels.

Source:
    External Secrets Operator 2.9, gcpsm provider; Go 1.26, ``encoding/json``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from esync.gocompat.json_encode import encode
from esync.payload.payload import JsonPayload, Lookup, PropertyMissing
from esync.providers.contract import ProviderError
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.gocompat.values import Value

_KINDS: Final = ("annotations", "labels")


class BadMetadataProperty(ProviderError):
    """A property asks for other metadata than a secret of Google has."""

    rule = "ES0386"

    def __init__(self, property_: str) -> None:
        super().__init__(
            f'property "{property_}" is no metadata of a secret',
            hint="write annotations, labels, annotations.NAME or labels.NAME",
        )


class MetadataPayload:
    """Annotations and labels of one secret."""

    def __init__(self, secret: Mapping[str, Any]) -> None:
        """Keep them.

        Args:
            secret: as Google answers it.
        """
        self._texts = {kind: _strings(secret.get(kind)) for kind in _KINDS}

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return both as JSON, one of the two, or one text; the rest of a property is one name.

        Raises:
            BadMetadataProperty: it begins with neither.
            PropertyMissing: there is no such annotation or label.
        """
        if not property:
            return _json({kind.encode(): _map(texts) for kind, texts in self._texts.items()})
        kind, dot, name = property.partition(".")
        if kind not in self._texts:
            raise BadMetadataProperty(property)
        if not dot:
            return _json(_map(self._texts[kind]))
        if name not in self._texts[kind]:
            raise PropertyMissing(property)
        return SecretValue(self._texts[kind][name].encode("utf-8", "replace"))

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return the members of the JSON object that :meth:`value` gives; ``null`` is empty."""
        return JsonPayload(self.value(property), Lookup.INNER_ESCAPED_FIRST).members()


def _strings(found: object) -> dict[str, str]:
    members = found.items() if isinstance(found, dict) else ()
    return {str(name): text for name, text in members if isinstance(text, str)}


def _map(texts: Mapping[str, str]) -> Value:
    # ESO does so too: no labels are null, and not an empty object.
    return {name.encode(): text.encode("utf-8", "replace") for name, text in texts.items()} or None


def _json(value: Value) -> SecretValue:
    return SecretValue(encode(value))
