"""Kubeconfig files are read and merged as kubectl does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from esync.cluster.contract import Unreachable
from esync.cluster.kubeconfig import choose, default_namespace
from esync.cluster.options import ConnectOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cluster.conftest import Kubeconfigs

SERVER = "https://cluster.example:6443"


def _options(kubeconfig: str = "", environ: dict[str, str] | None = None, **rest: Any) -> Any:
    return ConnectOptions(kubeconfig=kubeconfig, environ=environ or {}, **rest)


def test_namespace_is_that_of_the_context(kubeconfigs: Kubeconfigs) -> None:
    """The context's namespace is the default of -n."""
    path = kubeconfigs.write(SERVER, context={"namespace": "orders"})

    assert default_namespace(_options(path)) == "orders"


@pytest.mark.parametrize("content", ["", "[", "- a", "contexts: 1", "contexts: [{}]", "\x00"])
def test_namespace_is_default_whatever_is_wrong(tmp_path: Path, content: str) -> None:
    """Reading it never fails."""
    path = tmp_path / "config"
    path.write_text(content)

    assert default_namespace(_options(str(path))) == "default"
    assert default_namespace(_options(str(tmp_path / "missing"))) == "default"
    assert default_namespace(_options(str(tmp_path))) == "default"


def test_flag_wins_over_environment_over_home(kubeconfigs: Kubeconfigs, tmp_path: Path) -> None:
    """--kubeconfig, then KUBECONFIG, then ~/.kube/config."""
    home = kubeconfigs.write(SERVER, ".kube/config", context={"namespace": "home"})
    listed = kubeconfigs.write(SERVER, "listed", context={"namespace": "listed"})
    flag = kubeconfigs.write(SERVER, "flag", context={"namespace": "flag"})

    assert home == str(tmp_path / ".kube" / "config")
    assert choose(_options(environ={"HOME": str(tmp_path)})).namespace == "home"
    environ = {"HOME": str(tmp_path), "KUBECONFIG": listed}
    assert choose(_options(environ=environ)).namespace == "listed"
    assert choose(_options(flag, environ)).namespace == "flag"


def test_of_several_files_the_first_wins(kubeconfigs: Kubeconfigs, tmp_path: Path) -> None:
    """Entries and the current context come from the first file that has them; gaps are passed."""
    first = kubeconfigs.write(SERVER, "a", context={"namespace": "first"})
    second = kubeconfigs.write("https://x", "b", context={"namespace": "x"}, current="other")
    files = os.pathsep.join(["", str(tmp_path / "missing"), first, second])

    chosen = choose(_options(environ={"KUBECONFIG": files}))

    assert (chosen.context, chosen.namespace, chosen.server) == ("test", "first", SERVER)


def test_files_are_found_beside_the_kubeconfig(kubeconfigs: Kubeconfigs, tmp_path: Path) -> None:
    """Relative names of certificates, token files and plugins start at the file that has them."""
    path = kubeconfigs.write(
        SERVER,
        "sub/config",
        cluster={"certificate-authority": "ca.crt"},
        user={
            "client-certificate": "/abs/tls.crt",
            "client-key": "keys/tls.key",
            "tokenFile": "token",
            "exec": {"command": "./login", "args": ["--now"]},
        },
    )

    chosen = choose(_options(path))

    assert chosen.cluster["certificate-authority"] == str(tmp_path / "sub" / "ca.crt")
    assert chosen.user["client-certificate"] == "/abs/tls.crt"
    assert chosen.user["client-key"] == str(tmp_path / "sub" / "keys" / "tls.key")
    assert chosen.user["tokenFile"] == str(tmp_path / "sub" / "token")
    assert chosen.user["exec"] == {"command": str(tmp_path / "sub" / "login"), "args": ["--now"]}


def test_a_plugin_without_a_path_is_looked_up(kubeconfigs: Kubeconfigs) -> None:
    """A bare command is one of PATH."""
    path = kubeconfigs.write(SERVER, user={"exec": {"command": "aws"}})

    assert choose(_options(path)).user["exec"]["command"] == "aws"


