"""The CronJobs of the benchmark ask for what they need; times are nobody's to assert."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bench.cronjob import jobs, lines
from tests.servers.plugin import started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration


@pytest.fixture
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubernetesServer]:
    """Return a control plane that nobody left anything in: one run looks at all namespaces."""
    from tests.servers.kubernetes import kubernetes

    yield from started(kubernetes, tmp_path_factory.mktemp("kubernetes"))


def test_calls_grow_with_namespaces_and_not_with_objects(empty: KubernetesServer) -> None:
    """With nothing due, four calls for each namespace; unchanged data costs a status each."""
    with jobs(2, 3, empty) as made:
        first, quiet, due = made.turn(), made.turn(), made.turn("--refresh=always")
        whole = made.at_once()

    reads = {
        "get clustersecretstores.external-secrets.io": 2,
        "list externalsecrets.external-secrets.io": 2,
        "list secrets": 2,
        "review selfsubjectrulesreviews.authorization.k8s.io": 2,
    }
    status = {"patch externalsecrets.external-secrets.io/status": 6}
    assert first.api == {**reads, **status, "create secrets": 6, "create events": 6}
    assert (quiet.api, quiet.store, quiet.writes) == (reads, {}, 0)
    assert (due.api, due.writes) == ({**reads, **status}, 6)
    assert first.store == due.store == {"BatchGetSecretValue": 2}
    assert (whole.store, whole.writes) == ({}, 0)
    assert next(lines("first", first)).endswith("26 API calls, 18 writes")
