"""Reads AWS Secrets Manager.

Source:
    External Secrets Operator 2.9, AWS provider, service SecretsManager.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from esync.payload.payload import JsonPayload, Lookup
from esync.providers.aws.calls import Announced, Answer, ask, member, pages, text_value
from esync.providers.aws.tags import tags_payload
from esync.providers.aws.tariffs import SECRETS_MANAGER
from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    FindBy,
    NoSecret,
    ProviderError,
    Unavailable,
    Unsupported,
)
from esync.providers.names import name_pattern
from esync.providers.tariff import Calling
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from esync.errors import EsyncError
    from esync.identity.aws import AwsFailure
    from esync.manifests.externalsecret import Find
    from esync.payload.payload import Payload

_CURRENT: Final = "AWSCURRENT"
_BY_ID: Final = "uuid/"
_NOT_FOUND: Final = "ResourceNotFoundException"


class SecretsManagerPayload:
    """One version of a secret: text, or bytes.

    Whole, the text counts first; for a property the bytes do. AWS never gives both.
    """

    def __init__(self, whole: SecretValue, inside: SecretValue) -> None:
        self._whole = whole
        self._inside = inside

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return the whole, or what ``property`` finds in it."""
        if not property:
            return self._whole
        return JsonPayload(self._inside, Lookup.ESCAPED_FIRST).value(property)

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return the members of the JSON object that the whole, or a property, is."""
        return JsonPayload(self.value(property), Lookup.ESCAPED_FIRST).members()


class SecretsManager:
    """Reads secrets by name or ARN.

    One instance serves one store, and may be called from several threads at once.
    """

    converts_found_keys: ClassVar[bool] = False
    finds_by: ClassVar[tuple[FindBy, ...]] = (FindBy.NAME, FindBy.TAGS, FindBy.PATH)
    batch_size: ClassVar[int] = 20

    def __init__(self, client: Any, prefix: str = "") -> None:
        self._client = client
        self._prefix = prefix

    @classmethod
    def calling(cls, prefix: str) -> Calling:
        """Return how a store with this prefix will be asked."""
        return Calling(
            SECRETS_MANAGER,
            read=("GetSecretValue",),
            metadata=("DescribeSecret",),
            find=lambda find: ("BatchGetSecretValue" if _in_values(find) else "ListSecrets",),
            read_many="BatchGetSecretValue",
            batch_size=cls.batch_size,
            can_batch=lambda key, version: _is_current(prefix + key, version),
            operator_remembers=True,
        )

    def read(self, key: str, version: str = "") -> Payload:
        """Return a secret.

        Args:
            key: a name or ARN; the store's prefix is put before it.
            version: a staging label, or ``uuid/`` and the id of a version; empty is the current.

        Raises:
            NoSecret: there is no such secret, version or label, or it has no value.
            ProviderError: see :func:`esync.providers.aws.calls.ask`.
        """
        return self._read(self._prefix + key, version)

    def can_batch(self, key: str, version: str) -> bool:
        """Tell whether the batch call can ask for it: it gives current versions only."""
        return _is_current(self._prefix + key, version)

    def read_many(
        self, wanted: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Payload | EsyncError]:
        """Return what one call tells of up to twenty secrets; the others are to be read alone.

        Raises:
            AccessDenied: the batch call is not permitted.
            Unavailable: AWS did not answer, or asked to slow down.
        """
        ids = {self._prefix + key for key, _ in wanted}
        found = self._read_current(sorted(ids))
        return {
            (key, version): found[self._prefix + key]
            for key, version in wanted
            if self._prefix + key in found
        }

    def read_metadata(self, key: str, version: str = "") -> Payload:  # noqa: ARG002 - all alike
        """Return the tags of a secret, which all its versions share.

        Raises:
            ProviderError: also for a secret that does not exist; this is no NoSecret.
        """
        secret_id = self._prefix + key
        about = f'tags of secret "{secret_id}"'
        answer = ask(self._client.describe_secret, about, SecretId=secret_id)
        return tags_payload(answer.get("Tags") or ())

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the current values of all secrets that match, by full name.

        AWS matches tags and path itself, by prefix. The store's prefix plays no part.

        Raises:
            Unsupported: neither a name nor a tag is asked for.
            NoSecret: a secret went away between the list and its reading.
        """
        if wanted.name is None and not wanted.tags:
            raise Unsupported(
                "AWS Secrets Manager finds by name or tags",
                hint="give find.name.regexp or find.tags beside the path",
            )
        matches = name_pattern(wanted.name) if wanted.name else None
        if matches and not _in_values(wanted):
            names = [name for name in self._names(_filters(wanted)) if matches(name)]
            return {name: payload.value() for name, payload in self._read_all(names)}
        found = self._values(_filters(wanted))
        return {name: value for name, value in found if matches is None or matches(name)}

    def announcing(self, before: Callable[[str], None]) -> Self:
        """Return the same, which tells each call by its name before it makes it."""
        return self.__class__(Announced(self._client, before), self._prefix)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _read(self, secret_id: str, version: str) -> Payload:
        about = f'secret "{secret_id}"' + (f' at version "{version}"' if version else "")
        answer = ask(
            self._client.get_secret_value,
            about,
            is_missing=_is_missing,
            SecretId=secret_id,
            **_version(version),
        )
        payload = _payload(answer)
        if payload is None:
            raise BadAnswer(f"{about}: the answer has neither text nor bytes")
        return payload

    def _read_all(self, names: Sequence[str]) -> Iterator[tuple[str, Payload]]:
        """Yield the current version of each, with as few calls as AWS permits."""
        batches = True
        for start in range(0, len(names), self.batch_size):
            some = names[start : start + self.batch_size]
            found: Mapping[str, Payload | EsyncError] = {}
            if batches and len(some) > 1:
                try:
                    found = self._read_current(some)
                except AccessDenied:
                    batches = False
            for name in some:
                one = found.get(name)
                if isinstance(one, Exception):
                    raise one
                yield name, one or self._read(name, "")

    def _read_current(self, ids: Sequence[str]) -> dict[str, Payload | EsyncError]:
        about = f"{len(ids)} secrets"
        try:
            answer = ask(self._client.batch_get_secret_value, about, SecretIdList=list(ids))
        except (AccessDenied, Unavailable, BadAnswer):
            raise
        except ProviderError:
            return {}  # one that AWS dislikes spoils the whole batch: each is asked alone
        found: dict[str, Payload | EsyncError] = {}
        for one in answer.get("SecretValues") or ():
            payload = _payload(one)
            if payload is not None:
                found |= dict.fromkeys(_ids(one, ids), payload)
        for one in answer.get("Errors") or ():
            # Other codes are asked again alone, which tells more than the batch does.
            if one.get("ErrorCode") == _NOT_FOUND and one.get("SecretId") in ids:
                about = f'secret "{one["SecretId"]}"'
                found[one["SecretId"]] = NoSecret(f"{about} does not exist ({_NOT_FOUND})")
        return found

    def _names(self, filters: Sequence[Answer]) -> Iterator[str]:
        about = "the list of secrets"
        for page in pages(self._client.list_secrets, about, **_filtered(filters)):
            for one in page.get("SecretList") or ():
                yield str(member(one, "Name", about))

    def _values(self, filters: Sequence[Answer]) -> Iterator[tuple[str, SecretValue]]:
        """Yield name and value; what AWS lists under ``Errors`` is left out, as ESO does."""
        about = "the search for secrets"
        for page in pages(self._client.batch_get_secret_value, about, **_filtered(filters)):
            for one in page.get("SecretValues") or ():
                text, binary = _contents(one)
                value = text if binary is None else binary
                if value is not None:
                    yield str(member(one, "Name", about)), value


