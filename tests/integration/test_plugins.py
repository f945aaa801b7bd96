"""Providers of other packages: installed as the docs' example is, and run as a command is run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how-to/write-a-provider.md"
EXAMPLE = ROOT / "docs/how-to/write-a-provider"
PORT = re.compile(r"127\.0\.0\.1:\d+")


def install(folder: Path, module: str, names: dict[str, str]) -> None:
    """Put a package into a folder as an installer does: the module, and what its metadata say."""
    folder.mkdir(exist_ok=True)
    (folder / "esync_drawer.py").write_text(module)
    info = folder / "esync_drawer-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: esync-drawer\nVersion: 1.0.0\n")
    lines = [f"{name} = {value}" for name, value in names.items()]
    (info / "entry_points.txt").write_text("\n".join(["[esync.providers]", *lines, ""]))


def entry_points() -> dict[str, str]:
    """Return what the example's own pyproject says."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    return dict(project["entry-points"]["esync.providers"])


def command() -> list[str]:
    """Return the command line that the page shows."""
    found = re.search(r"```sh\nesync (.*?)\n```", PAGE.read_text())
    assert found
    return shlex.split(found[1])


def esync(folder: Path, *words: str, packages: Path | None = None) -> tuple[int, str, str]:
    """Run the program; return its exit code, and what it wrote."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    if packages:
        environ["PYTHONPATH"] = str(packages)
    done = subprocess.run(
        [sys.executable, "-m", "esync", *words],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def drawer(request: Request) -> Response:
    """Be the service of the example."""
    if request.bearer != "only-for-the-example":
        return Response(401, "hunter2")
    if request.path == "/":
        return Response(200, {"names": ["prod/db", "prod/mail"]})
    found = {"/prod/db": '{"password": "s3cret"}', "/prod/mail": "m"}.get(request.path)
    return Response(404, "hunter2") if found is None else Response(200, found)


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder with the example, installed."""
    install(tmp_path / "site", (EXAMPLE / "esync_drawer.py").read_text(), entry_points())
    return tmp_path / "site"


@pytest.fixture
def docs(tmp_path: Path) -> Iterator[Path]:
    """A copy of the docs whose service is there."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    with serving(drawer) as port:
        file = tmp_path / "docs/how-to/write-a-provider/drawer.yaml"
        file.write_text(PORT.sub(f"127.0.0.1:{port}", file.read_text()))
        yield tmp_path


def test_the_example_renders(docs: Path, packages: Path) -> None:
    """By the very command line of the page."""
    code, out, said = esync(docs, *command(), packages=packages)
    assert code == 0, said
    (secret,) = yaml.safe_load_all(out)
    assert secret["data"] == {"password": "czNjcmV0"}


def test_the_example_finds(docs: Path, packages: Path) -> None:
    """Also what it offers beside reading is used."""
    file = docs / "docs/how-to/write-a-provider/drawer.yaml"
    data = file.read_text().index("  data:")
    file.write_text(file.read_text()[:data] + '  dataFrom: [{find: {name: {regexp: "^prod/"}}}]\n')
    code, out, said = esync(docs, *command(), packages=packages)
    assert code == 0, said
    (secret,) = yaml.safe_load_all(out)
    assert set(secret["data"]) == {"prod_db", "prod_mail"}


def test_the_example_tells_where_a_refused_store_stands(docs: Path, packages: Path) -> None:
    """File and line of the store, and nothing of the service's words."""
    file = docs / "docs/how-to/write-a-provider/drawer.yaml"
    text = file.read_text().replace("only-for-the-example", "another")
    file.write_text(text)
    line = 1 + text.splitlines().index("    drawer:")
    code, _, said = esync(docs, *command(), packages=packages)
    assert code != 0
    assert f"drawer.yaml:{line}: " in said
    assert "denies access" in said
    assert "hunter2" not in said


MARK = "import pathlib; pathlib.Path('imported').touch()\n"


def test_it_is_not_imported_without_leave(docs: Path, tmp_path: Path) -> None:
    """Neither where no flag allows it, nor where no manifest names it, nor to be listed."""
    install(tmp_path / "marked", MARK + "class Drawer: pass\n", entry_points())
    words = [word for word in command() if word not in {"--allow-plugin", "drawer"}]
    code, _, said = esync(docs, *words, packages=tmp_path / "marked")
    assert code != 0
    assert "--allow-plugin drawer" in said
    assert "ES0123" in said
    quick = ("render", "--offline", "--allow-plugin", "drawer", "-f", "docs/quickstart")
    assert esync(docs, *quick, packages=tmp_path / "marked")[0] == 0
    code, listed, _ = esync(docs, "providers", packages=tmp_path / "marked")
    assert (code, "drawer" in listed, "--allow-plugin drawer" in listed) == (0, True, True)
    code, listed, _ = esync(docs, "providers", "-o", "json", packages=tmp_path / "marked")
    assert {"provider": "drawer", "plugin": "esync_drawer:Drawer"} in json.loads(listed)["items"]
    assert not (docs / "imported").exists()


