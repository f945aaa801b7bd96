"""A token is fetched when it is needed, shared, renewed in time, and not asked for in vain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from esync.errors import EsyncError
from esync.identity.kept import SECOND, KeptToken, LentToken
from esync.secret import SecretValue


class Passing(EsyncError):
    """May be over soon."""

    rule = "ES9998"


class Lender:
    """Gives numbered tokens, or errors that a test put there."""

    def __init__(self, expires: int | None = None, *errors: EsyncError) -> None:
        self.given = 0
        self._expires = expires
        self._errors = list(errors)

    def fetch(self) -> LentToken:
        """Return the next one."""
        self.given += 1
        if self._errors:
            raise self._errors.pop(0)
        return LentToken(SecretValue(f"t{self.given}".encode()), self._expires)


def test_one_token_for_all_threads() -> None:
    """Nobody said when it ends, so that it does not."""
    lender = Lender()
    kept = KeptToken(lender.fetch, lambda: 0, ())
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda _: kept.get().text, range(32)))
    assert (set(texts), lender.given) == ({"t1"}, 1)


def test_it_is_renewed_two_minutes_before_its_end() -> None:
    """A request under way still has to be in time."""
    now = [0]
    kept = KeptToken(Lender(600 * SECOND).fetch, lambda: now[0], ())
    assert kept.get().text == "t1"
    now[0] = 480 * SECOND
    assert kept.get().text == "t1"
    now[0] += 1
    assert kept.get().text == "t2"


def test_a_refusal_is_kept_and_an_outage_is_not() -> None:
    """The same sign-in would be refused once more for each secret."""
    lender = Lender(None, Passing("away"), EsyncError("no"))
    kept = KeptToken(lender.fetch, lambda: 0, (Passing,))
    with pytest.raises(Passing):
        kept.get()
    for _ in range(3):
        with pytest.raises(EsyncError, match="no"):
            kept.get()
    assert lender.given == 2


def test_a_token_does_not_print() -> None:
    """Not even among other things."""
    assert "canary" not in repr(LentToken(SecretValue(b"canary")))
