"""ClusterSecretStores that ask the same service as the same are asked as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.resolve import Options

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench

DATA = [{"key": "db", "value": "v"}]


def lay(bench: Workbench, name: str, settings: Any) -> None:
    """Lay a ClusterSecretStore and an ExternalSecret of the same name that reads it."""
    bench.document(
        f"css-{name}",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ClusterSecretStore",
            "metadata": {"name": name},
            "spec": {"provider": {"fake": settings}},
        },
    )
    bench.external_secret(
        f"""
secretStoreRef: {{name: {name}, kind: ClusterSecretStore}}
data: [{{secretKey: k, remoteRef: {{key: db}}}}]
""",
        name=name,
    )


def reads(bench: Workbench) -> list[int]:
    """Return how often each store was read, and make sure that nothing failed."""
    outcome = bench.render()
    assert outcome.failures == ()
    assert len(outcome.secrets) == 2
    return [store.calls["read"] for store in outcome.calls]


def test_equal_settings_are_one_store(bench: Workbench) -> None:
    """One read serves both, whatever their names."""
    lay(bench, "a", {"data": DATA})
    lay(bench, "b", {"data": DATA})

    assert reads(bench) == [1]


@pytest.mark.parametrize(
    ("other", "options"),
    [
        ({"data": [*DATA, {"key": "x", "value": "w"}]}, Options()),
        ({"data": DATA}, Options(equal_stores=False)),
    ],
    ids=["other settings", "something is said of single stores"],
)
def test_others_stay_apart(bench: Workbench, other: Any, options: Options) -> None:
    """Each is asked for itself."""
    bench.options = options
    lay(bench, "a", {"data": DATA})
    lay(bench, "b", other)

    assert reads(bench) == [1, 1]
