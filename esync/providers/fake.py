"""The store that needs no store: values that stand in its own manifest.

Source:
    External Secrets Operator 2.9, fake provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from esync.manifests.reader import examine, read
from esync.payload.payload import JsonPayload, Lookup
from esync.providers.contract import BadStore, FindBy, NoSecret, Unsupported
from esync.providers.names import name_pattern
from esync.records import dataclass
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esync.errors import EsyncError
    from esync.identity.access import Access
    from esync.manifests.externalsecret import Find
    from esync.manifests.store import Store
    from esync.payload.payload import Payload

_READY, _ERROR = 0, 2  # 1 is unknown, and the operator uses such a store
_PATH = ("spec", "provider", "fake")


@dataclass(frozen=True, slots=True)
class FakeItem:
    """One value, and the key and version under which it is found."""

    key: str
    value: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class FakeSpec:
    """What stands under ``spec.provider.fake``."""

    data: tuple[FakeItem, ...]
    validation_result: int = _READY


class Fake:
    """Reads the values that stand in the store's manifest."""

    converts_found_keys: ClassVar[bool] = True
    finds_by: ClassVar[tuple[FindBy, ...]] = (FindBy.NAME,)
    has_ambient_identity: ClassVar[bool] = False

    def __init__(self, items: Sequence[FakeItem]) -> None:
        # ESO does so too: key and version are joined without anything between them, so that key
        # "a" version "b1" and key "ab" version "1" are one place, and the later item takes it.
        self._items = {item.key + item.version: item for item in items}

    @classmethod
    def check(cls, store: Store) -> Sequence[EsyncError]:
        """Return what is wrong with the settings: empty keys and values, unknown fields."""
        spec, errors = examine(FakeSpec, store.settings, at_path=_PATH, document=store.document)
        if spec is None:
            return errors
        return [
            BadStore(f"data[{index}]: {name} is empty", at=store.place("data", index))
            for index, item in enumerate(spec.data)
            for name in ("key", "value")
            if not getattr(item, name)
        ]

    @classmethod
    def shares_namespaces(cls, store: Store) -> bool:  # noqa: ARG003 - it has no identity
        """Its values stand in the manifest, whoever asks."""
        return True

    @classmethod
    def open(cls, store: Store, access: Access) -> Self:  # noqa: ARG003 - it needs no credentials
        """Read the settings.

        Raises:
            Rejected: they are not what the API accepts.
            BadStore: ``validationResult`` says that the store is not ready.
        """
        spec = read(FakeSpec, store.settings, at_path=_PATH, document=store.document)
        if spec.validation_result == _ERROR:
            raise BadStore(
                f"{store.ref} is not ready",
                at=store.place("validationResult"),
                hint=f"its validationResult is {_ERROR}, which stands for an error",
            )
        return cls(spec.data)

    def read(self, key: str, version: str = "") -> Payload:
        """Return the value; without a version only an item without version is found.

        Raises:
            NoSecret: no item has that key and version.
        """
        item = self._items.get(key + version)
        if item is None or item.version != version:
            at = f' at version "{version}"' if version else ""
            raise NoSecret(f'the fake store has no key "{key}"{at}')
        return JsonPayload(_value(item), Lookup.PATH, missing_is_no_secret=True)

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the values whose names match; of several versions the greatest as text.

        Raises:
            Unsupported: the search is not by name.
            BadPattern: the expression is none.
        """
        if wanted.name is None:
            raise Unsupported(
                "the fake store finds by name only", hint="give find.name.regexp, not path or tags"
            )
        pattern = name_pattern(wanted.name)
        newest: dict[str, FakeItem] = {}
        for item in self._items.values():
            best = newest.get(item.key)
            if best is None or best.version.encode() < item.version.encode():
                newest[item.key] = item
        return {key: _value(item) for key, item in newest.items() if pattern(key)}

    def close(self) -> None:
        """Nothing was borrowed."""


def _value(item: FakeItem) -> SecretValue:
    return SecretValue(item.value.encode())
