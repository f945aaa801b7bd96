"""What an endpoint answered, and what of it counts.

Source:
    External Secrets Operator 2.9, webhook provider: how results are converted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat import runes
from esync.gocompat.json_decode import JsonError, decode
from esync.gocompat.json_encode import encode
from esync.gocompat.numbers import format_float
from esync.payload.jsonpath import PathError, evaluate
from esync.payload.payload import NotAnObject
from esync.providers.contract import BadAnswer
from esync.providers.webhook.requests import Asked
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esync.gocompat.values import Value
    from esync.providers.webhook.requests import Requests
    from esync.providers.webhook.wire import Request


class WebhookPayload:
    """One answer, or one for each property if the request depends on it.

    A property does nothing but what templates make of it.
    """

    def __init__(
        self, asked: Asked, requests: Requests, send: Callable[[Request, str], bytes]
    ) -> None:
        self._asked = asked
        self._requests = requests
        self._send = send
        self._answers: dict[Request, bytes] = {}

    def ask(self) -> None:
        """Send the request that no property is part of, and see whether the answer can be used."""
        body = self._body(self._asked)
        if self._requests.json_path(self._asked):
            self._decoded(body)

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return the answer as it is, or what ``jsonPath`` finds in it.

        Raises:
            BadAnswer: it is no JSON, or holds an empty list.
            PathError: the path finds nothing.
        """
        asked = self._with(property)
        path = self._requests.json_path(asked)
        body = self._body(asked)
        if not path:
            return SecretValue(body)
        return SecretValue(self._single(self._found(path, body)))

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return the members of the object that the answer, or what ``jsonPath`` finds, is.

        Raises:
            BadAnswer: the answer is no JSON.
            NotAnObject: it is no object.
            PathError: the path finds nothing.
        """
        asked = self._with(property)
        path = self._requests.json_path(asked)
        body = self._body(asked)
        value = self._found(path, body) if path else self._decoded(body)
        if path and isinstance(value, bytes):
            value = self._decoded(value)
        if not isinstance(value, dict):
            raise NotAnObject
        return {runes.decode(name): SecretValue(_member(one)) for name, one in value.items()}

    def _with(self, property_: str) -> Asked:
        return Asked(self._asked.key, self._asked.version, property_)

    def _body(self, asked: Asked) -> bytes:
        request = self._requests.request(asked)
        if request not in self._answers:
            self._answers[request] = self._send(request, asked.key)
        return self._answers[request]

    def _decoded(self, text: bytes) -> Value:
        try:
            return decode(text)
        except JsonError:
            raise BadAnswer(
                f'the answer for "{self._asked.key}" is no JSON',
                hint="leave out result.jsonPath to take it as it is",
            ) from None

    def _found(self, path: str, body: bytes) -> Value:
        document = self._decoded(body)
        try:
            return evaluate(path, document)
        except PathError as error:  # the path may hold a secret: templates made it
            rendered = self._requests.is_path_literal
            raise (error if rendered else self._missed()) from None

    def _missed(self) -> PathError:
        return PathError(
            f'result.jsonPath finds nothing in the answer for "{self._asked.key}"',
            hint="it is not shown, since a template made it",
        )

    def _single(self, value: Value) -> bytes:
        while isinstance(value, list):
            if not value:
                raise BadAnswer(
                    f'result.jsonPath finds an empty list in the answer for "{self._asked.key}"'
                )
            value = value[0]
        # ESO does so too: a number loses what follows its point.
        is_number = isinstance(value, float) and not isinstance(value, bool)
        return format_float(value, "f", 0).encode() if is_number else _member(value)


def _member(value: Value) -> bytes:
    match value:
        case None:
            return b""
        case bytes():
            return value
        case bool():
            return b"true" if value else b"false"
        case float():
            return format_float(value, "f").encode()
        case _:
            return encode(value)
