"""Reads Google Secret Manager.

Source:
    External Secrets Operator 2.9, gcpsm provider; Secret Manager API v1.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from copy import copy
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from esync.payload.payload import JsonPayload, Lookup
from esync.providers.contract import BadAnswer, FindBy, ProviderError, Unsupported
from esync.providers.gcp.calls import AnnouncedCalls, Calls, VersionNotEnabled
from esync.providers.gcp.labels import MetadataPayload
from esync.providers.names import name_pattern
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from esync.manifests.externalsecret import Find
    from esync.payload.payload import Payload

_LATEST: Final = "latest"
_ENABLED: Final = "state:ENABLED"
# The names that Google accepts; anything else would be another path of the URL.
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")
_VERSION: Final = re.compile(r"[A-Za-z0-9_-]{1,63}")
_FRACTION: Final = re.compile(r"\.(\d+)")


class BadKeyOrVersion(ProviderError):
    """A key or version is not what Google accepts for one."""

    rule = "ES0387"


class EmptySecret(ProviderError):
    """A version has no bytes; Google does not tell that from an answer without payload."""

    rule = "ES0388"


class SecretManager:
    """Reads secrets by their short ids.

    One instance serves one store, and may be called from several threads at once.
    """

    converts_found_keys: ClassVar[bool] = True
    finds_by: ClassVar[tuple[FindBy, ...]] = (FindBy.NAME, FindBy.TAGS, FindBy.PATH)

    def __init__(
        self,
        calls: Calls,
        project: Callable[[], str],
        location: str = "",
        *,
        fetches_enabled: bool = False,
    ) -> None:
        """Keep what is needed; nobody is asked.

        Args:
            calls: the service, global or of ``location``.
            project: finds out the project of the secrets; is asked once, when first needed.
            location: of regional secrets, or empty.
            fetches_enabled: take the newest enabled version where the newest is not enabled.
        """
        self._calls = calls
        self._find_project = project
        self._location = location
        self._fetches_enabled = fetches_enabled
        self._lock = Lock()
        self._project = ""

    def read(self, key: str, version: str = "") -> Payload:
        """Return a version of a secret.

        Args:
            key: the short id, not a resource name.
            version: a number or an alias; empty is ``latest``, which is the newest even if it is
                disabled, unless the store says LatestOrFetch.

        Raises:
            NoSecret: there is no such secret or version.
            VersionNotEnabled: it is disabled or destroyed.
            EmptySecret: it has no bytes.
            ProviderError: see :meth:`esync.providers.gcp.calls.Calls.get`.
        """
        return JsonPayload(self._value(key, version), Lookup.INNER_ESCAPED_FIRST, must_be_json=True)

    def read_metadata(self, key: str, version: str = "") -> Payload:  # noqa: ARG002 - all alike
        """Return the annotations and labels of a secret, which all its versions share.

        Raises:
            NoSecret: there is no such secret.
            ProviderError: see :meth:`esync.providers.gcp.calls.Calls.get`.
        """
        about = f'metadata of secret "{key}"'
        return MetadataPayload(self._calls.get("GetSecret", self._secret(key), about))

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the latest values of all secrets that match, by short id.

        A name wins over tags, which are then ignored; a path is the beginning of the id.

        Raises:
            Unsupported: neither a name nor a tag is asked for, or tags of regional secrets.
            NoSecret: one that matches has no version.
            ProviderError: one that matches cannot be read, or there is no list.
        """
        if wanted.name is not None:
            matches, terms = name_pattern(wanted.name), []
        elif wanted.tags:
            self._refuse_regional_tags()
            matches = _everything
            terms = [f"labels.{name}={value}" for name, value in wanted.tags.items()]
        else:
            raise Unsupported(
                "Google Secret Manager finds by name or tags",
                hint="give find.name.regexp or find.tags beside the path",
            )
        path = wanted.path or ""
        filter_ = " ".join([*terms, f"name:{path}"] if path else terms)
        keys = [key for key in self._ids(filter_) if key.startswith(path) and matches(key)]
        return {key: self._value(key, "") for key in keys}

    def announcing(self, before: Callable[[str], None]) -> Self:
        """Return the same, which tells each call by its name before it makes it."""
        same = copy(self)
        same._calls = AnnouncedCalls(self._calls, before)  # noqa: SLF001 - of its own class
        return same

    def close(self) -> None:
        """Close the connections."""
        self._calls.close()

    def _value(self, key: str, version: str) -> SecretValue:
        if version and not _VERSION.fullmatch(version):
            raise BadKeyOrVersion(
                f'version "{version}" of secret "{key}" is neither a number nor an alias'
            )
        secret = self._secret(key)
        try:
            return self._access(key, secret, version or _LATEST)
        except VersionNotEnabled:
            # ESO does so too: a version that is written down is taken at its word, also "latest".
            newest = "" if version or not self._fetches_enabled else self._newest(key, secret)
            if not newest:
                raise
        return self._access(key, secret, newest)

    def _access(self, key: str, secret: str, version: str) -> SecretValue:
        about = f'secret "{key}"' + (f' at version "{version}"' if version != _LATEST else "")
        path = f"{secret}/versions/{version}:access"
        answer = self._calls.get("AccessSecretVersion", path, about)
        payload = answer.get("payload")
        data = payload.get("data") if isinstance(payload, dict) else None
        if not data:
            raise EmptySecret(
                f"{about} is empty",
                hint="an empty secret cannot be told from a missing payload; store a value",
            )
        try:
            return SecretValue(b64decode(data, validate=True))
        except (binascii.Error, TypeError, ValueError):
            raise BadAnswer(f"{about}: the payload is not base64") from None

    def _newest(self, key: str, secret: str) -> str:
        """Return the number of the enabled version that was made last, or an empty text."""
        about = f'versions of secret "{key}"'
        listed = self._calls.pages(
            "ListSecretVersions", f"{secret}/versions", "versions", about, _ENABLED
        )
        found = [(_moment(one), str(one.get("name") or "").rpartition("/")[2]) for one in listed]
        usable = [one for one in found if one[0] is not None and _VERSION.fullmatch(one[1])]
        return max(usable, default=(None, ""))[1]

    def _ids(self, filter_: str) -> Iterator[str]:
        about = "the list of secrets"
        for one in self._calls.pages(
            "ListSecrets", f"{self._parent()}/secrets", "secrets", about, filter_
        ):
            # Google names the project by its number, whatever was asked.
            key = str(one.get("name") or "").rpartition("/")[2]
            if not key:
                raise BadAnswer(f"{about} has one without name")
            yield key

    def _secret(self, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise BadKeyOrVersion(
                f'key "{key}" is not the id of a secret',
                hint="write the short id only (letters, digits, - and _), and version beside it",
            )
        return f"{self._parent()}/secrets/{key}"

    def _parent(self) -> str:
        with self._lock:
            self._project = self._project or self._find_project()
        parent = f"projects/{self._project}"
        return f"{parent}/locations/{self._location}" if self._location else parent

    def _refuse_regional_tags(self) -> None:
        if self._location:
            raise Unsupported(
                "Google Secret Manager finds by tags among global secrets only",
                hint="use find.name; the operator would look for global secrets and read none",
            )


def _everything(_: str) -> bool:
    return True


def _moment(version: Mapping[str, Any]) -> tuple[datetime, str] | None:
    """Return when a version was made, to the nanosecond; None if it does not say."""
    text = str(version.get("createTime") or "")
    fraction = _FRACTION.search(text)
    try:
        second = datetime.fromisoformat(_FRACTION.sub("", text))
    except ValueError:
        return None
    return (second, (fraction[1] if fraction else "").ljust(9, "0")) if second.tzinfo else None
