"""Calls to Secrets Manager: an answer's JSON, or its error in our words. The one translator.

Source:
    IBM Cloud Secrets Manager API v2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from esync.gocompat.json_decode import JsonError, decode
from esync.providers.contract import BadAnswer
from esync.providers.refusals import Question, is_good, refusal, retold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.gocompat.values import Value
    from esync.identity.kept import KeptToken, LentToken
    from esync.identity.wire import Answer
    from esync.providers.ibm.patience import Patience

_NEED: Final = "the identity needs the role SecretsReader on the instance, or on the secret's group"
_NOT_FOUND: Final = 404


class Calls:
    """Asks one instance with one identity; may be used from several threads at once."""

    def __init__(self, patience: Patience, tokens: KeptToken, url: str) -> None:
        """Keep what is needed; nobody is asked.

        Args:
            patience: sends the requests.
            tokens: sign them.
            url: of the instance; was found allowed.
        """
        self._patience = patience
        self._tokens = tokens
        self._base = f"{url.rstrip('/')}/api/v2"

    def get(self, path: str, about: str) -> Mapping[bytes, Value]:
        """Return the JSON object at ``path``, as Go decodes it.

        Args:
            path: quoted.
            about: what is asked for; it begins the error's message.

        Raises:
            AccessDenied, Throttled, Unavailable, BadAnswer, ProviderError: as the class says.
        """
        url = f"{self._base}/{path}"
        answer = self._tokens.signed(
            self._token(about),
            lambda token: self._patience.send(
                "GET", url, {"Authorization": f"Bearer {token.text}"}
            ),
        )
        if not is_good(answer):
            error = refusal(answer, _question(about), *_codes(answer))
            if answer.status == _NOT_FOUND:
                # No NoSecret: the operator's deletionPolicy does not follow from this one.
                error.hint = "look at serviceUrl and key: GROUP/TYPE/NAME, or TYPE/ID"
            raise error
        try:
            content = decode(answer.body)
        except JsonError:
            content = None
        if not isinstance(content, dict) or not isinstance(content.get(b"secret_type"), bytes):
            raise BadAnswer(f"{about}: the answer is no secret of IBM", hint="look at serviceUrl")
        return content

    def close(self) -> None:
        """Close the connections."""
        self._patience.close()

    def _token(self, about: str) -> LentToken:
        """Return a token; the error of a sign-in tells for whom it was."""
        from esync.providers.contract import ProviderError

        try:
            return self._tokens.get()
        except ProviderError as error:
            failed = error
        raise retold(failed, about)


def _question(about: str) -> Question:
    return Question(about, "IBM", _NEED, "serviceUrl")


def _codes(answer: Answer) -> tuple[object, ...]:
    content = answer.json()
    errors: Any = content.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    code = first.get("code") if isinstance(first, dict) else None
    request = content.get("trace") or answer.headers.get("x-correlation-id", "")
    return code, f"request:{request}" if request else ""
