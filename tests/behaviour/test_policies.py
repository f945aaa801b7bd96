"""Every creationPolicy with every deletionPolicy, on every kind of target.

A cell says what became of the ExternalSecret, and what its Secret holds then: ``created: a=1`` or
``ES0502: x=9``; ``-`` stands for no Secret. The rules are those of External Secrets Operator 2.9,
with the guard rails of ``docs/explanation/compatibility.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from esync.deliver import Guards

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench

# What the store has when the ExternalSecret is judged. Before, it had 0 under both keys.
PRESENT: Final = {"a": "1", "b": "2", "unrelated": "u"}
PARTLY: Final = {"a": "1", "unrelated": "u"}
NOTHING: Final = {"unrelated": "u"}

# The target, as it is found:
#   new        there never was one
#   ours       this ExternalSecret wrote a and b; somebody else added x since
#   foreign    somebody else made it, with the key x
#   adopted    the same, and --adopt is given
#   immutable  this ExternalSecret made it with immutable: true, with a and b
#   gone       this ExternalSecret made it; somebody deleted it since
TABLE: Final = """
creation       deletion target    | present                   | one missing             | all missing

Owner          Retain   new       | created: a=1 b=2          | ES0301: -               | ES0301: -
Owner          Retain   ours      | configured: a=1 b=2       | ES0301: a=0 b=0 x=9     | ES0301: a=0 b=0 x=9
Owner          Retain   foreign   | ES0502: x=9               | ES0301: x=9             | ES0301: x=9
Owner          Retain   adopted   | configured: a=1 b=2       | ES0301: x=9             | ES0301: x=9
Owner          Retain   immutable | unchanged: a=0 b=0        | ES0301: a=0 b=0         | ES0301: a=0 b=0
Owner          Retain   gone      | created: a=1 b=2          | ES0301: -               | ES0301: -

Owner          Delete   new       | created: a=1 b=2          | created: a=1            | unchanged: -
Owner          Delete   ours      | configured: a=1 b=2       | configured: a=1         | deleted: -
Owner          Delete   foreign   | ES0502: x=9               | ES0502: x=9             | unchanged: x=9
Owner          Delete   adopted   | configured: a=1 b=2       | configured: a=1         | unchanged: x=9
Owner          Delete   immutable | unchanged: a=0 b=0        | unchanged: a=0 b=0      | deleted: -
Owner          Delete   gone      | created: a=1 b=2          | created: a=1            | unchanged: -

Owner          Merge    new       | created: a=1 b=2          | created: a=1            | created:
Owner          Merge    ours      | configured: a=1 b=2       | configured: a=1         | configured:
Owner          Merge    foreign   | ES0502: x=9               | ES0502: x=9             | ES0502: x=9
Owner          Merge    adopted   | configured: a=1 b=2       | configured: a=1         | configured:
Owner          Merge    immutable | unchanged: a=0 b=0        | unchanged: a=0 b=0      | unchanged: a=0 b=0
Owner          Merge    gone      | created: a=1 b=2          | created: a=1            | created:

Orphan         Retain   new       | created: a=1 b=2          | ES0301: -               | ES0301: -
Orphan         Retain   ours      | configured: a=1 b=2       | ES0301: a=0 b=0 x=9     | ES0301: a=0 b=0 x=9
Orphan         Retain   foreign   | ES0502: x=9               | ES0301: x=9             | ES0301: x=9
Orphan         Retain   adopted   | configured: a=1 b=2       | ES0301: x=9             | ES0301: x=9
Orphan         Retain   immutable | unchanged: a=0 b=0        | ES0301: a=0 b=0         | ES0301: a=0 b=0
Orphan         Retain   gone      | created: a=1 b=2          | ES0301: -               | ES0301: -

Orphan         Delete   new       | created: a=1 b=2          | created: a=1            | ES0408: -
Orphan         Delete   ours      | configured: a=1 b=2       | configured: a=1         | ES0408: a=0 b=0 x=9
Orphan         Delete   foreign   | ES0502: x=9               | ES0502: x=9             | ES0408: x=9
Orphan         Delete   adopted   | configured: a=1 b=2       | configured: a=1         | ES0408: x=9
Orphan         Delete   immutable | unchanged: a=0 b=0        | unchanged: a=0 b=0      | ES0408: a=0 b=0
Orphan         Delete   gone      | created: a=1 b=2          | created: a=1            | ES0408: -

