"""A run that is killed, whenever that is, leaves nothing that the next run does not put right."""

from __future__ import annotations

import sys
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.servers.definitions import install_external_secrets
from tests.servers.proxy import proxy
from tests.servers.watch import watching
from tests.trouble.batch import batch
from tests.trouble.grown import grown
from tests.trouble.kills import Killing, Write, writes_of
from tests.trouble.scene import breaches

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration
SCENES = 22
WIDE = 4
AROUND = 15
SEED = 7


def test_kills_between_all_kinds_of_write(
    kubernetes_server: KubernetesServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Between every two writes and at random moments: one more run makes it exactly right.

    No Secret was ever without a key that it should have had, and nothing is left to write.
    """
    server, chance = kubernetes_server, Random(SEED)  # noqa: S311 - nothing is secret here
    install_external_secrets(server)
    with (
        watching(server) as watch,
        proxy(server, tmp_path) as front,
        batch(server, SCENES) as scenes,
    ):
        killing = Killing(server, front, scenes.scenes)
        killing.at_every_pair()
        while killing.left > WIDE:
            killing.at_random(chance)
        while killing.left:
            killing.at_random(chance, writers=16)
        ended = scenes.run()
        with server.audited() as events:
            scenes.run()
        seen = watch.caught_up()

    kills = killing.kills
    with capsys.disabled():
        sys.stdout.write(f"\n{kills.table()}\n")
    assert [pair for pair in kills.pairs if not kills.fell[pair]] == []
    assert ended.code == 0, ended.err
    assert scenes.wrong() == []
    assert breaches(seen, scenes.namespaces) == []
    # What the store has no more is asked for by every run, and the status says when.
    asked = {one for scene in scenes.scenes for one in writes_of(events, scene)}
    assert asked <= {Write("status of ExternalSecret", "gone")}


def test_kills_around_the_secrets(
    kubernetes_server: KubernetesServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A set that is pruned, workloads that restart, what ClusterExternalSecrets ask for.

    Wherever the run ends, the next one does the rest, and nothing twice: no restart is lost or
    repeated, and nothing is pruned that is asked for.
    """
    server = kubernetes_server
    install_external_secrets(server)
    with proxy(server, tmp_path) as front, grown(server, AROUND) as scenes:
        killing = Killing(server, front, scenes.scenes)
        killing.at_every_pair()
        untouched = scenes.scenes[-1]
        data = untouched.data()
        scenes.run()
        wrong = scenes.wrong(untouched)
        with server.audited() as events:
            scenes.run(4)

    kills = killing.kills
    with capsys.disabled():
        sys.stdout.write(f"\n{kills.table()}\n")
    assert {name: sorted(keys) for name, keys in data.items()} == {
        "ConfigMap settings": ["password", "user"],
        "Secret stays": ["password", "user"],
        "Secret fleet": ["password", "user"],
        "Secret the-set": [],
    }
    assert [pair for pair in kills.pairs if not kills.fell[pair]] == []
    assert wrong == []
    assert [one for scene in scenes.scenes for one in writes_of(events, scene)] == []
