"""A token is fetched when it is needed, shared, renewed in time, and not asked for in vain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from esync.errors import EsyncError
from esync.identity.kept import SECOND, KeptToken, LentToken
from esync.identity.wire import Answer
from esync.secret import SecretValue


class Passing(EsyncError):
    """May be over soon."""

    rule = "ES9998"


def never(_: EsyncError) -> bool:
    """No error is over soon."""
    return False


class Lender:
    """Gives numbered tokens, or errors that a test put there."""

    def __init__(self, expires: int | None = None, *errors: EsyncError) -> None:
        self.given = 0
        self._expires = expires
        self._errors = list(errors)

    def fail(self, error: EsyncError) -> None:
        """Refuse the next one."""
        self._errors.append(error)

    def fetch(self) -> LentToken:
        """Return the next one."""
        self.given += 1
        if self._errors:
            raise self._errors.pop(0)
        return LentToken(SecretValue(f"t{self.given}".encode()), self._expires)


def test_one_token_for_all_threads() -> None:
    """Nobody said when it ends, so that it does not."""
    lender = Lender()
    kept = KeptToken(lender.fetch, lambda: 0, never)
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda _: kept.get().text, range(32)))
    assert (set(texts), lender.given) == ({"t1"}, 1)


def test_it_is_renewed_two_minutes_before_its_end() -> None:
    """A request under way still has to be in time."""
    now = [0]
    kept = KeptToken(Lender(600 * SECOND).fetch, lambda: now[0], never)
    assert kept.get().text == "t1"
    now[0] = 480 * SECOND
    assert kept.get().text == "t1"
    now[0] += 1
    assert kept.get().text == "t2"


def test_a_short_life_is_used_for_its_half() -> None:
    """Else there would be a sign-in for each request."""
    now = [0]
    kept = KeptToken(Lender(60 * SECOND).fetch, lambda: now[0], never)
    for seconds, text in ((0, "t1"), (30, "t1"), (31, "t2")):
        now[0] = seconds * SECOND
        assert kept.get().text == text


def test_a_refusal_is_kept_and_an_outage_is_not() -> None:
    """The same sign-in would be refused once more for each secret."""
    lender = Lender(None, Passing("away"), EsyncError("no"))
    kept = KeptToken(lender.fetch, lambda: 0, lambda error: isinstance(error, Passing))
    with pytest.raises(Passing):
        kept.get()
    for _ in range(3):
        with pytest.raises(EsyncError, match="no"):
            kept.get()
    assert lender.given == 2


def test_a_token_does_not_print() -> None:
    """Not even among other things."""
    assert "canary" not in repr(LentToken(SecretValue(b"canary")))


class Service:
    """Knows some tokens, and counts what it was sent."""

    def __init__(self, *known: str) -> None:
        self.known = set(known)
        self.sent: list[str] = []

    def answer(self, token: LentToken) -> Answer:
        """Answer 200 to a token that it knows."""
        self.sent.append(token.text)
        return Answer(200 if token.text in self.known else 401)


def test_a_token_that_a_service_forgot_is_replaced_once() -> None:
    """Nobody said that it would end; the request is sent again."""
    now = [0]
    lender, service = Lender(), Service("t1")
    kept = KeptToken(lender.fetch, lambda: now[0], never)
    assert kept.signed(kept.get(), service.answer).status == 200
    now[0], service.known = 600 * SECOND, {"t2"}
    old = kept.get()
    assert kept.signed(old, service.answer).status == 200
    assert kept.signed(old, service.answer).status == 200  # of a thread that was slower
    assert service.sent == ["t1", "t1", "t2", "t1", "t2"]
    assert lender.given == 2


def test_a_service_that_refuses_each_token_is_not_given_ever_more() -> None:
    """A token that was just given is not refused for its age; after a minute it may be."""
    now = [0]
    lender, service = Lender(), Service()
    kept = KeptToken(lender.fetch, lambda: now[0], never)
    for seconds, given in ((0, 1), (59, 1), (60, 2), (61, 2), (119, 2), (120, 3)):
        now[0] = seconds * SECOND
        assert kept.signed(kept.get(), service.answer).status == 401
        assert lender.given == given


def test_a_replacement_that_is_refused_changes_nothing() -> None:
    """The service's answer counts; the token may be as good as it was, for other questions."""
    now = [0]
    lender, service = Lender(), Service()
    kept = KeptToken(lender.fetch, lambda: now[0], never)
    first = kept.get()
    lender.fail(EsyncError("no"))
    now[0] = 600 * SECOND
    for _ in range(3):
        assert kept.signed(first, service.answer).status == 401
    assert (service.sent, lender.given) == (["t1"] * 3, 2)
    assert kept.get() is first
