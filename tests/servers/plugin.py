"""The servers as pytest fixtures: each starts once per session, when a test first asks for it.

A test whose server is not installed is skipped, and says what to run; with ``CI=true`` it fails.
What tests leave in a server stays there: they use names of their own, or call ``reset``.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, NoReturn, TypeVar

import pytest

from tests.servers.binaries import ServerMissingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers.azure import AzureServer
    from tests.servers.gcp import GcpServer
    from tests.servers.kubernetes import KubernetesServer
    from tests.servers.moto import MotoServer
    from tests.servers.openbao import OpenBaoServer

    Server = TypeVar("Server")


@pytest.fixture(scope="session")
def kubernetes_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubernetesServer]:
    """A Kubernetes control plane without nodes."""
    from tests.servers.kubernetes import kubernetes

    yield from started(kubernetes, tmp_path_factory.mktemp("kubernetes"))


@pytest.fixture(scope="session")
def second_kubernetes_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[KubernetesServer]:
    """Another control plane, which knows nothing of the first."""
    from tests.servers.kubernetes import kubernetes

    yield from started(kubernetes, tmp_path_factory.mktemp("kubernetes"))


@pytest.fixture(scope="session")
def controlled_kubernetes_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[KubernetesServer]:
    """A control plane whose controllers run, with the operator's kinds.

    It collects whatever names an owner that is not there, and tests invent owners on the others.
    The collector looks for new kinds twice a minute only: they are there before it starts.
    """
    from tests.servers.definitions import install_external_secrets
    from tests.servers.kubernetes import kubernetes

    for server in started(kubernetes, tmp_path_factory.mktemp("kubernetes")):
        install_external_secrets(server)
        server.start_controllers()
        yield server


@pytest.fixture(scope="session")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoServer]:
    """AWS, played by moto."""
    from tests.servers.moto import moto

    yield from started(moto, tmp_path_factory.mktemp("moto"))


@pytest.fixture(scope="session")
def openbao_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBaoServer]:
    """OpenBao, which has the API of Vault."""
    from tests.servers.openbao import openbao

    yield from started(openbao, tmp_path_factory.mktemp("openbao"))


@pytest.fixture(scope="session")
def gcp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GcpServer]:
    """Google Secret Manager, played by us."""
    from tests.servers.gcp import gcp

    yield from started(gcp, tmp_path_factory.mktemp("gcp"))


@pytest.fixture(scope="session")
def azure_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureServer]:
    """Azure Key Vault, played by us."""
    from tests.servers.azure import azure

    yield from started(azure, tmp_path_factory.mktemp("azure"))


def started(
    start: Callable[[Path], AbstractContextManager[Server]], folder: Path
) -> Iterator[Server]:
    """Yield a server that runs until the next step; skip the test where it is not installed."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(start(folder))
        except ServerMissingError as missing:
            _missing(str(missing))
        yield server


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
