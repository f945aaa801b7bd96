"""Nobody pays for the Kubernetes client before the cluster is asked for something."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.cluster.conftest import Kubeconfigs

CONNECT = """
import sys
from esync.cluster.connect import connect
from esync.cluster.kubeconfig import default_namespace
from esync.cluster.options import ConnectOptions
from esync.cluster.overlay import InputFirst
options = ConnectOptions(kubeconfig=sys.argv[1])
behind = connect(options)
InputFirst({}, behind)
assert default_namespace(options) == behind.namespace == "orders"
"""


@pytest.mark.parametrize("heavy", ["kubernetes", "urllib3", "requests", "ssl", "http.client"])
def test_connecting_imports_nothing_heavy(kubeconfigs: Kubeconfigs, heavy: str) -> None:
    """A render that finds everything in its input never imports the client."""
    path = kubeconfigs.write("https://127.0.0.1:1", context={"namespace": "orders"})
    program = f"{CONNECT}\nassert {heavy!r} not in sys.modules"

    subprocess.run([sys.executable, "-c", program, path], check=True)
