"""The plan counts what the run will ask: shared, in batches, with prices and limits."""

from __future__ import annotations

from typing import Any

import pytest

from esync.errors import Location
from esync.fetch import forecast
from esync.flow.plan import Ask, Entry, Operation, Plan, Planned, StoreUse
from esync.manifests import typed
from esync.manifests.document import Document, ObjectRef
from esync.manifests.externalsecret import ExternalSecret, ExternalSecretSpec, Find, FindName

REF = ObjectRef("ClusterSecretStore", "", "main")
AWS = {"aws": {"service": "SecretsManager", "region": "eu-central-1"}}
PARAMETERS = {"aws": {"service": "ParameterStore", "region": "eu-central-1"}}
GOOGLE = {"gcpsm": {"projectID": "shop"}}
VAULT = {"vault": {"server": "https://vault.example", "path": "kv", "auth": {}}}


def planned(name: str, *asks: Ask) -> Planned:
    """Return an ExternalSecret with one entry for each question."""
    document = Document("v1", "ExternalSecret", "ns", name, {}, Location("x", 1), {})
    one = ExternalSecret(name, "ns", ExternalSecretSpec(), document)
    return Planned(one, ObjectRef("Secret", "ns", name), tuple(Entry((), ask) for ask in asks))


def plan(provider: dict[str, Any], *waves: tuple[Planned, ...]) -> Plan:
    """Return a plan over one store."""
    body = {"spec": {"provider": provider}, "metadata": {"name": "main"}}
    version = "external-secrets.io/v1"
    document = Document(version, "ClusterSecretStore", "", "main", body, Location("x", 1), {})
    return Plan(waves, {REF: typed.store(document)})


def read(key: str, version: str = "", namespace: str = "") -> Ask:
    """Return a question for a secret."""
    return Ask(StoreUse(REF, namespace), Operation.READ, key, version)


def find() -> Ask:
    """Return a search by name."""
    wanted = Find(name=FindName("^db"))
    return Ask(StoreUse(REF, ""), Operation.FIND, find_key="^db", find=wanted)


def test_batches_of_twenty_and_a_single_rest() -> None:
    """41 current secrets are two batches and one read; a version is read alone."""
    some = [read(f"k{number}") for number in range(41)]

    (one,) = forecast(plan(AWS, (planned("a", *some, read("k0", "AWSPREVIOUS")),)))

    assert one.calls == {"read": 2, "read many": 2}
    assert one.requests == {"BatchGetSecretValue": 2, "GetSecretValue": 2}
    assert (one.wanted, one.questions, one.shared, one.batched) == (42, 42, 0, 38)
    assert (one.cost, one.operator_cost) == (4 * 5, 42 * 5)


def test_equal_questions_are_one() -> None:
    """Ten ExternalSecrets with one secret are one call; the operator asks ten times."""
    (one,) = forecast(plan(AWS, tuple(planned(f"e{n}", read("db")) for n in range(10))))

    assert one.calls == {"read": 1}
    assert (one.wanted, one.shared, one.batched) == (10, 9, 0)


def test_several_keys_of_one_secret() -> None:
    """The operator's provider of Secrets Manager remembers within one ExternalSecret; others no."""
    three = planned("a", read("db"), read("db"), read("db"))

    assert forecast(plan(AWS, (three,)))[0].wanted == 1
    assert forecast(plan(GOOGLE, (three,)))[0].wanted == 3


def test_a_later_wave_asks_again() -> None:
    """Answers are let go after their wave, and the plan says so."""
    (one,) = forecast(plan(AWS, (planned("a", read("db")),), (planned("b", read("db")),)))

    assert one.calls == {"read": 2}


def test_a_search_is_at_least_one_call() -> None:
    """How many requests it takes is not known."""
    (one,) = forecast(plan(AWS, (planned("a", find(), read("db")),)))

    assert one.searches == 1
    assert one.requests == {"GetSecretValue": 1, "ListSecrets": 1}


def test_each_identity_is_a_client_and_has_its_own_batches() -> None:
    """Two namespaces with identities of their own share nothing."""
    asks = [read(f"k{n}", namespace=namespace) for namespace in "ab" for n in range(2)]

    (one,) = forecast(plan(AWS, (planned("a", *asks),)))

    assert one.clients == 2
    assert one.calls == {"read many": 2}


@pytest.mark.parametrize(
    ("number", "near", "seconds"), [(200, False, 0), (400, True, 0), (800, True, 2)]
)
def test_limits_are_told(number: int, near: bool, seconds: float) -> None:  # noqa: FBT001
    """Parameter Store answers forty calls a second: of ten parameters each."""
    asks = [read(f"k{n}") for n in range(number)]

    (one,) = forecast(plan(PARAMETERS, (planned("a", *asks),)))

    (limit,) = one.limits
    assert (limit.made, limit.allowed, limit.window) == (number // 10, 40, 1)
    assert (limit.is_near, limit.seconds) == (near, seconds)
    assert one.cost == 0


def test_a_service_without_price_list() -> None:
    """Vault is asked secret by secret, and nobody knows what it costs."""
    (one,) = forecast(plan(VAULT, (planned("a", read("x"), read("y")),)))

    assert one.calls == {"read": 2}
    assert (one.cost, one.service, one.limits) == (None, "", ())