Orphan         Merge    new       | created: a=1 b=2          | created: a=1            | created:
Orphan         Merge    ours      | configured: a=1 b=2       | configured: a=1         | configured:
Orphan         Merge    foreign   | ES0502: x=9               | ES0502: x=9             | ES0502: x=9
Orphan         Merge    adopted   | configured: a=1 b=2       | configured: a=1         | configured:
Orphan         Merge    immutable | unchanged: a=0 b=0        | unchanged: a=0 b=0      | unchanged: a=0 b=0
Orphan         Merge    gone      | created: a=1 b=2          | created: a=1            | created:

Merge          Retain   new       | unchanged: -              | ES0301: -               | ES0301: -
Merge          Retain   ours      | configured: a=1 b=2 x=9   | ES0301: a=0 b=0 x=9     | ES0301: a=0 b=0 x=9
Merge          Retain   foreign   | configured: a=1 b=2 x=9   | ES0301: x=9             | ES0301: x=9
Merge          Retain   adopted   | configured: a=1 b=2 x=9   | ES0301: x=9             | ES0301: x=9
Merge          Retain   immutable | unchanged: a=0 b=0        | ES0301: a=0 b=0         | ES0301: a=0 b=0
Merge          Retain   gone      | unchanged: -              | ES0301: -               | ES0301: -

Merge          Delete   new       | ES0130: -                 | ES0130: -               | ES0130: -

Merge          Merge    new       | unchanged: -              | unchanged: -            | unchanged: -
Merge          Merge    ours      | configured: a=1 b=2 x=9   | configured: a=1 x=9     | configured: x=9
Merge          Merge    foreign   | configured: a=1 b=2 x=9   | configured: a=1 x=9     | configured: x=9
Merge          Merge    adopted   | configured: a=1 b=2 x=9   | configured: a=1 x=9     | configured: x=9
Merge          Merge    immutable | unchanged: a=0 b=0        | unchanged: a=0 b=0      | unchanged: a=0 b=0
Merge          Merge    gone      | unchanged: -              | unchanged: -            | unchanged: -

CreateOrMerge  Retain   new       | created: a=1 b=2          | ES0301: -               | ES0301: -
CreateOrMerge  Retain   ours      | configured: a=1 b=2 x=9   | ES0301: a=0 b=0 x=9     | ES0301: a=0 b=0 x=9
CreateOrMerge  Retain   foreign   | configured: a=1 b=2 x=9   | ES0301: x=9             | ES0301: x=9
CreateOrMerge  Retain   adopted   | configured: a=1 b=2 x=9   | ES0301: x=9             | ES0301: x=9
CreateOrMerge  Retain   immutable | unchanged: a=0 b=0        | ES0301: a=0 b=0         | ES0301: a=0 b=0
CreateOrMerge  Retain   gone      | created: a=1 b=2          | ES0301: -               | ES0301: -

CreateOrMerge  Delete   new       | ES0130: -                 | ES0130: -               | ES0130: -

CreateOrMerge  Merge    new       | created: a=1 b=2          | created: a=1            | created:
CreateOrMerge  Merge    ours      | configured: a=1 b=2 x=9   | configured: a=1 x=9     | configured: x=9
CreateOrMerge  Merge    foreign   | configured: a=1 b=2 x=9   | configured: a=1 x=9     | configured: x=9
CreateOrMerge  Merge    adopted   | configured: a=1 b=2 x=9   | configured: a=1 x=9     | configured: x=9
CreateOrMerge  Merge    immutable | unchanged: a=0 b=0        | unchanged: a=0 b=0      | unchanged: a=0 b=0
CreateOrMerge  Merge    gone      | created: a=1 b=2          | created: a=1            | created:

None           Retain   new       | unchanged: -              | ES0301: -               | ES0301: -
None           Retain   ours      | unchanged: a=0 b=0 x=9    | ES0301: a=0 b=0 x=9     | ES0301: a=0 b=0 x=9
None           Retain   foreign   | unchanged: x=9            | ES0301: x=9             | ES0301: x=9
None           Retain   adopted   | unchanged: x=9            | ES0301: x=9             | ES0301: x=9
None           Retain   immutable | unchanged: a=0 b=0        | ES0301: a=0 b=0         | ES0301: a=0 b=0
None           Retain   gone      | unchanged: -              | ES0301: -               | ES0301: -

