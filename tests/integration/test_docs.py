"""Every command line that the docs show is run, and ends as the page says."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.environment import clean
from tests.servers.definitions import install_external_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.kubernetes import KubernetesServer

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"(?:<!--(?P<says>[^>]*)-->\n)?```console\n(?P<lines>.*?)```", re.DOTALL)
# The two commands of the README that set a machine up are what CI runs; they are not run again.
SETS_UP = "python3 -m venv"


@dataclass(frozen=True)
class Block:
    """Command lines of one page, and what the comment before them says."""

    page: Path
    lines: tuple[str, ...]
    says: dict[str, str]

    @property
    def name(self) -> str:
        """Name the block in test ids."""
        return f"{self.page.relative_to(ROOT)}: {self.lines[0][:60]}"


def blocks() -> Iterator[Block]:
    """Yield all blocks of all pages."""
    for page in PAGES:
        for found in BLOCK.finditer(page.read_text()):
            said = (found["says"] or "").strip()
            pairs = (one.split(":", 1) for one in said.split(";") if ":" in one)
            lines = tuple(line for line in found["lines"].splitlines() if line.strip())
            says = {key.strip(): value.strip() for key, value in pairs}
            if not lines[0].startswith(SETS_UP):
                yield Block(page, lines, says)


ALL = list(blocks())
ALONE = [block for block in ALL if block.says.get("needs") is None]
# What touches all namespaces gets a cluster that no other test leaves things in.
CLUSTERS = {"kubernetes": "kubernetes_server", "empty kubernetes": "second_kubernetes_server"}
WITH_CLUSTER = [block for block in ALL if block.says.get("needs") in CLUSTERS]


def run(block: Block, folder: Path, **environment: str) -> None:
    """Run the lines in a copy of the docs; the last one may end otherwise than with 0."""
    shutil.copytree(ROOT / "docs", folder / "docs", symlinks=True)
    for number, line in enumerate(block.lines):
        words = shlex.split(line)
        assert words[0] == "esync", line
        done = subprocess.run(
            [sys.executable, "-m", "esync", *words[1:]],
            cwd=folder,
            env=clean(HOME=str(folder), **environment),
            capture_output=True,
            text=True,
            check=False,
        )
        last = number == len(block.lines) - 1
        expected = int(block.says.get("exit", "0")) if last else 0
        assert done.returncode == expected, f"{line}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("block", ALONE, ids=lambda block: block.name)
def test_runs_without_a_server(block: Block, tmp_path: Path) -> None:
    """No account and no cluster is needed for these."""
    run(block, tmp_path)


@pytest.mark.integration
@pytest.mark.parametrize("block", WITH_CLUSTER, ids=lambda block: block.name)
def test_runs_with_a_cluster(block: Block, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Each page starts with an empty namespace."""
    server: KubernetesServer = request.getfixturevalue(CLUSTERS[block.says["needs"]])
    install_external_secrets(server)
    namespace = block.says["namespace"]
    if server.request("GET", f"/api/v1/namespaces/{namespace}").status != 200:
        server.create_namespace(namespace)
    api = "/apis/external-secrets.io/v1"
    for root, kind in ((api, "externalsecrets"), ("/api/v1", "secrets")):
        path = f"{root}/namespaces/{namespace}/{kind}"
        assert server.request("DELETE", path).status == 200
    laid = [path_of(body) for body in lay(block.says.get("has", ""), server)]
    run(block, tmp_path, KUBECONFIG=str(server.kubeconfig))
    for path in laid:
        assert server.request("DELETE", path).status == 200


def lay(folder: str, server: KubernetesServer) -> list[dict[str, Any]]:
    """Put the manifests of a folder into the cluster; return those that belong to no namespace."""
    bodies = [
        body
        for file in sorted((ROOT / folder).glob("*.yaml") if folder else ())
        for body in yaml.safe_load_all(file.read_text())
    ]
    for body in bodies:
        server.apply(path_of(body), body)
    return [body for body in bodies if body["kind"].startswith("Cluster")]


def path_of(body: dict[str, Any]) -> str:
    """Return where the API server has an object without a namespace."""
    version, plural = body["apiVersion"], f"{body['kind'].lower()}s"
    return f"/{'apis' if '/' in version else 'api'}/{version}/{plural}/{body['metadata']['name']}"


def test_every_block_is_run() -> None:
    """A page that needs something else would be left out silently."""
    assert len(ALONE) + len(WITH_CLUSTER) == len(ALL)


def test_links_lead_somewhere() -> None:
    """Relative links of the docs point at files that exist."""
    lost = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]

    assert lost == []
