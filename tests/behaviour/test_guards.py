"""Guard rails hold for the whole run, before anything is written, and in what diff shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync import report
from esync.cli import exits
from esync.flow.change import Result
from esync.report.visible import visible

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench

MANY = [f"app{number}" for number in range(6)]


def lay(bench: Workbench, target: str) -> None:
    """Lay six ExternalSecrets with that target."""
    bench.store("vault", {"db": "v"})
    for name in MANY:
        bench.external_secret(
            f"""
secretStoreRef: {{name: vault}}
target: {target.replace("NAME", name)}
data: [{{secretKey: k, remoteRef: {{key: db}}}}]
""",
            name=name,
        )


def test_an_atomic_run_writes_nothing_when_the_limit_says_no(both: Workbench) -> None:
    """Six renamed targets would leave six Secrets to delete: not one new Secret is made."""
    lay(both, "{name: NAME-old}")
    both.apply()
    lay(both, "{name: NAME-new}")

    outcome = both.apply(atomic=True)

    assert exits.of(outcome) is exits.Exit.REFUSED
    assert all(both.live(f"{name}-new") is None for name in MANY)
    assert all(both.live(f"{name}-old") is not None for name in MANY)


@pytest.mark.parametrize("server", [False, True])
def test_diff_and_dry_run_know_the_limit(bench: Workbench, *, server: bool) -> None:
    """What apply would refuse is not shown as if it would be done."""
    lay(bench, "{deletionPolicy: Delete}")
    bench.apply()
    bench.store("vault", {"other": "v"})

    assert exits.of(bench.diff()) is exits.Exit.REFUSED
    tried = bench.apply(dry_run=True, server_dry_run=server)
    assert {one.result for one in tried.done} == {Result.FAILED}
    assert exits.of(tried) is exits.Exit.REFUSED


def test_the_limit_counts_over_waves(bench: Workbench) -> None:
    """Three deletions in one wave and three in the next are six."""
    lay(bench, "{deletionPolicy: Delete}")
    source = "{templateFrom: [{secret: {name: app0, items: [{key: k}]}}]}"
    for name in MANY[3:]:
        bench.external_secret(
            f"""
secretStoreRef: {{name: vault}}
target: {{deletionPolicy: Delete, template: {source}}}
data: [{{secretKey: k, remoteRef: {{key: db}}}}]
""",
            name=name,
        )
    bench.apply()
    bench.store("vault", {"other": "v"})

    outcome = bench.apply()

    assert {one.error.rule for one in outcome.done if one.error} == {"ES0505"}
    assert all(bench.live(name) for name in MANY)


def test_a_helm_release_is_not_made(bench: Workbench) -> None:
    """It would be refused ever after; so it is refused before it is made."""
    bench.store("vault", {"db": "v"})
    bench.external_secret("""
secretStoreRef: {name: vault}
target: {template: {type: helm.sh/release.v1}}
data: [{secretKey: k, remoteRef: {key: db}}]
""")

    bench.failure(rule="ES0023")


NAMES = {
    "labels": "template: {templateFrom: [{target: Labels, literal: '{{ .k }}: x'}]}",
    "annotations": "template: {templateFrom: [{target: Annotations, literal: '{{ .k }}: x'}]}",
    "data": "template: {templateFrom: [{literal: '{{ .k }}: x'}]}",
}


@pytest.mark.parametrize("target", NAMES.values(), ids=NAMES.keys())
def test_names_that_are_values_stay_masked_when_they_change(bench: Workbench, target: str) -> None:
    """Neither the old name nor the new one is told, in text, JSON or log."""
    told = []
    for value in ("CANARYA", "CANARYB"):
        bench.store("vault", {"db": value})
        bench.external_secret(f"""
secretStoreRef: {{name: vault}}
target: {{{target}}}
data: [{{secretKey: k, remoteRef: {{key: db}}}}]
""")
        shown = bench.diff()
        told += [report.as_text(shown, report.Look()), report.as_json(shown)]
        told += [report.as_json(bench.apply())]

    assert "CANARY" not in "".join(told)
    assert "***" in told[3]


def test_merged_names_stay_masked_when_they_go(bench: Workbench) -> None:
    """A member of a JSON value that was a key, and is one no more."""
    told = []
    for name in ("CANARYA", "CANARYB"):
        bench.store("vault", {"db": f'{{"a": "{{\\"{name}\\": 1}}"}}'})
        bench.external_secret("""
secretStoreRef: {name: vault}
dataFrom: [{extract: {key: db}, rewrite: [{merge: {}}]}]
""")
        told += [report.as_text(bench.diff(), report.Look()), report.as_json(bench.apply())]

    assert "CANARY" not in "".join(told)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é", "plain é"),
        ("a\nb", "a\\nb"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("line\u2028end\u202eright", "line\\u2028end\\u202eright"),
    ],
)
def test_nothing_in_a_name_acts_on_the_terminal(text: str, shown: str) -> None:
    """Escape sequences and line ends are shown, not sent."""
    assert visible(text) == shown


def test_a_report_says_why_there_is_no_owner(bench: Workbench) -> None:
    """From files alone the Secret has no owner reference; that is told."""
    lay(bench, "{creationPolicy: Owner}")

    notes = [note for done in bench.apply().done for note in done.notes]

    assert notes == ["it has no owner reference: the cluster has no such ExternalSecret"] * 6
