"""What every provider does the same way, whatever stands behind it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, assert_never

import pytest

from esync.errors import EsyncError
from esync.manifests.externalsecret import Find, FindName
from esync.payload.payload import PropertyMissing
from esync.providers import PROVIDERS, provider_class
from esync.providers.abilities import abilities_of
from esync.providers.aws.tariffs import PARAMETER_STORE, SECRETS_MANAGER
from esync.providers.azure.tariffs import KEY_VAULT
from esync.providers.contract import (
    AccessDenied,
    AnnouncesCalls,
    BadAnswer,
    FindBy,
    Finds,
    NoSecret,
    ProviderError,
    ReadsMany,
    ReadsMetadata,
    Throttled,
    Unavailable,
)
from esync.providers.gcp.tariffs import SECRET_MANAGER
from tests.contract.case import Ability, Counts, EndsTokens, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.providers.contract import Provider
    from esync.secret import SecretValue
    from tests.contract.case import Case

TARIFFS = (SECRETS_MANAGER, PARAMETER_STORE, SECRET_MANAGER, KEY_VAULT)


def needs(case: Case, *abilities: Ability) -> None:
    """Skip where the store cannot hold what the test is about."""
    for ability in abilities:
        if ability not in case.abilities:
            pytest.skip(f"not a store that {ability}")


def whole(provider: Provider, key: str, version: str = "") -> bytes:
    """Read a value as it is."""
    return provider.read(key, version).value("").reveal()


def texts(values: Mapping[str, SecretValue]) -> dict[str, str]:
    """Return values as text."""
    return {key: value.reveal().decode() for key, value in values.items()}


def found(case: Case, wanted: Find) -> dict[str, str]:
    """Find, and return text by name."""
    provider = case.open()
    assert isinstance(provider, Finds)
    return texts(provider.find(wanted))


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_the_registry_leads_to_a_provider(name: str) -> None:
    """Every line of the table can be imported, and opens and checks stores."""
    loaded = provider_class(name)
    assert callable(loaded.open)
    assert callable(loaded.check)


def test_what_is_there_is_found(case: Case) -> None:
    """A value comes back, and again."""
    key = case.put(case.name("db"), b"s3cret")
    provider = case.open()
    assert whole(provider, key) == whole(provider, key) != b""
    provider.close()


def test_what_is_not_there_is_an_error(case: Case) -> None:
    """NoSecret where the store tells what is missing, else another error; never an empty value."""
    with pytest.raises(ProviderError) as caught:
        case.open().read(case.name("nowhere"))
    assert isinstance(caught.value, NoSecret) is (Ability.NO_SECRET in case.abilities)
    assert "nowhere" in caught.value.message


@pytest.mark.parametrize("fault", list(Fault))
def test_a_fault_is_told_by_its_kind_and_shows_nothing(case: Case, fault: Fault) -> None:
    """Kind and key are told, and nothing of the store's own words, not even behind the error."""
    if fault not in case.faults:
        pytest.skip("has no network")
    with case.broken(fault) as provider, pytest.raises(ProviderError) as caught:
        provider.read(case.name("db"))
    error: BaseException | None = caught.value
    match fault:
        case Fault.DENIED:
            assert isinstance(error, AccessDenied)
        case Fault.THROTTLED:
            assert isinstance(error, Throttled)
        case Fault.UNREACHABLE:
            assert isinstance(error, Unavailable)
            assert not isinstance(error, Throttled)
        case Fault.MALFORMED:
            assert isinstance(error, BadAnswer)
        case other:
            assert_never(other)
    assert "db" in caught.value.message
    while error is not None:
        assert "hunter2" not in f"{error!r} {getattr(error, 'hint', '')}"
        error = error.__cause__ or error.__context__


