"""One call to the API: what it answers, or its error in our words. The one translator of errors.

Nothing of a server's text goes on: its messages can quote what was asked, and a proxy's anything.

Source:
    Vault's HTTP API, and how its Go client reads answers.
"""

from __future__ import annotations

import json
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    Busy,
    ProviderError,
    Throttled,
    Unavailable,
)
from esync.providers.refusals import retold
from esync.providers.vault.values import Number, go_value
from esync.providers.vault.wire import Redirected, retry_after
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.gocompat.values import Value
    from esync.providers.vault.session import Session
    from esync.providers.vault.wire import Answer

LIST: Final = (("list", "true"),)
_GOOD: Final = range(200, 300)
_NOT_FOUND: Final = 404
_DENIED: Final = frozenset({401, 403})
_BAD_REQUEST: Final = 400
_INDEX_NOT_THERE: Final = 412
_TOO_MANY: Final = 429
_FAILED: Final = 500
_BUSY: Final = 503
_ENVELOPE: Final = ("data", "auth", "warnings", "lease_id", "lease_duration", "wrap_info")


@dataclass(frozen=True, slots=True)
class Response:
    """A document of the API, with the values of Go in it.

    Attributes:
        data: its main member; None when there is none.
        has_warnings: whether the server had something to say about it.
    """

    data: Any = field(repr=False)
    has_warnings: bool = False


def fetch(
    session: Session,
    path: str,
    about: str,
    *,
    query: tuple[tuple[str, str], ...] = (),
    capability: str = "read",
) -> Response | None:
    """GET ``path`` and return what is there; None when there is nothing.

    A 404 that has data or warnings is something: a version that was deleted, or the wrong API.

    Args:
        session: asks.
        path: of the API.
        about: what is asked for, e.g. ``secret "prod/db"``; it begins the error's message.
        query: names and values.
        capability: what a policy has to permit, for the hint.

    Raises:
        AccessDenied, Throttled, Unavailable, BadAnswer, ProviderError: as the class says.
    """
    try:
        answer = session.ask("GET", path, query=query)
    except (Unavailable, Redirected) as error:
        raise retold(error, about) from None
    if answer.status not in _GOOD and answer.status != _NOT_FOUND:
        raise vault_error(answer, about, f'capability "{capability}" on path "{path}"')
    if not answer.body.strip():
        return None
    document = document_of(answer, about)
    if document.get("lease_id"):
        session.keep_token()
    response = _response(document, about)
    if answer.status == _NOT_FOUND and response.data is None and not response.has_warnings:
        return None
    return response


def inner_data(data: Value, about: str) -> Value:
    """Return the ``data`` within the data of KV v2; None for a version that was deleted.

    Raises:
        BadAnswer: there is no such member.
    """
    if not isinstance(data, dict) or b"data" not in data:
        raise BadAnswer(
            f"{about}: the answer is not one of KV v2",
            hint="look at version and path: does a KV v1 engine answer, or does the key have "
            "data/ in a wrong place?",
        )
    return data[b"data"]


def mapping(data: Value, about: str) -> dict[bytes, Any]:
    """Return ``data``.

    Raises:
        BadAnswer: it is no map.
    """
    if not isinstance(data, dict):
        raise BadAnswer(f"{about}: the answer holds no map")
    return data


def listed_names(data: Value, about: str) -> Iterator[str]:
    """Yield the names in a list; a document without one, with a warning at most, has none.

    Raises:
        BadAnswer: one of them is no name.
    """
    names = data.get(b"keys") if isinstance(data, dict) else None
    for name in names or ():
        if not isinstance(name, bytes) or not name.strip(b"/"):
            raise BadAnswer(f"{about}: a name in it is none")
        yield name.decode()


def vault_error(answer: Answer, about: str, need: str) -> ProviderError:
    """Return our error for a status that is none of success.

    Args:
        answer: what the server said.
        about: what was asked for.
        need: what a policy has to permit.
    """
    status = answer.status
    said = f"(status {status})"
    if status in _DENIED:
        return AccessDenied(
            f"{about}: Vault denies access {said}",
            hint=f"the policy of the token needs {need}; look at namespace too",
        )
    if status == _TOO_MANY:
        slow = Throttled(f"{about}: Vault asks to slow down {said}", hint="lower --concurrency")
        slow.retry_after = retry_after(answer)
        return slow
    if status >= _FAILED or status == _INDEX_NOT_THERE:
        hint = "it is sealed, or not ready" if status == _BUSY else "look at the server's log"
        busy = Busy(f"{about}: Vault is not able to answer {said}", hint=hint)
        busy.retry_after = retry_after(answer)
        return busy
    hint = "look at key and version" if status == _BAD_REQUEST else "look at server and path"
    return ProviderError(f"{about}: Vault refuses {said}", hint=hint)


def document_of(answer: Answer, about: str) -> dict[str, Any]:
    """Return the JSON object that an answer is, with numbers as they were spelled.

    Raises:
        BadAnswer: it is none.
    """
    try:
        document = json.loads(
            answer.body.decode("utf-8", "replace"),
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise BadAnswer(
            f"{about}: the answer is no JSON object (status {answer.status})",
            hint="is server the address of the API, and not of something before it?",
        )
    return document


def _refuse(_constant: str) -> None:
    raise ValueError


def _response(document: Mapping[str, Any], about: str) -> Response:
    # As in Vault's client: a document without any member of the envelope is all data.
    is_bare = not any(document.get(name) for name in _ENVELOPE) and "data" not in document
    empty = document.keys() <= {"errors", "request_id"}
    data = document if is_bare and not empty else document.get("data")
    try:
        return Response(go_value(data), bool(document.get("warnings")))
    except ValueError:
        raise BadAnswer(f"{about}: the answer is nested too deep") from None