None           Delete   new       | ES0130: -                 | ES0130: -               | ES0130: -
None           Merge    new       | ES0131: -                 | ES0131: -               | ES0131: -
"""  # noqa: E501 - a table

# The same with a search that finds nothing: no store says that anything is missing.
NOTHING_FOUND: Final = """
creation       deletion target    | nothing found

Owner          Retain   new       | unchanged: -
Owner          Retain   ours      | unchanged: a=0 b=0 x=9
Owner          Retain   foreign   | unchanged: x=9
Owner          Delete   ours      | deleted: -
Owner          Merge    ours      | configured:
Orphan         Retain   ours      | unchanged: a=0 b=0 x=9
Orphan         Delete   ours      | ES0408: a=0 b=0 x=9
Orphan         Merge    new       | created:
Merge          Retain   ours      | unchanged: a=0 b=0 x=9
Merge          Merge    ours      | configured: x=9
CreateOrMerge  Retain   new       | unchanged: -
CreateOrMerge  Merge    new       | created:
None           Retain   ours      | unchanged: a=0 b=0 x=9
"""


def rows(table: str) -> list[list[str]]:
    """Return the words and cells of each row, without the head."""
    lines = [line for line in table.splitlines() if line][1:]
    split = [line.split("|") for line in lines]
    return [[*words.split(), *(cell.strip() for cell in cells)] for words, *cells in split]


def lay(bench: Workbench, creation: str, deletion: str, *, immutable: bool = False) -> None:
    """Lay the ExternalSecret of all rows."""
    bench.external_secret(f"""
        secretStoreRef: {{name: vault}}
        target: {{creationPolicy: {creation}, deletionPolicy: {deletion}, immutable: {immutable}}}
        data:
        - {{secretKey: a, remoteRef: {{key: a}}}}
        - {{secretKey: b, remoteRef: {{key: b}}}}
    """)


def prepare(bench: Workbench, creation: str, target: str) -> None:
    """Bring the target into the state in which the row finds it."""
    if target in {"foreign", "adopted"}:
        bench.foreign({"x": "9"})
        bench.guards = Guards(adopt=target == "adopted")
    elif target != "new":
        # Merge and None make no Secret: it comes from a time when the policy was another one.
        makes = {"Merge": "CreateOrMerge", "None": "Owner"}.get(creation, creation)
        bench.store("vault", {"a": "0", "b": "0"})
        lay(bench, makes, "Retain", immutable=target == "immutable")
        bench.applied()
        if target == "ours":
            bench.edit(x="9")
        if target == "gone":
            bench.delete()


def became(bench: Workbench) -> str:
    """Apply, and spell what happened as the table does."""
    outcome = bench.apply()
    errors = [one.error for one in outcome.failures]
    errors += [one.error for one in outcome.done if one.error]
    result = errors[0].rule if errors else outcome.done[0].result.value
    live = bench.live()
    held = [f"{key}={value}" for key, value in bench.data().items()] if live else ["-"]
    return " ".join([f"{result}:", *held])


@pytest.mark.parametrize("row", rows(TABLE), ids=lambda row: "-".join(row[:3]))
def test_policies(both: Workbench, row: list[str]) -> None:
    """What becomes of a target, by its policies and by what the store has."""
    creation, deletion, target, *cells = row
    for values, cell in zip((PRESENT, PARTLY, NOTHING), cells, strict=True):
        prepare(both, creation, target)
        both.store("vault", values)
        lay(both, creation, deletion, immutable=target == "immutable")

        assert became(both) == cell

        both.guards = Guards()
        if both.live():
            both.delete()


@pytest.mark.parametrize("row", rows(NOTHING_FOUND), ids=lambda row: "-".join(row[:3]))
def test_a_search_that_finds_nothing(bench: Workbench, row: list[str]) -> None:
    """No store says that something is missing, so that Retain is no failure."""
    creation, deletion, target, cell = row
    prepare(bench, creation, target)
    bench.store("vault", NOTHING)
    bench.external_secret(f"""
        secretStoreRef: {{name: vault}}
        target: {{creationPolicy: {creation}, deletionPolicy: {deletion}}}
        dataFrom: [{{find: {{name: {{regexp: ^nowhere$}}}}}}]
    """)

    assert became(bench) == cell


def test_all_pairs_are_in_the_table() -> None:
    """Five creation policies and three deletion policies."""
    assert len({tuple(row[:2]) for row in rows(TABLE)}) == 15