FIND = {
    FindBy.NAME: Ability.FIND_NAME,
    FindBy.TAGS: Ability.FIND_TAGS,
    FindBy.PATH: Ability.FIND_PATH,
}
# Regional secrets have no tags; below a path, OpenBao lists one level only.
NOT_SHOWN = {"gcpsm-regional": {FindBy.TAGS}, "openBao": {FindBy.PATH}}
VALUES = {
    "unicode": "pässwörd 🔑 \u2028".encode(),
    "line breaks": b"a\r\nb\n",
    "blanks": b"  a ",
    "json": b'{ "a" : 1.0 }',
    "looks like base64": b"aGVsbG8=",
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_text_comes_back_byte_for_byte(case: Case, value: bytes) -> None:
    """Nothing is trimmed, decoded or written anew."""
    needs(case, Ability.ANY_VALUE)
    key = case.put(case.name("text"), value)
    assert whole(case.open(), key) == value


def test_a_huge_value(case: Case) -> None:
    """The longest that the store takes."""
    needs(case, Ability.ANY_VALUE)
    value = b"x" * case.longest
    key = case.put(case.name("huge"), value)
    assert whole(case.open(), key) == value


def test_bytes_that_are_no_text(case: Case) -> None:
    """They come back as they are."""
    needs(case, Ability.BINARY)
    value = bytes(range(256))
    key = case.put(case.name("binary"), value)
    assert whole(case.open(), key) == value


def test_an_empty_value_is_a_value(case: Case) -> None:
    """It is not taken for a missing one."""
    needs(case, Ability.EMPTY)
    key = case.put(case.name("empty"), b"")
    assert whole(case.open(), key) == b""


def test_properties_of_nested_json(case: Case) -> None:
    """A path leads inside; an object comes back as it is written; null is empty."""
    needs(case, Ability.ANY_VALUE, Ability.INSIDE)
    document = b'{"a": {"b": ["x", {"c": "deep"}]}, "n": 12345678901234567890, "nul": null}'
    key = case.put(case.name("json"), document)
    payload = case.open().read(key)
    assert payload.value("a.b.1.c").reveal() == b"deep"
    assert payload.value("a.b").reveal() == b'["x", {"c": "deep"}]'
    assert payload.value("n").reveal() == b"12345678901234567890"
    assert payload.value("nul").reveal() == b""
    with pytest.raises(PropertyMissing):
        payload.value("a.missing")


def test_a_key_with_dots_wins_over_the_way_inside(case: Case) -> None:
    """Where the operator looks for it at all."""
    needs(case, Ability.DOTTED_KEYS)
    key = case.put(case.name("dots"), b'{"a": {"b": "in"}, "a.b": "literal"}')
    payload = case.open().read(key)
    assert payload.value("a.b").reveal() == b"literal"


def test_versions(case: Case) -> None:
    """The older one can be asked for, the newest as well, and one that there is not is an error."""
    needs(case, Ability.VERSIONS)
    name = case.name("versioned")
    case.put(name, b"one")
    key = case.put(name, b"two")
    provider = case.open()
    assert whole(provider, key, case.version(name, 1)) == b"one"
    assert whole(provider, key, case.version(name, 2)) == b"two"
    assert whole(provider, key) == b"two"
    with pytest.raises(ProviderError):
        provider.read(key, "99")


def test_extract(case: Case) -> None:
    """One level of an object, each member as text or as it is written, else as Go writes it."""
    key = case.put(case.name("object"), b'{"user": "app", "n": 1.0, "o": { "x": [1] }, "z": null}')
    payload = case.open().read(key)
    if Ability.UNPARSED in case.abilities:
        assert list(payload.members("").values()) == [payload.value()]
        return
    if Ability.EXTRACT not in case.abilities:
        with pytest.raises(ProviderError, match=r"dataFrom\.extract"):
            payload.members("")
        return
    spelt = Ability.INSIDE in case.abilities
    number, inner = ("1.0", '{ "x": [1] }') if spelt else ("1", '{"x":[1]}')
    assert texts(payload.members("")) == {"user": "app", "n": number, "o": inner, "z": ""}
    if spelt:
        assert texts(payload.members("o")) == {"x": "[1]"}


@pytest.mark.parametrize("value", [b"text", b"[1]", b'{"a": 1'], ids=["text", "list", "broken"])
def test_extract_needs_an_object(case: Case, value: bytes) -> None:
    """Anything else is an error that does not show the value."""
    needs(case, Ability.EXTRACT)
    if Ability.OBJECTS_ONLY in case.abilities:
        pytest.skip("holds nothing else")
    key = case.put(case.name("other"), value)
    payload = case.open().read(key)
    if Ability.ANY_EXTRACT in case.abilities:
        assert list(texts(payload.members("")).values()) == [value.decode()]
        return
    with pytest.raises(EsyncError) as caught:
        payload.members("")
    assert value.decode() not in str(caught.value)


def test_metadata(case: Case) -> None:
    """Tags or labels are an object of their own."""
    has_some = {Ability.METADATA, Ability.EXTRACT_METADATA} & case.abilities
    assert isinstance(case.open(), ReadsMetadata) is bool(has_some)
    needs(case, Ability.METADATA)
    key = case.put(case.name("tagged"), b"x", {"team": "a", "env": "prod"})
    provider = case.open()
    assert isinstance(provider, ReadsMetadata)
    payload = provider.read_metadata(key)
    tags = payload.value(case.tags_at).reveal()
    assert json.loads(tags) == {"team": "a", "env": "prod"}
    one = f"{case.tags_at}.team" if case.tags_at else "team"
    assert payload.value(one).reveal() == b"a"


def test_metadata_beside_the_value(case: Case) -> None:
    """Extract gives them under their own names, and the value of a single key stays what it is."""
    needs(case, Ability.EXTRACT_METADATA)
    key = case.put(case.name("tagged"), b'{"user": "app"}', {"team": "a"})
    provider = case.open()
    assert isinstance(provider, ReadsMetadata)
    payload, plain = provider.read_metadata(key), provider.read(key)
    assert payload.value() == plain.value()
    both = payload.members()
    assert both.items() >= plain.members().items()
    assert "team:a" in texts(both)["labels"]


def test_the_program_claims_what_the_store_can_do(
    case: Case, request: pytest.FixtureRequest
) -> None:
    """`esync providers` and the reference list what this suite shows, and nothing else."""
    name = request.node.callspec.params["case"]
    provider, _, service = name.partition("-")
    rows = {one.service.lower(): one for one in abilities_of(provider, provider_class(provider))}
    claimed = rows.get(service.replace("-", "")) or rows[""]
    assert claimed.reads
    unparsed = Ability.UNPARSED in case.abilities
    assert claimed.extracts is (unparsed or Ability.EXTRACT in case.abilities)
    assert claimed.metadata is bool({Ability.METADATA, Ability.EXTRACT_METADATA} & case.abilities)
    assert (claimed.batch_size > 1) is (Ability.MANY in case.abilities)
    shown = {word for word, ability in FIND.items() if ability in case.abilities}
    assert set(claimed.finds_by) - shown == NOT_SHOWN.get(name, set())
    assert shown <= set(claimed.finds_by)


def test_find_by_name(case: Case) -> None:
    """The expression matches anywhere; names come back whole."""
    user, password = case.name("db-user"), case.name("db-pass")
    if Ability.FIND_NAME not in case.abilities:
        assert not isinstance(case.open(), Finds)
        return
    case.put(user, b"u")
    case.put(password, b"p")
    case.put(case.name("mail"), b"m")
    assert found(case, Find(name=FindName("db-"))) == {user: "u", password: "p"}
    assert found(case, Find(name=FindName("nothing"))) == {}
    assert len(found(case, Find(name=FindName("")))) == 3


def test_each_call_of_a_search_is_told_before_it_is_made(case: Case) -> None:
    """By a name that the service's limits or prices have; and a search ends when it is to end."""
    if not isinstance(case.open(), AnnouncesCalls):
        pytest.skip("its service has no limits that are known, or it finds nothing")
    for number in range(3):
        case.put(case.name(f"told{number}"), b"x")
    told: list[str] = []
    provider = case.open()
    assert isinstance(provider, AnnouncesCalls)
    wanted = Find(name=FindName("told"))

    assert provider.announcing(told.append).find(wanted) == provider.find(wanted)

    known = {name for one in TARIFFS for limit in one.limits for name in limit.calls}
    assert len(told) >= 1
    assert set(told) <= known

    def over(_: str) -> None:
        raise Unavailable("over")

    with pytest.raises(Unavailable, match="over"):
        provider.announcing(over).find(wanted)


@pytest.mark.parametrize("ability", [Ability.FIND_TAGS, Ability.FIND_PATH], ids=["tags", "path"])
def test_find_by_other_things(case: Case, ability: Ability) -> None:
    """Tags and path choose; where the store has none, tags are an error or have no effect."""
    between = case.separator
    wanted = (
        Find(tags={"env": "prod"})
        if ability is Ability.FIND_TAGS
        else Find(path=f"{between}x", name=FindName("a"))
    )
    if Ability.FIND_NAME not in case.abilities:
        pytest.skip("finds nothing at all, which another test tells")
    if ability not in case.abilities:
        if Ability.TAGLESS_FIND in case.abilities:
            case.put("a", b"1", {"env": "dev"})
            assert found(case, wanted) == found(case, Find()) == {"a": "1"}
        elif ability is Ability.FIND_TAGS:
            with pytest.raises(ProviderError, match="finds by"):
                found(case, wanted)
        return
    inside, outside = f"{between}x{between}a", f"{between}y{between}a"
    case.put(inside, b"in", {"env": "prod"})
    case.put(outside, b"out", {"env": "dev"})
    assert found(case, wanted) == {inside: "in"}


def test_many_at_once_are_as_one_by_one(case: Case) -> None:
    """A batch gives the same values, and never one that is not there."""
    assert isinstance(case.open(), ReadsMany) is (Ability.MANY in case.abilities)
    needs(case, Ability.MANY)
    keys = [case.put(case.name(f"many{number}"), str(number).encode()) for number in range(5)]
    provider = case.open()
    assert isinstance(provider, ReadsMany)
    wanted = [(key, "") for key in keys]
    assert all(provider.can_batch(*one) for one in wanted)
    assert provider.read_many(wanted).keys() == set(wanted)
    # What cannot be read may leave the others open as well: each is read alone then.
    for (key, _), one in provider.read_many([*wanted, (case.name("nowhere"), "")]).items():
        if isinstance(one, EsyncError):
            assert key == case.name("nowhere")
        else:
            assert one.value("").reveal() == whole(provider, key)


def test_three_secrets_are_three_calls_or_fewer(case: Case) -> None:
    """One, where the service answers several keys at once."""
    if not isinstance(case, Counts):
        pytest.skip("does not tell how often it was asked")
    keys = [case.put(case.name(f"s{number}"), b"x") for number in range(3)]
    provider = case.open()
    before = case.calls()
    if isinstance(provider, ReadsMany):
        assert len(provider.read_many([(key, "") for key in keys])) == 3
    else:
        for key in keys:
            provider.read(key)
    assert case.calls() - before == (1 if Ability.MANY in case.abilities else 3)


def test_a_token_that_ends_within_a_run_is_replaced_once(case: Case) -> None:
    """A service that forgets its token is asked for another, and then gives the value."""
    if not isinstance(case, EndsTokens):
        pytest.skip("gives no tokens that it could forget")
    key = case.put(case.name("db"), b"s3cret")
    provider, later = case.long_run()
    first = whole(provider, key)
    before = case.sign_ins()
    later()
    assert whole(provider, key) == first
    assert whole(provider, key) == first
    assert case.sign_ins() - before == 1


def test_several_threads_at_once(case: Case) -> None:
    """One instance serves them all."""
    needs(case, Ability.ANY_VALUE)
    keys = [case.put(case.name(f"t{number}"), str(number).encode()) for number in range(8)]
    provider = case.open()
    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(lambda key: whole(provider, key), keys * 4))
    assert values == [str(number).encode() for number in range(8)] * 4
