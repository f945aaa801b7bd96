"""The one ExternalSecret that a user names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.errors import EsyncError
from esync.flow.catalog import Catalog
from esync.flow.failure import Failure
from esync.manifests import typed
from esync.resolve.pick import NoSuchObject, pick
from tests.unit.manifests.builders import document

if TYPE_CHECKING:
    from esync.manifests.externalsecret import ExternalSecret


def external_secret(namespace: str, name: str, target: str = "") -> ExternalSecret:
    """Return an ExternalSecret of this name."""
    named = f"{{name: {target}}}" if target else "{}"
    return typed.external_secret(
        document(
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n"
            f"metadata: {{name: {name}, namespace: {namespace}}}\n"
            f"spec:\n  secretStoreRef: {{name: vault}}\n  target: {named}\n"
            "  dataFrom: [{extract: {key: db}}]\n"
        )
    )


CATALOG = Catalog(
    external_secrets=(
        external_secret("red", "app"),
        external_secret("blue", "app", "built"),
        external_secret("blue", "database"),
    )
)


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("database", "Secret blue/database"),
        ("blue/database", "Secret blue/database"),
        ("red/app", "Secret red/app"),
        ("blue/app", "Secret blue/built"),
        ("red/", "Secret red/app"),
    ],
)
def test_the_one_that_is_meant(words: str, target: str) -> None:
    """With its target, which is asked of no store."""
    found = pick(CATALOG, words)

    assert str(found.target) == target


def test_the_only_one_needs_no_name() -> None:
    """An empty name is enough."""
    only = external_secret("red", "app")

    assert pick(Catalog(external_secrets=(only,)), "").external_secret is only


@pytest.mark.parametrize(("words", "count"), [("", 3), ("app", 2), ("blue/", 2)])
def test_several_are_refused(words: str, count: int) -> None:
    """Guessing would show the wrong one."""
    with pytest.raises(NoSuchObject, match=f"^{count} ExternalSecrets could be meant"):
        pick(CATALOG, words)


@pytest.mark.parametrize(
    ("words", "hint"), [("databse", 'did you mean "database"?'), ("red/zzz", "")]
)
def test_none_is_told(words: str, hint: str) -> None:
    """With the nearest name that the input has."""
    with pytest.raises(NoSuchObject) as caught:
        pick(CATALOG, words)

    assert caught.value.message == f'the input has no ExternalSecret "{words}"'
    assert caught.value.hint == hint


def test_what_could_not_be_read_comes_first() -> None:
    """The one that is meant may be the one that is broken."""
    broken = EsyncError("cannot be read")

    with pytest.raises(EsyncError) as caught:
        pick(Catalog(failures=(Failure(None, broken),)), "app")

    assert caught.value is broken