def test_it_takes_the_place_of_no_provider_of_ours(docs: Path, tmp_path: Path) -> None:
    """Not even where somebody allows it."""
    install(tmp_path / "marked", MARK + "class Drawer: pass\n", {"fake": "esync_drawer:Drawer"})
    words = ("render", "--offline", "-f", "docs/quickstart")
    assert esync(docs, *words, packages=tmp_path / "marked")[0] == 0
    code, out, said = esync(docs, *words, "--allow-plugin", "fake", packages=tmp_path / "marked")
    assert (code, out) == (2, "")
    assert "ES0474" in said
    assert not (docs / "imported").exists()


def test_it_may_serve_a_store_that_we_do_not_know_yet(docs: Path, packages: Path) -> None:
    """Its name is one of the operator's then."""
    points = packages / "esync_drawer-1.0.0.dist-info/entry_points.txt"
    points.write_text(points.read_text().replace("drawer =", "doppler ="))
    file = docs / "docs/how-to/write-a-provider/drawer.yaml"
    file.write_text(file.read_text().replace("    drawer:\n", "    doppler:\n"))
    module = packages / "esync_drawer.py"
    module.write_text(module.read_text().replace('"provider", "drawer"', '"provider", "doppler"'))
    words = [("doppler" if word == "drawer" else word) for word in command()]
    assert esync(docs, *words, packages=packages)[0] == 0
    words = [word for word in words if word not in {"--allow-plugin", "doppler"}]
    code, _, said = esync(docs, *words, packages=packages)
    assert (code, "ES0310" in said) == (2, True)


@pytest.mark.parametrize(
    ("module", "rule", "told"),
    [
        ("raise RuntimeError('hunter2')\n", "ES0473", "cannot be imported (RuntimeError)"),
        ("import no_such_module\n", "ES0473", "cannot be imported (ModuleNotFoundError)"),
        ("class Other: pass\n", "ES0473", "cannot be imported (AttributeError)"),
        ("class Drawer: pass\n", "ES0473", "lacks check, open"),
        ("class D:\n  check = open = print\nDrawer = D()\n", "ES0473", "is no class"),
    ],
)
def test_a_package_that_is_broken(
    docs: Path, tmp_path: Path, module: str, rule: str, told: str
) -> None:
    """It is said what is wrong, at the store, and nothing of its own words."""
    install(tmp_path / "broken", module, entry_points())
    code, out, said = esync(docs, *command(), packages=tmp_path / "broken")
    assert (code, out) == (2, "")
    assert rule in said
    assert told in said
    assert "drawer.yaml:" in said
    assert "hunter2" not in said


def test_a_package_that_is_not_there(docs: Path) -> None:
    """It is said where it is looked for."""
    code, _, said = esync(docs, *command())
    assert (code, "ES0472" in said, "esync.providers" in said) == (2, True, True)


def test_two_packages_with_one_name(docs: Path, packages: Path) -> None:
    """Nobody guesses which one is meant."""
    other = packages / "other-1.0.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0.0\n")
    (other / "entry_points.txt").write_text("[esync.providers]\ndrawer = other:Drawer\n")
    code, _, said = esync(docs, *command(), packages=packages)
    assert (code, "several installed packages" in said) == (2, True)


def test_validate_knows_it(docs: Path, packages: Path) -> None:
    """Its own check speaks for the settings."""
    words = ("validate", "--allow-plugin", "drawer", "-f", "docs/how-to/write-a-provider")
    assert esync(docs, *words, packages=packages)[0] == 0
    file = docs / "docs/how-to/write-a-provider/drawer.yaml"
    file.write_text(file.read_text().replace("      url:", "      uri:"))
    code, _, said = esync(docs, *words, packages=packages)
    assert (code, "uri" in said) == (1, True)


def test_an_untrusted_store_sends_it_nothing(docs: Path, packages: Path) -> None:
    """The rules for hosts hold for it as for all others."""
    file = docs / "docs/how-to/write-a-provider/drawer.yaml"
    file.write_text(PORT.sub("drawer.example", file.read_text()))
    code, _, said = esync(docs, *command(), packages=packages)
    assert (code, "ES0355" in said) == (2, True)
