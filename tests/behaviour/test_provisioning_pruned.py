"""A set over what ClusterExternalSecrets ask for: nothing goes because they cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.cluster.contract import CLUSTER_EXTERNAL_SECRETS, SECRETS, Forbidden
from esync.flow.applyset import ApplySet, SetOptions
from esync.flow.change import Result
from esync.manifests.document import ObjectRef
from tests.behaviour.test_provisioning import memory, memory_of, results

if TYPE_CHECKING:
    from tests.behaviour.provisioned import Teams

__all__ = ["memory"]  # a fixture of the other page


@pytest.mark.parametrize("refused", [False, True])
def test_what_they_asked_for_is_kept_when_they_are_hidden(memory: Teams, *, refused: bool) -> None:
    """Gone, it is pruned; refused, nobody knows whether they still ask for it."""
    memory.lay()
    chosen = memory.names[0]
    options = SetOptions(ApplySet(SECRETS, chosen, "all"), prune=True, allow_empty=True)
    assert memory.apply(namespaces=(chosen,), expand=True, members=options).failures == ()
    every = ObjectRef("ClusterExternalSecret", "", "")
    if refused:
        error = Forbidden("you may not list clusterexternalsecrets")
        memory_of(memory).fail("list", every, error)
    else:
        gone_ref = (CLUSTER_EXTERNAL_SECRETS, "", memory.name)
        memory.cluster.delete(*gone_ref, uid="", resource_version="")

    outcome = memory.apply(namespaces=(chosen,), members=options)

    assert [one.error.rule for one in outcome.failures] == (["ES0525"] if refused else [])
    gone = [one for one in results(outcome) if one[3] is Result.PRUNED]
    assert len(gone) == (0 if refused else 1)
    assert (memory.secret(chosen) is not None) is refused
