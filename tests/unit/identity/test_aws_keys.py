"""Keys are fetched when a request is first signed, kept, and renewed before they expire."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from esync.cluster.contract import Unreachable
from esync.errors import EsyncError
from esync.identity.aws.keys import Keys, RenewedKeys

SECOND = 1_000_000_000


class Source:
    """A clock that stands, and keys that live 900 seconds from when they are fetched."""

    def __init__(self) -> None:
        self.now = 1_000 * SECOND
        self.fetched = 0

    def clock(self) -> int:
        """Return the time."""
        return self.now

    def fetch(self) -> Keys:
        """Return new keys."""
        self.fetched += 1
        return Keys(f"key-{self.fetched}", "secret", "token", expires=self.now + 900 * SECOND)


@pytest.fixture
def source() -> Source:
    """A source that nobody has asked yet."""
    return Source()


def test_nothing_is_fetched_before_the_first_request(source: Source) -> None:
    """Making a client asks nobody."""
    keys = RenewedKeys(source.fetch, source.clock)
    assert source.fetched == 0
    assert keys.get_frozen_credentials().access_key == "key-1"


@pytest.mark.parametrize(("seconds", "fetched"), [(0, 1), (700, 1), (779, 1), (781, 2), (2_000, 2)])
def test_keys_are_kept_until_two_minutes_before_they_expire(
    source: Source, seconds: int, fetched: int
) -> None:
    """A request that is under way is still in time."""
    keys = RenewedKeys(source.fetch, source.clock)
    keys.get_frozen_credentials()
    source.now += seconds * SECOND
    assert keys.get_frozen_credentials().access_key == f"key-{fetched}"


def test_keys_without_end_are_kept(source: Source) -> None:
    """Static keys have no expiry."""
    keys = RenewedKeys(lambda: Keys("static", "secret"), source.clock)
    keys.get_frozen_credentials()
    source.now += 10**9 * SECOND
    assert keys.get_frozen_credentials().access_key == "static"


def test_many_threads_fetch_once(source: Source) -> None:
    """The first one fetches, the others wait for it."""
    keys = RenewedKeys(source.fetch, source.clock)
    with ThreadPoolExecutor(16) as pool:
        got = list(pool.map(lambda _: keys.get_frozen_credentials().access_key, range(200)))
    assert set(got) == {"key-1"}
    assert source.fetched == 1


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (EsyncError("no such Secret"), 1),
        (Unreachable("no cluster"), 3),
        (ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole"), 1),
        (ClientError({"Error": {"Code": "Throttling"}}, "AssumeRole"), 3),
        (ClientError({"Error": {"Code": "x"}, "ResponseMetadata": {"HTTPStatusCode": 500}}, ""), 3),
    ],
)
def test_a_refusal_is_final_and_a_fault_is_not(
    source: Source, error: Exception, asked: int
) -> None:
    """A denied role is not asked for again for each of a thousand secrets; a busy one is."""
    calls = 0

    def fetch() -> Keys:
        nonlocal calls
        calls += 1
        raise error

    keys = RenewedKeys(fetch, source.clock)
    for _ in range(3):
        with pytest.raises(type(error)):
            keys.get_frozen_credentials()
    assert calls == asked


def test_keys_do_not_print() -> None:
    """Neither secret nor token shows in a repr."""
    shown = repr(Keys("AKIA", "hunter2", "tok3n"))
    assert "hunter2" not in shown
    assert "tok3n" not in shown