@pytest.mark.parametrize(
    ("parts", "context", "message", "hint"),
    [
        ({}, "tst", 'there is no context "tst" in the kubeconfig', 'did you mean "test"?'),
        ({}, "prod", 'there is no context "prod" in the kubeconfig', "the kubeconfig has: test"),
        (
            {"current": ""},
            "",
            "the kubeconfig has no current context",
            "pass --context; it has: test",
        ),
        (
            {"context": {"cluster": "x"}},
            "",
            'context "test" names cluster "x", which is not defined',
            "",
        ),
        ({"context": {"user": "x"}}, "", 'context "test" names user "x", who is not defined', ""),
        ({"cluster": {"server": ""}}, "", 'cluster "c" of the kubeconfig has no server', ""),
    ],
)
def test_what_the_kubeconfig_lacks(
    kubeconfigs: Kubeconfigs, parts: dict[str, Any], context: str, message: str, hint: str
) -> None:
    """What is missing is named, with what there is."""
    path = kubeconfigs.write(SERVER, **parts)

    with pytest.raises(Unreachable) as caught:
        choose(_options(path, context=context))

    assert (caught.value.message, caught.value.hint) == (message, hint)
    assert caught.value.rule == "ES0201"


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    """A missing, unreadable or malformed file is named; no line of it is quoted."""
    broken = tmp_path / "broken"
    broken.write_text("users:\n- token: {geheim]")
    missing = tmp_path / "missing"

    for path, said in (
        (missing, f'there is no kubeconfig "{missing}"'),
        (tmp_path, f'cannot read kubeconfig "{tmp_path}": Is a directory'),
        (broken, f'kubeconfig "{broken}":2 is not YAML'),
    ):
        with pytest.raises(Unreachable) as caught:
            choose(_options(str(path)))
        assert caught.value.message == said
        assert caught.value.__cause__ is None


def test_no_cluster_at_all(tmp_path: Path) -> None:
    """Without any kubeconfig, outside of a Pod, the hint tells what to do."""
    with pytest.raises(Unreachable) as caught:
        choose(_options(environ={"HOME": str(tmp_path)}))
    assert caught.value.message == "no cluster is configured: no kubeconfig was found"
    assert "--kubeconfig" in caught.value.hint

    with pytest.raises(Unreachable, match='kubeconfig "/dev/null" has no context'):
        choose(_options(environ={"KUBECONFIG": "/dev/null"}))


def _pod(folder: Path, **rest: Any) -> Any:
    environ = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    (folder / "token").write_text("t0ken")
    return _options(environ=environ, service_account=folder, **rest)


def test_in_a_pod_the_service_account_is_used(tmp_path: Path) -> None:
    """Without a kubeconfig, server and namespace are those of the Pod."""
    (tmp_path / "namespace").write_text("orders\n")

    chosen = choose(_pod(tmp_path))

    assert (chosen.context, chosen.server) == ("in-cluster", "https://[fd00::1]:443")
    assert chosen.namespace == "orders"


def test_a_pod_without_namespace_file(tmp_path: Path) -> None:
    """The namespace is default then."""
    assert choose(_pod(tmp_path)).namespace == "default"


def test_in_a_pod_a_context_is_an_error(tmp_path: Path) -> None:
    """--context names something that only a kubeconfig has."""
    with pytest.raises(Unreachable, match='no context "prod": no kubeconfig was found'):
        choose(_pod(tmp_path, context="prod"))


def test_the_pod_can_be_left_aside(tmp_path: Path) -> None:
    """Where it is not allowed, there is no cluster."""
    with pytest.raises(Unreachable, match="no cluster is configured"):
        choose(_pod(tmp_path, in_cluster=False))


def test_server_without_a_scheme(kubeconfigs: Kubeconfigs) -> None:
    """As client-go: plain http; a slash at its end is not part of it."""
    assert choose(_options(kubeconfigs.write("localhost:8080/"))).server == "http://localhost:8080"


def test_secrets_of_a_kubeconfig_are_not_shown(kubeconfigs: Kubeconfigs) -> None:
    """Neither is the environment."""
    options = _options(kubeconfigs.write(SERVER), {"TOKEN": "geheim"})

    assert "t0ken" not in repr(choose(options))
    assert "geheim" not in repr(options)


def test_a_file_that_changed_is_read_anew(kubeconfigs: Kubeconfigs) -> None:
    """However often it was read before."""
    found = []
    for namespace in ("one", "one", "two"):
        path = kubeconfigs.write("https://api.example", context={"namespace": namespace})
        found.append(choose(ConnectOptions(kubeconfig=path, environ={})).namespace)

    assert found == ["one", "one", "two"]
