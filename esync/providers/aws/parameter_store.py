"""Reads AWS Systems Manager Parameter Store.

Source:
    External Secrets Operator 2.9, AWS provider, service ParameterStore.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from esync.payload.payload import JsonPayload, Lookup
from esync.providers.aws.calls import Announced, Answer, ask, member, pages, text_value
from esync.providers.aws.tags import tags_payload
from esync.providers.aws.tariffs import PARAMETER_STORE
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from esync.errors import EsyncError
    from esync.manifests.externalsecret import Find
    from esync.payload.payload import Payload
    from esync.secret import SecretValue

_ROOT: Final = "/"


class ParameterStore:
    """Reads parameters by name or ARN, decrypted.

    One instance serves one store, and may be called from several threads at once.
    """

    converts_found_keys: ClassVar[bool] = False
    finds_by: ClassVar[tuple[FindBy, ...]] = (FindBy.NAME, FindBy.TAGS, FindBy.PATH)
    batch_size: ClassVar[int] = 10

    def __init__(self, client: Any, prefix: str = "") -> None:
        self._client = client
        self._prefix = prefix

    @classmethod
    def calling(cls, prefix: str) -> Calling:
        """Return how a store with this prefix will be asked."""
        return Calling(
            PARAMETER_STORE,
            read=("GetParameter",),
            metadata=("ListTagsForResource",),
            find=lambda find: ("GetParametersByPath" if find.name else "DescribeParameters",),
            read_many="GetParameters",
            batch_size=cls.batch_size,
            can_batch=lambda key, version: _is_newest(prefix + key, version),
        )

    def read(self, key: str, version: str = "") -> Payload:
        """Return a parameter.

        Args:
            key: a name or ARN; the store's prefix is put before it.
            version: a number or a label; empty is the newest.

        Raises:
            NoSecret: there is no such parameter. A missing version is a plain error.
            ProviderError: see :func:`esync.providers.aws.calls.ask`.
        """
        name = self._named(key, version)
        return JsonPayload(self._value(name), Lookup.ESCAPED_FIRST)

    def can_batch(self, key: str, version: str) -> bool:
        """Tell whether the batch call can ask for it: a plain name, and the newest version.

        AWS refuses a batch in which one parameter is named twice, as versions would.
        """
        return _is_newest(self._prefix + key, version)

    def read_many(
        self, wanted: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Payload | EsyncError]:
        """Return what one call tells of up to ten parameters; the others are to be read alone.

        Raises:
            AccessDenied: one of them may not be read; AWS does not say which.
            Unavailable: AWS did not answer, or asked to slow down.
        """
        names = sorted({self._prefix + key for key, _ in wanted})
        about = f"{len(names)} parameters"
        try:
            answer = ask(self._client.get_parameters, about, Names=names, WithDecryption=True)
        except (AccessDenied, Unavailable, BadAnswer):
            raise
        except ProviderError:
            return {}  # one that AWS dislikes spoils the whole batch: each is asked alone
        values = {
            one.get("Name"): text_value(str(one["Value"]))
            for one in answer.get("Parameters") or ()
            if one.get("Value") is not None
        }
        return {
            (key, version): JsonPayload(values[self._prefix + key], Lookup.ESCAPED_FIRST)
            for key, version in wanted
            if self._prefix + key in values
        }

    def read_metadata(self, key: str, version: str = "") -> Payload:
        """Return the tags of a parameter.

        Raises:
            ProviderError: also for a parameter that does not exist; this is no NoSecret.
        """
        name = self._named(key, version)
        answer = ask(
            self._client.list_tags_for_resource,
            f'tags of parameter "{name}"',
            ResourceType="Parameter",
            ResourceId=name,
        )
        return tags_payload(answer.get("TagList") or ())

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the parameters that match, by full name.

        With a name, tags play no part. The store's prefix plays none at all.

        Raises:
            Unsupported: neither a name nor tags are asked for.
        """
        if wanted.name is not None:
            return self._by_name(wanted.path or _ROOT, name_pattern(wanted.name))
        if wanted.tags is None:
            raise Unsupported(
                "AWS Parameter Store finds by name or tags",
                hint="give find.name.regexp or find.tags beside the path",
            )
        filters = [
            {"Key": f"tag:{key}", "Option": "Equals", "Values": [value]}
            for key, value in wanted.tags.items()
        ]
        if wanted.path is not None:
            filters.append(_below(wanted.path))
        return dict(self._described(filters, lambda _: True))

    def announcing(self, before: Callable[[str], None]) -> Self:
        """Return the same, which tells each call by its name before it makes it."""
        return self.__class__(Announced(self._client, before), self._prefix)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _named(self, key: str, version: str) -> str:
        return f"{self._prefix}{key}:{version}" if version else self._prefix + key

    def _value(self, name: str) -> SecretValue:
        about = f'parameter "{name}"'
        answer = ask(
            self._client.get_parameter,
            about,
            is_missing=lambda failure: failure.code == "ParameterNotFound",
            Name=name,
            WithDecryption=True,
        )
        parameter = member(answer, "Parameter", about)
        return text_value(str(member(parameter, "Value", about)))

    def _by_name(self, path: str, matches: Callable[[str], bool]) -> Mapping[str, SecretValue]:
        about = f'parameters below "{path}"'
        try:
            listed = pages(
                self._client.get_parameters_by_path,
                about,
                Path=path,
                Recursive=True,
                WithDecryption=True,
            )
            return {
                one["Name"]: text_value(one["Value"])
                for page in listed
                for one in page.get("Parameters") or ()
                if matches(one["Name"])
            }
        except AccessDenied:
            # ESO does so too: who may not read by path may still list names and read each.
            return dict(self._described([_below(path)], matches))

    def _described(
        self, filters: Sequence[Answer], matches: Callable[[str], bool]
    ) -> Iterator[tuple[str, SecretValue]]:
        """Yield name and value of each that matches, read one by one."""
        about = "the list of parameters"
        more: Answer = {"ParameterFilters": list(filters)} if filters else {}
        for page in pages(self._client.describe_parameters, about, **more):
            for one in page.get("Parameters") or ():
                name = str(member(one, "Name", about))
                if matches(name):
                    yield name, self._listed(name)

    def _listed(self, name: str) -> SecretValue:
        """Return the value of a parameter that was on the list.

        Raises:
            ProviderError: also if it went away since; this is no NoSecret.
        """
        try:
            return self._value(name)
        except NoSecret as error:
            gone = error.message
        raise ProviderError(gone, hint="it went away during the search: try again")


def _is_newest(name: str, version: str) -> bool:
    return bool(name) and not version and ":" not in name


def _below(path: str) -> Answer:
    return {"Key": "Path", "Option": "Recursive", "Values": [path]}
