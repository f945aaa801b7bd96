"""The fake store: values that stand in its manifest. Facts are those of the operator's."""

from __future__ import annotations

from typing import Any

import pytest

from esync.identity.references import StoreAccess
from esync.manifests.errors import Rejected
from esync.manifests.externalsecret import Find, FindName
from esync.payload.payload import PropertyMissing
from esync.providers.contract import BadStore, NoSecret, Unsupported
from esync.providers.fake import Fake
from esync.providers.names import BadPattern
from esync.secret import SecretValue
from tests.fakes.stores import MemoryCredentials, make_store


def fake(*items: tuple[str, str] | tuple[str, str, str], **more: Any) -> Fake:
    """Open a fake store with (key, value[, version]) items."""
    names = ("key", "value", "version")
    data = [dict(zip(names, item, strict=False)) for item in items]
    store = make_store("fake", {"data": data} | more)
    return Fake.open(store, StoreAccess(store, "orders", MemoryCredentials()))


def text(value: SecretValue) -> str:
    """Return the text of a value."""
    return value.reveal().decode()


def test_a_key_gives_its_value() -> None:
    """The value is what stands in the manifest; the later of two items counts."""
    store = fake(("a", "old"), ("a", "ne\nw"))
    assert text(store.read("a").value("")) == "ne\nw"


@pytest.mark.parametrize(
    ("key", "version"), [("b", ""), ("a", "v1"), ("a", "latest"), ("versioned", ""), ("", "")]
)
def test_there_is_no_latest_version(key: str, version: str) -> None:
    """A question without version finds an item without version only, and the other way round."""
    with pytest.raises(NoSecret):
        fake(("a", "x"), ("versioned", "x", "v1")).read(key, version)


def test_key_and_version_are_one_word_to_the_store() -> None:
    """Key a at b1 and key ab at 1 take one place: the last wins, the other is gone."""
    store = fake(("a", "first", "b1"), ("ab", "second", "1"))
    assert text(store.read("ab", "1").value("")) == "second"
    with pytest.raises(NoSecret):
        store.read("a", "b1")


def test_a_property_that_is_missing_counts_as_no_secret() -> None:
    """So deletionPolicy acts on it, which is unusual; also when the value is no JSON at all."""
    store = fake(("json", '{"user": "app", "a": {"b": "c"}}'), ("plain", "text"))
    assert text(store.read("json").value("user")) == "app"
    assert text(store.read("json").value("a.b")) == "c"
    for key in ("json", "plain"):
        with pytest.raises(PropertyMissing) as caught:
            store.read(key).value("nope")
        assert caught.value.no_secret


def test_a_property_is_a_path_only() -> None:
    """A dot always leads into an object, never to a key that contains it."""
    store = fake(("json", '{"a.b": "literal"}'))
    with pytest.raises(PropertyMissing):
        store.read("json").value("a.b")
    assert text(store.read("json").value("a\\.b")) == "literal"


def test_members_of_an_object() -> None:
    """Extract takes one level of a JSON object."""
    store = fake(("json", '{"user": "app", "n": 1.0, "o": { "x" : 1 }, "nul": null}'))
    members = {key: text(value) for key, value in store.read("json").members("").items()}
    assert members == {"user": "app", "n": "1.0", "o": '{ "x" : 1 }', "nul": ""}


def found(store: Fake, regexp: str) -> dict[str, str]:
    """Find by name."""
    return {key: text(one) for key, one in store.find(Find(name=FindName(regexp))).items()}


def test_find_matches_anywhere_in_the_name() -> None:
    """The expression is not anchored, and an empty one finds everything."""
    store = fake(("db/user", "u"), ("db/pass", "p"), ("mail", "m"))
    assert found(store, "^db/") == {"db/user": "u", "db/pass": "p"}
    assert found(store, "a") == {"db/pass": "p", "mail": "m"}
    assert len(found(store, "")) == 3
    assert found(store, "nothing") == {}


def test_find_takes_the_greatest_version_as_text() -> None:
    """As text, v9 is greater than v10, and no version is the smallest."""
    store = fake(("a", "ten", "v10"), ("a", "nine", "v9"), ("a", "none"), ("b", "only"))
    assert found(store, "") == {"a": "nine", "b": "only"}


def test_find_needs_a_name() -> None:
    """By path or tags there is nothing to find."""
    for wanted in (Find(path="x"), Find(tags={"a": "b"}), Find()):
        with pytest.raises(Unsupported) as caught:
            fake(("a", "x")).find(wanted)
        assert "find.name" in caught.value.hint


@pytest.mark.parametrize("regexp", ["(", "(?=x)", "(a)\\1"])
def test_find_reads_expressions_as_go_does(regexp: str) -> None:
    """Look-around and back-references are none."""
    with pytest.raises(BadPattern):
        found(fake(("a", "x")), regexp)


def test_found_keys_are_converted_before_they_are_rewritten() -> None:
    """As the operator's provider does."""
    assert Fake.converts_found_keys


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"key": "", "value": "x"}, "data[1]: key is empty"),
        ({"key": "x", "value": ""}, "data[1]: value is empty"),
    ],
)
def test_empty_keys_and_values_are_refused_by_validation_only(
    item: dict[str, str], message: str
) -> None:
    """A store in a cluster that has one is served: an empty value is a value."""
    store = make_store("fake", {"data": [{"key": "a", "value": "b"}, item]})
    (error,) = Fake.check(store)
    assert error.message == message
    opened = Fake.open(store, StoreAccess(store, "orders", MemoryCredentials()))
    assert opened.read(item["key"]).value("") == SecretValue(item["value"].encode())


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"data": [{"key": "a"}]},
        {"data": [{"key": "a", "value": 123}]},
        {"data": [{"key": "a", "valueMap": {"b": "c"}}]},
    ],
)
def test_what_the_api_refuses(settings: dict[str, Any]) -> None:
    """Numbers are no strings, and valueMap is of an older release."""
    store = make_store("fake", settings)
    assert Fake.check(store)
    with pytest.raises(Rejected):
        Fake.open(store, StoreAccess(store, "orders", MemoryCredentials()))


@pytest.mark.parametrize("result", [0, 1])
def test_a_store_whose_state_is_unknown_is_used(result: int) -> None:
    """0 is ready, 1 is unknown, and the operator uses both."""
    assert fake(("a", "x"), validationResult=result).read("a")


def test_a_store_that_says_it_is_broken_is_not_used() -> None:
    """2 is an error: the operator's flood gate keeps ExternalSecrets away."""
    with pytest.raises(BadStore, match="not ready"):
        fake(("a", "x"), validationResult=2)


def test_validation_says_nothing_of_the_validation_result() -> None:
    """It is the state of the store, not a mistake in its manifest."""
    assert Fake.check(make_store("fake", {"data": [], "validationResult": 2})) == []
