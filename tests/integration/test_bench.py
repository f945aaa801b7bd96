"""The benchmark runs, and its counts are right; times are nobody's to assert."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bench.manifests import Variant
from tests.bench.run import Bench, header, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def bench(kubernetes_server: KubernetesServer) -> Iterator[Bench]:
    """Return the servers of a benchmark, with a store that answers at once."""
    with Bench(latency=0, server=kubernetes_server) as running:
        yield running


@pytest.mark.parametrize("variant", Variant)
def test_ten_objects(bench: Bench, variant: Variant) -> None:
    """Ten Secrets are one call to the store, one list and ten writes; then none."""
    result = bench.measure(10, variant)

    one = {"GetSecretValue": 1} if variant is Variant.SHARED else {"BatchGetSecretValue": 1}
    assert result.render.store == result.first.store == result.again.store == one
    assert result.render.api == {}
    assert (result.first.writes, result.again.writes) == (10, 0)
    assert result.first.api["create"] == 10
    # Lists of Secrets, and of ExternalSecrets for their uids.
    assert result.again.api == {"review": 1, "list": 2}
    assert all(len(line) <= len(header()) for line in lines(result)[:3])
