"""What a policy allows is below its patterns, however a store simplifies a key."""

from __future__ import annotations

import json
import posixpath
from unicodedata import normalize
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from esync.flow.catalog import Catalog
from esync.manifests import typed
from esync.manifests.policy import policy
from esync.resolve import narrowed
from tests.unit.manifests.builders import document

POLICY = policy(
    document("apiVersion: esync.dev/v1\nkind: Policy\nspec: {remoteKeys: ['a/**', '*b']}\n")
)
# Letters, separators, and whatever some program takes for one of them.
PARTS = [
    "a",
    "b",
    "/",
    ".",
    "..",
    "%2e",
    "%2F",
    "%252e",
    "\\",
    "\u2024",
    "\uff0f",
    "\uff0e",
    " ",
    "é",
]
KEYS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=8).map("".join)


def is_allowed(key: str) -> bool:
    """Tell whether the policy lets a store be asked for ``key``."""
    found = document(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: x}\nspec:\n"
        "  secretStoreRef: {name: s}\n"
        f"  data: [{{secretKey: k, remoteRef: {{key: {json.dumps(key)}}}}}]\n"
    )
    catalog = Catalog(external_secrets=(typed.external_secret(found),))
    return bool(narrowed(catalog, POLICY).external_secrets)


def simplified(key: str) -> list[str]:
    """Return what stores and programs on the way could make of a key."""
    once, folded = unquote(key), normalize("NFKC", key)
    every = (key, once, unquote(once), folded, unquote(folded), key.replace("\\", "/"))
    return [posixpath.normpath(one) for one in every]


@given(KEYS)
def test_nothing_leads_out_of_a_pattern(key: str) -> None:
    """Also by escapes, dots, and letters that look like them."""
    if is_allowed(key):
        assert all(
            one.startswith("a/") or ("/" not in one and one[-1] == "b") for one in simplified(key)
        )


def test_the_law_has_something_to_say() -> None:
    """Both patterns allow keys."""
    assert is_allowed("a/b")
    assert is_allowed("a/a.b/..a")
    assert is_allowed("é b")
    assert not is_allowed("a/../b")
