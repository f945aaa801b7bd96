"""What differs between live and desired, and what guard rails say to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from esync.deliver.changes import Guards, change, over_limit, removals, setting_aside
from esync.deliver.errors import (
    CannotChange,
    Untouchable,
    WouldBeEmptied,
    WouldLoseKeys,
)
from esync.errors import Location
from esync.flow.change import Action, Change, FieldChange, Mark
from esync.flow.desired import Content, Desired, Intent
from esync.flow.kubernetes import (
    CREATED_BY_LABEL,
    DATA_HASH_ANNOTATION,
    MANAGED_LABEL,
    OwnerReference,
    SecretObject,
)
from esync.flow.plan import Planned
from esync.gocompat.digest import created_by, data_hash
from esync.manifests.document import Document, ObjectRef
from esync.manifests.externalsecret import ExternalSecret, ExternalSecretSpec
from esync.secret import SecretValue

NO = Guards()
DOCUMENT = Document("v1", "ExternalSecret", "ns", "app", {}, Location("x.yaml", 1), {})
PLANNED = Planned(
    ExternalSecret("app", "ns", ExternalSecretSpec(), DOCUMENT),
    ObjectRef("Secret", "ns", "app"),
    (),
)
LIVE = SecretObject(
    "ns",
    "app",
    type="Opaque",
    data={"a": SecretValue(b"1"), "b": SecretValue(b"2")},
    labels={MANAGED_LABEL: "true", CREATED_BY_LABEL: created_by("ns", "app")},
    annotations={DATA_HASH_ANNOTATION: "x"},
    uid="u",
    resource_version="7",
)

INTACT = replace(
    LIVE,
    annotations={
        DATA_HASH_ANNOTATION: data_hash({key: text.reveal() for key, text in LIVE.data.items()})
    },
)


def desired(secret: SecretObject, live: SecretObject | None = LIVE, **content: object) -> Desired:
    """Return a desired Secret that was held against ``live``."""
    made = Content(data=secret.data, **content)  # type: ignore[arg-type] # fields by their names
    return Desired(PLANNED, Intent.WRITE, made, live, secret)


def with_data(**data: str) -> SecretObject:
    """Return the live Secret with other data."""
    return replace(LIVE, data={key: SecretValue(text.encode()) for key, text in data.items()})


def test_nothing_differs() -> None:
    """An equal Secret is no change, nil and empty alike."""
    assert change(desired(replace(LIVE)), NO).action is Action.NONE


def test_each_key_is_told() -> None:
    """Added, removed and changed keys, in order."""
    found = change(desired(with_data(b="3", c="4")), NO)

    assert found.action is Action.UPDATE
    assert found.fields == (
        FieldChange("data", "a", Mark.REMOVED),
        FieldChange("data", "b", Mark.CHANGED),
        FieldChange("data", "c", Mark.ADDED),
    )


def test_a_missing_secret_is_created() -> None:
    """All its keys are added."""
    found = change(desired(with_data(a="1"), live=None), NO)

    assert (found.action, found.fields) == (
        Action.CREATE,
        (FieldChange("data", "a", Mark.ADDED),),
    )


def test_names_that_came_from_values_are_masked() -> None:
    """A key that a template made is shown as a mask."""
    secret = with_data(a="1", b="2", hidden="3")

    found = change(desired(secret, names_are_values=frozenset({("data", "hidden")})), NO)

    assert found.fields == (FieldChange("data", "***", Mark.ADDED),)


def test_volatile_differences_are_no_real_change() -> None:
    """A template that differs on each run, and the digest that follows it, count for nothing."""
    secret = replace(with_data(a="1", b="9"), annotations={DATA_HASH_ANNOTATION: "y"})

    found = change(desired(secret, INTACT, volatile=frozenset({("data", "b")})), NO)

    assert found.action is Action.UPDATE
    assert not found.is_real
    assert not found.is_written
    assert all(one.volatile for one in found.fields)
    assert replace(found, due=True).is_written


def test_an_edited_volatile_value_is_repaired() -> None:
    """The live data are not those that were stamped: somebody wrote them since."""
    secret = replace(with_data(a="1", b="9"), annotations={DATA_HASH_ANNOTATION: "y"})

    assert change(desired(secret, volatile=frozenset({("data", "b")})), NO).is_real


def test_a_volatile_key_is_one_of_its_field() -> None:
    """A label of the same name may change for real."""
    secret = replace(INTACT, labels={**INTACT.labels, "b": "new"})
    live = replace(INTACT, labels={**INTACT.labels, "b": "old"})

    assert change(desired(secret, live, volatile=frozenset({("data", "b")})), NO).is_real


def test_a_real_change_takes_the_volatile_ones_along() -> None:
    """They are written only together with a real change."""
    found = change(desired(with_data(a="9", b="9"), volatile=frozenset({("data", "b")})), NO)

    assert found.is_real


def test_a_secret_that_nobody_manages_keeps_its_keys() -> None:
    """Unless it is adopted; one that loses nothing needs no word."""
    live = replace(LIVE, labels={})

    with pytest.raises(WouldLoseKeys, match="1 of its keys"):
        change(desired(with_data(a="1"), live), NO)
    assert change(desired(with_data(a="1"), live), Guards(adopt=True)).is_real
    assert change(desired(with_data(a="1", b="2", c="3"), live), NO).is_real


def test_a_value_is_not_emptied() -> None:
    """Unless that is allowed; an empty value stays empty."""
    with pytest.raises(WouldBeEmptied):
        change(desired(with_data(a="", b="2")), NO)
    assert change(desired(with_data(a="", b="2")), Guards(allow_empty=True)).is_real
    empty = with_data(a="", b="2")
    assert change(desired(replace(empty), empty), NO).action is Action.NONE


@pytest.mark.parametrize(
    "kind",
    [
        "kubernetes.io/service-account-token",
        "bootstrap.kubernetes.io/token",
        "helm.sh/release.v1",
    ],
)
def test_some_types_are_never_touched(kind: str) -> None:
    """Whatever the flags say."""
    live = replace(LIVE, type=kind)

    with pytest.raises(Untouchable):
        change(desired(replace(live, data={}), live), Guards(adopt=True, allow_empty=True))


def test_the_type_cannot_change() -> None:
    """Kubernetes does not let it; Opaque is the default's name."""
    with pytest.raises(CannotChange):
        change(desired(replace(LIVE, type="other")), NO)
    assert change(desired(replace(LIVE, type="")), NO).action is Action.NONE


