"""The reference's page of all providers is made from the code, the suite and their pages."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module
from inspect import isclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from esync.fetch import calling_of
from esync.providers.abilities import built_in
from esync.report.providers import table
from tests.contract.cases import CASES
from tests.fakes.stores import make_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/reference/providers"
VARIABLES = re.compile(r"^\| variable \| meaning \|\n\|[-|]+\|\n((?:\|.*\n)+)", re.MULTILINE)
EXAMPLE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What all programs hear has nothing to do with who we are.
EVERYWHERE = re.compile(r"PROXY|BUNDLE|SSL_CERT")


NETWORK = (
    "## Time-outs, proxies, certificates, retries",
    "",
    "They are the same for every store, and for wherever it signs in.",
    "",
    "* A connection may take 5 seconds and an answer 30; who takes longer is not waited for again.",
    (
        "* `HTTPS_PROXY` names the proxy, `HTTP_PROXY` the one for plain http, and `NO_PROXY` "
        "names hosts, domains, networks and ports that need none, as for the operator and kubectl; "
        "small letters count too."
    ),
    "* `NO_PROXY=.example.org` means what is below that name, `example.org` the name as well.",
    "* This machine and metadata services are never asked through a proxy.",
    (
        "* Certificates are those of the store if it has some, else those in the file that "
        "the first of `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE` and `SSL_CERT_FILE` names, else "
        "the system's."
    ),
    "* For AWS, `AWS_CA_BUNDLE` comes before all of them.",
    (
        "* Who asks to slow down (429) is asked up to six times, who says that he is busy "
        "(502, 503, 504 and the like) or cuts the connection up to three times, after the time "
        "that he asks for or a growing one."
    ),
    "* `spec.retrySettings` counts for `aws`, `vault` and `ibm`, as with the operator.",
    "* No redirect to another host is followed.",
)


def cases_of(provider: str) -> list[type]:
    """Return the classes that play the stores of one provider in the contract suite."""
    names = [name for name in CASES if name == provider or name.startswith(f"{provider}-")]
    modules = {CASES[name].partition(":")[0] for name in names}
    return [
        one
        for module in sorted(modules)
        for one in vars(import_module(module)).values()
        if isclass(one) and hasattr(one, "proven_on") and one.__module__ == module
    ]


def proven(provider: str) -> str:
    """Return on what a provider is proven."""
    found = dict.fromkeys(one.proven_on for one in cases_of(provider))  # type: ignore[attr-defined]  # asked above
    return ", ".join(found)


def page() -> Iterator[str]:
    """Yield the lines of the page of all providers."""
    found = list(built_in())
    yield "# Providers"
    yield ""
    yield "Made from the program; see also `esync providers`."
    yield ""
    yield "Each provider reads a secret by its key; the table says what it can do besides."
    yield "The page of a provider says what that means there."
    yield ""
    yield from table(found, [proven(one.provider) for one in found])
    yield ""
    yield "`batch` is how many keys one call reads at most."
    yield "What a provider cannot do is an error that names the field."
    yield "How to add one is told in [write a provider](../../how-to/write-a-provider.md)."
    yield ""
    yield "## Calls for eight keys of three secrets"
    yield ""
    yield "As `esync plan` counts them for the example of each page."
    yield "The contract suite counts the same at the services that tell what they were asked."
    yield "What a sign-in takes comes once for each store, and is told on the provider's page."
    yield ""
    yield "| provider | service | calls | which |"
    yield "|---|---|---|---|"
    for one in found:
        made = Counter(calls(one.provider, one.service))
        which = ", ".join(f"{number} {name}" for name, number in sorted(made.items()))
        yield f"| `{one.provider}` | {one.service} | {made.total()} | {which or 'none'} |"
    yield ""
    yield from NETWORK
    yield ""
    yield "## Variables of the identity of the process"
    yield ""
    yield "With `--store-auth ambient`, and where a store leaves its `auth` out, these count."
    yield "`kubernetes` and `crd` have none: theirs is the identity of the context."
    yield ""
    yield "| provider | variable | meaning |"
    yield "|---|---|---|"
    for name in dict.fromkeys(one.provider for one in found if one.ambient):
        yield from variables(name)


def calls(provider: str, service: str) -> Sequence[str]:
    """Return the calls behind three secrets in a store as the provider's page shows one."""
    if provider == "fake":
        return ()
    text = (FOLDER / f"{provider.lower()}.md").read_text()
    example = EXAMPLE.search(text)
    assert example, provider
    settings = yaml.safe_load(example[1])["spec"]["provider"][provider]
    if service:
        settings["service"] = str(service)  # which is a word of an enumeration
    calling = calling_of(make_store(provider, settings))
    keys = [key for key in ("/a", "/b", "/c") if calling.can_batch(key, "")]
    return (calling.read_many,) if len(keys) == 3 else calling.read * 3


def variables(provider: str) -> Iterator[str]:
    """Yield a row for each variable that a provider's page tells of."""
    for rows in VARIABLES.findall((FOLDER / f"{provider.lower()}.md").read_text()):
        for row in rows.splitlines():
            if not EVERYWHERE.search(row.split("|")[1]):
                yield f"| [`{provider}`]({provider.lower()}.md) {row}"


def test_the_page_is_what_the_code_says(pytestconfig: pytest.Config) -> None:
    """The page of all providers is exactly what is made here."""
    made = "\n".join(page()) + "\n"
    file = FOLDER / "README.md"
    if pytestconfig.getoption("--update-golden"):
        file.write_text(made)

    assert file.read_text() == made


PARTS = ("Example", "Fields", "Signing in", "What it reads", "Permissions", "Limits")


@pytest.mark.parametrize("page", sorted(file.stem for file in FOLDER.glob("[a-z]*.md")))
def test_each_page_has_its_parts_in_one_order(page: str) -> None:
    """People who know one page find their way on the others."""
    titles = re.findall(r"^## (.+)$", (FOLDER / f"{page}.md").read_text(), re.MULTILINE)
    assert [title for title in titles if title in PARTS] == list(PARTS)
