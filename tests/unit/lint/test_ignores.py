"""An object leaves out a rule by annotation, and says why."""

from __future__ import annotations

from textwrap import indent

import pytest

from tests.unit.lint.sources import checked, rules


def cluster_store(annotation: str = "", *, version: str = "v1beta1") -> str:
    """Return a store that breaks ES0701 (unless of v1) and ES0706."""
    lines = f"  annotations:\n    esync.dev/ignore: |\n{indent(annotation, '      ')}\n"
    return (
        f"apiVersion: external-secrets.io/{version}\nkind: ClusterSecretStore\n"
        f"metadata:\n  name: shared\n{lines if annotation else ''}"
        "spec: {provider: {fake: {data: []}}}\n"
    )


def test_without_an_annotation_both_rules_speak() -> None:
    """The manifest that the other tests begin with."""
    assert rules(cluster_store()) == ["ES0701", "ES0706"]


@pytest.mark.parametrize(
    ("annotation", "left"),
    [
        ("ES0706 public certificates only", ["ES0701"]),
        ("ES0706: public certificates only", ["ES0701"]),
        ("ES0706 public certificates only\nES0701 old cluster", []),
        ("ES0706 public certificates only; ES0701 old cluster;", []),
        ("ES0706 public certificates, and\n  nothing else; really", ["ES0701"]),
    ],
)
def test_a_reason_leaves_a_rule_out(annotation: str, left: list[str]) -> None:
    """Several stand on lines of their own or after a semicolon; a reason may be long."""
    assert rules(cluster_store(annotation)) == left


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        ("ES0706", "esync.dev/ignore gives no reason for ES0706"),
        ("ES0706;", "esync.dev/ignore gives no reason for ES0706"),
        ("all of them", "esync.dev/ignore gives no reason"),
        ("ES0101 we like it", "ES0101 cannot be ignored"),
        ("ES0790 we like it", "ES0790 cannot be ignored"),
    ],
)
def test_what_leaves_nothing_out_is_a_finding(annotation: str, message: str) -> None:
    """No reason, no such rule, or one that is no habit: told, and the others speak as before."""
    told = checked(cluster_store(annotation, version="v1")).warnings

    assert [one.error.rule for one in told] == ["ES0706", "ES0790"]
    assert told[1].error.message == message
    assert str(told[1].error.at) == "-:6"


def test_an_ignore_in_vain_is_noted() -> None:
    """Nothing fails by it."""
    told = checked(cluster_store("ES0706 public\nES0701 old cluster", version="v1"))

    assert (told.errors, told.warnings) == ((), ())
    assert [(one.error.rule, str(one.ref)) for one in told.remarks] == [
        ("ES0791", "ClusterSecretStore shared")
    ]


def test_an_ignore_counts_for_its_own_object() -> None:
    """Another one that breaks the same rule is told."""
    other = cluster_store(version="v1").replace("shared", "other")

    told = checked(cluster_store("ES0706 public", version="v1") + "---\n" + other).warnings

    assert [str(one.ref) for one in told] == ["ClusterSecretStore other"]