def test_an_immutable_secret_keeps_its_data() -> None:
    """Its labels may change, its data may not."""
    live = replace(LIVE, immutable=True)

    with pytest.raises(CannotChange):
        change(desired(replace(live, data={}), live), NO)
    labelled = replace(live, labels={**live.labels, "new": "x"})
    assert change(desired(labelled, live), NO).is_real


def test_only_our_own_secret_is_deleted() -> None:
    """The operator deletes by name alone; here label and owner must agree."""
    gone = Desired(PLANNED, Intent.DELETE, live=LIVE)
    assert change(gone, NO).action is Action.DELETE

    for theirs in (
        replace(LIVE, labels={}),
        replace(LIVE, labels={CREATED_BY_LABEL: created_by("ns", "other")}),
        replace(LIVE, owners=(OwnerReference("v1", "ConfigMap", "c", "u", controller=True),)),
    ):
        assert change(replace(gone, live=theirs), NO).action is Action.NONE
    assert change(replace(gone, live=None), NO).action is Action.NONE


def test_what_a_rename_left_behind_is_removed_if_it_is_ours() -> None:
    """Found by its creator, and checked like every deletion."""
    old = replace(LIVE, name="old")

    assert [one.ref.name for one in removals(PLANNED, [old])] == ["old"]
    assert removals(PLANNED, [replace(old, labels={})]) == ()


@pytest.mark.parametrize(
    ("limit", "scope", "count", "refused"),
    [
        (None, 1, 5, False),
        (None, 1, 6, True),
        (None, 100, 10, False),
        (None, 100, 11, True),
        (0, 100, 1, True),
        (20, 1, 20, False),
    ],
)
def test_deletions_stay_under_a_limit(
    limit: int | None, scope: int, count: int, *, refused: bool
) -> None:
    """The larger of 5 and a tenth, or what the flag says."""
    deletion = change(Desired(PLANNED, Intent.DELETE, live=LIVE), NO)

    found = over_limit([deletion] * count, Guards(delete_limit=limit), scope=scope)

    assert (found is not None) is refused


def test_deletions_come_last() -> None:
    """Nothing is removed before its successor is there."""
    deletion = change(Desired(PLANNED, Intent.DELETE, live=LIVE), NO)
    creation = change(desired(with_data(a="1"), live=None), NO)

    aside: list[Change] = []
    assert list(setting_aside([deletion, creation], aside)) == [creation]
    assert aside == [deletion]