def _is_current(secret_id: str, version: str) -> bool:
    return bool(secret_id) and version in {"", _CURRENT}


def _in_values(wanted: Find) -> bool:
    """Tell whether the search is one that AWS answers with the values themselves."""
    return wanted.name is None or wanted.path is not None


def _filters(wanted: Find) -> list[Answer]:
    """Return one filter for each key and each value: AWS does not know which belong together."""
    filters = [] if wanted.path is None else [{"Key": "name", "Values": [wanted.path]}]
    for key, value in (wanted.tags or {}).items():
        filters.append({"Key": "tag-key", "Values": [key]})
        filters.append({"Key": "tag-value", "Values": [value]})
    return filters


def _filtered(filters: Sequence[Answer]) -> Answer:
    return {"Filters": list(filters)} if filters else {}


def _version(version: str) -> dict[str, str]:
    if version.startswith(_BY_ID):
        return {"VersionId": version.removeprefix(_BY_ID)}
    return {"VersionStage": version or _CURRENT}


def _is_missing(failure: AwsFailure) -> bool:
    # ESO does so too: the code that AWS documents for a deleted secret, InvalidRequestException,
    # is a plain error, so that deletionPolicy never acts on a secret that can still come back.
    deleted = failure.code == "InvalidParameterException" and failure.says_deleted
    return failure.code == _NOT_FOUND or deleted


def _ids(one: Answer, ids: Sequence[str]) -> Iterator[str]:
    """Yield those of ``ids`` that mean this secret: its name, its ARN, or that without suffix."""
    name, arn = str(one.get("Name", "")), str(one.get("ARN", ""))
    yield from (each for each in ids if each in {name, arn, arn.rpartition("-")[0]})


def _contents(answer: Answer) -> tuple[SecretValue | None, SecretValue | None]:
    """Return text and bytes, each None if the answer has none."""
    text, binary = answer.get("SecretString"), answer.get("SecretBinary")
    return (
        text_value(text) if isinstance(text, str) else None,
        SecretValue(binary) if isinstance(binary, bytes) else None,
    )


def _payload(answer: Answer) -> Payload | None:
    text, binary = _contents(answer)
    whole = binary if text is None else text
    inside = text if binary is None else binary
    return (
        SecretsManagerPayload(whole, inside) if whole is not None and inside is not None else None
    )
