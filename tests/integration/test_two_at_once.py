"""Several runs at the same time on the same objects end in the state that one run makes."""

from __future__ import annotations

from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING

import pytest

from tests.servers.definitions import install_external_secrets
from tests.servers.proxy import NONE, Trouble, proxy
from tests.servers.watch import watching
from tests.trouble.batch import batch
from tests.trouble.grown import grown
from tests.trouble.program import Started, run
from tests.trouble.scene import NEW, OLD, breaches
from tests.trouble.state import differences, state_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.kubernetes import KubernetesServer
    from tests.servers.proxy import Passing
    from tests.trouble.scene import Scene

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def server(kubernetes_server: KubernetesServer) -> KubernetesServer:
    """Return the API server with the operator's kinds."""
    install_external_secrets(kubernetes_server)
    return kubernetes_server


def test_four_runs_from_the_cluster(server: KubernetesServer) -> None:
    """They all succeed, and one more finds everything as it should be."""
    with watching(server) as watch, batch(server, 5) as scenes:
        runs = [scenes.start(server.kubeconfig) for _ in range(4)]
        codes = [started.ended().code for started in runs]
        last = scenes.run()
        seen = watch.caught_up()

    assert [*codes, last.code] == [0] * 5
    assert scenes.wrong() == []
    assert breaches(seen, scenes.namespaces) == []


def test_runs_from_files_that_find_different_values(
    server: KubernetesServer, tmp_path: Path
) -> None:
    """Two see the values of before, two those of after: the last run decides."""
    with watching(server) as watch, batch(server, 1) as scenes:
        [scene] = scenes.scenes
        files = [tmp_path / "old.yaml", tmp_path / "new.yaml"]
        for file, values in zip(files, (OLD, NEW), strict=True):
            file.write_text(scene.manifests(values))
        runs = [Started(["-f", str(file)], server.kubeconfig) for file in files * 2]
        codes = [started.ended().code for started in runs]
        last = run(["-f", str(files[1])], server.kubeconfig)
        seen = watch.caught_up()

    assert [*codes, last.code] == [0] * 5
    found = state_of(server, scene.namespace).secrets
    fixed = found["frozen"].data["token"]
    assert fixed in {OLD["token"], NEW["token"]}
    assert found == scene.expected(frozen=fixed).secrets
    assert breaches(seen, scenes.namespaces) == []


def test_a_rotation_overtakes_a_run(server: KubernetesServer, tmp_path: Path) -> None:
    """Before each write of a slow run, values rotate and a fast run writes them: they stay.

    The slow one holds what was the value before, and must not put it back.
    """
    with (
        watching(server) as watch,
        proxy(server, tmp_path) as front,
        batch(server, 7) as scenes,
    ):
        for number, scene in enumerate(scenes.scenes, 1):
            scene.store(OLD)
            front.make(partial(_overtaken, at=number, by=partial(_rotate, server, scene)))
            slow = Started(_alone(scene), front.kubeconfig).ended()
            front.calm()
            assert slow.code == 0, slow.err
        last = scenes.run()
        seen = watch.caught_up()

    assert last.code == 0, last.err
    assert [wrong for scene in scenes.scenes for wrong in _stale(server, scene)] == []
    assert breaches(seen, scenes.namespaces) == []


def _alone(scene: Scene) -> list[str]:
    return ["--from-cluster", "-n", scene.namespace, "--concurrency", "1"]


def _overtaken(passing: Passing, *, at: int, by: Callable[[], object]) -> Trouble:
    return Trouble(first=by) if passing.write == at else NONE


def _rotate(server: KubernetesServer, scene: Scene) -> None:
    scene.store(NEW)
    assert run(_alone(scene), server.kubeconfig).code == 0


def _stale(server: KubernetesServer, scene: Scene) -> list[str]:
    """Return what is wrong; what cannot be changed may have either value."""
    found = state_of(server, scene.namespace)
    return differences(found, scene.expected(frozen=found.secrets["frozen"].data["token"]))


def test_many_writers_of_one_secret(server: KubernetesServer, tmp_path: Path) -> None:
    """Eight ExternalSecrets write one Secret, and four runs at once: every key is there."""
    namespace, keys = f"crowd-{token_hex(4)}", [f"k{number}" for number in range(8)]
    server.create_namespace(namespace)
    (tmp_path / "crowd.yaml").write_text(_crowd(namespace, keys))
    arguments = ["-f", str(tmp_path / "crowd.yaml")]

    runs = [Started(arguments, server.kubeconfig) for _ in range(4)]
    ended = [started.ended() for started in runs]

    assert [one.code for one in ended] == [0] * 4, ended
    assert state_of(server, namespace).secrets["crowded"].data == {key: key for key in keys}


def _crowd(namespace: str, keys: list[str]) -> str:
    """Return one ExternalSecret for each key, all of the same target."""
    head = "apiVersion: external-secrets.io/v1\nkind: "
    place = f"metadata: {{namespace: {namespace}, name: "
    items = ", ".join(f"{{key: {key}, value: {key}}}" for key in keys)
    store = f"{head}SecretStore\n{place}s}}\nspec: {{provider: {{fake: {{data: [{items}]}}}}}}\n"
    return "---\n".join(
        [
            store,
            *(
                f"{head}ExternalSecret\n{place}{key}}}\nspec:\n  secretStoreRef: {{name: s}}\n"
                "  target: {name: crowded, creationPolicy: CreateOrMerge}\n"
                f"  data: [{{secretKey: {key}, remoteRef: {{key: {key}}}}}]\n"
                for key in keys
            ),
        ]
    )


def test_sets_restarts_and_provisioning(server: KubernetesServer) -> None:
    """Three runs at once make, prune and restart what one run does."""
    with grown(server, 3) as scenes:
        *crowded, alone = scenes.scenes
        assert run(alone.arguments, server.kubeconfig).code == 0
        for scene in crowded:
            runs = [Started(scene.arguments, server.kubeconfig) for _ in range(3)]
            ended = [started.ended() for started in runs]
            assert [one.code for one in ended] == [0, 0, 0], [one.err for one in ended]
        scenes.run()

        assert scenes.wrong(alone) == []
