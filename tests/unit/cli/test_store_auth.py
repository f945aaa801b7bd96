"""Which stores ``--store-auth`` lets sign in as this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.cli.store_auth import BadStoreAuth, StoreAuth
from esync.manifests import typed
from tests.unit.manifests.builders import document

if TYPE_CHECKING:
    from esync.manifests.store import Store


def store(kind: str, name: str = "aws", namespace: str = "team") -> Store:
    """Return a store of this name."""
    where = f", namespace: {namespace}" if kind == "SecretStore" else ""
    return typed.store(
        document(
            f"apiVersion: external-secrets.io/v1\nkind: {kind}\n"
            f"metadata: {{name: {name}{where}}}\n"
            "spec: {provider: {fake: {data: []}}}\n"
        )
    )


NAMESPACED = store("SecretStore")
SHARED = store("ClusterSecretStore")


@pytest.mark.parametrize(
    ("words", "namespaced", "shared"),
    [
        ([], False, False),
        (["store"], False, False),
        (["ambient"], True, True),
        (["ambient", "store"], False, False),
        (["aws=ambient"], True, True),
        (["other=ambient"], False, False),
        (["team/aws=ambient"], True, False),
        (["theirs/aws=ambient"], False, False),
        (["SecretStore/aws=ambient"], True, False),
        (["ClusterSecretStore/aws=ambient"], False, True),
        (["SecretStore/team/aws=ambient"], True, False),
        (["SecretStore/theirs/aws=ambient"], False, False),
        (["ambient", "team/aws=store"], False, True),
        (["team/aws=store", "ambient"], False, True),
        (["aws=ambient", "SecretStore/aws=store"], False, True),
    ],
)
def test_who_is_meant(words: list[str], namespaced: bool, shared: bool) -> None:  # noqa: FBT001
    """By name, by namespace and name, by kind too; a named store beats the rest."""
    auth = StoreAuth.parse(words)

    assert (auth.is_ambient(NAMESPACED), auth.is_ambient(SHARED)) == (namespaced, shared)


@pytest.mark.parametrize("word", ["", "Ambient", "aws", "aws=", "aws=process", "ambient=aws"])
def test_other_words_are_refused(word: str) -> None:
    """A word that is misread would sign in as somebody else."""
    with pytest.raises(BadStoreAuth) as caught:
        StoreAuth.parse(["store", word])

    assert f'"{word}"' in caught.value.message


def test_an_empty_name_does_not_mean_every_store() -> None:
    """A script whose variable is empty asks for one store, and may not get all of them."""
    with pytest.raises(BadStoreAuth):
        StoreAuth.parse(["=ambient"])
