"""Which ExternalSecrets a ClusterExternalSecret stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.errors import Location
from esync.flow.catalog import Catalog
from esync.flow.failure import Failure
from esync.load.errors import LoadError
from esync.load.expand import expand
from esync.manifests import typed
from esync.manifests.document import Document, ObjectRef, Source

if TYPE_CHECKING:
    from esync.manifests.externalsecret import ClusterExternalSecret, ExternalSecret

SPEC: dict[str, Any] = {
    "secretStoreRef": {"name": "vault"},
    "data": [{"secretKey": "a", "remoteRef": {"key": "k"}}],
}


def document(kind: str, namespace: str, name: str, **body: Any) -> Document:
    """Return a document; ``metadata`` may be given in part."""
    metadata = {"name": name, **body.pop("metadata", {})}
    version = "v1" if kind == "Namespace" else "external-secrets.io/v1"
    at = Location(f"{name}.yaml", 1)
    full = {"apiVersion": version, "kind": kind, "metadata": metadata, **body}
    return Document(version, kind, namespace, name, full, at, {}, source=Source.CLUSTER)


def cluster_external_secret(spec: dict[str, Any], **metadata: Any) -> ClusterExternalSecret:
    """Return one called ``shared``."""
    body = {"externalSecretSpec": SPEC, **spec}
    one = document("ClusterExternalSecret", "", "shared", spec=body, metadata=metadata)
    return typed.cluster_external_secret(one)


def external_secret(namespace: str, name: str, **metadata: Any) -> ExternalSecret:
    """Return one that stands in the input itself."""
    one = document("ExternalSecret", namespace, name, spec=SPEC, metadata=metadata)
    return typed.external_secret(one)


def namespaces(**labels: dict[str, str]) -> dict[ObjectRef, Document]:
    """Return Namespaces by name, with labels."""
    return {
        ObjectRef("Namespace", "", name): document("Namespace", "", name, metadata={"labels": some})
        for name, some in labels.items()
    }


KNOWN = namespaces(b={"team": "x"}, a={"team": "x", "env": "prod"}, c={})


def expanded(
    spec: dict[str, Any], *, closed_world: bool = True, objects: Any = None, **metadata: Any
) -> Catalog:
    """Return the catalog after expansion."""
    one = cluster_external_secret(spec, **metadata)
    found = KNOWN if objects is None else objects
    catalog = Catalog(cluster_external_secrets=(one,), objects=found)
    return expand(catalog, closed_world=closed_world)


def chosen(spec: dict[str, Any], **options: Any) -> list[str]:
    """Return the namespaces that are chosen, in order; nothing may fail."""
    catalog = expanded(spec, **options)
    assert catalog.failures == ()
    return [one.namespace for one in catalog.external_secrets]


X = {"matchLabels": {"team": "x"}}
PROD = {"matchExpressions": [{"key": "env", "operator": "In", "values": ["prod"]}]}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, []),
        ({"namespaceSelectors": []}, []),
        ({"namespaceSelector": {}}, ["a", "b", "c"]),
        ({"namespaceSelectors": [{}]}, ["a", "b", "c"]),
        ({"namespaceSelectors": [X]}, ["a", "b"]),
        ({"namespaceSelectors": [PROD, X]}, ["a", "b"]),
        ({"namespaceSelector": X, "namespaces": ["c", "b"]}, ["c", "b", "a"]),
        ({"namespaces": ["c", "c"]}, ["c"]),
        ({"namespaces": ["absent"]}, []),
        ({"namespaceSelector": PROD, "namespaceSelectors": [X]}, ["a", "b"]),
    ],
)
def test_names_and_selectors_are_ored(spec: dict[str, Any], expected: list[str]) -> None:
    """Names first, then the selectors; each namespace once; none at all chooses none."""
    assert chosen(spec) == expected


def test_a_named_namespace_counts_where_not_all_are_known() -> None:
    """Offline nobody can tell that it does not exist."""
    assert chosen({"namespaces": ["absent"]}, closed_world=False) == ["absent"]


@pytest.mark.parametrize("closed_world", [True, False])
@pytest.mark.parametrize(
    "leaving",
    [
        {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}},
        {"status": {"phase": "Terminating"}},
    ],
)
def test_namespaces_on_their_way_out_are_left_alone(
    leaving: dict[str, Any], *, closed_world: bool
) -> None:
    """Whether they are chosen by name or by selector."""
    one = document("Namespace", "", "old", **leaving)
    objects = {ObjectRef("Namespace", "", "old"): one}
    spec = {"namespaces": ["old"], "namespaceSelectors": [{}]}

    assert chosen(spec, objects=objects, closed_world=closed_world) == []


@pytest.mark.parametrize("objects", [KNOWN, {}], ids=["known", "none known"])
def test_a_malformed_selector_aborts_everything(objects: dict[ObjectRef, Document]) -> None:
    """Also those that are fine choose nothing then."""
    bad = {"matchExpressions": [{"key": "team", "operator": "Like", "values": ["x"]}]}
    catalog = expanded({"namespaceSelectors": [X, bad], "namespaces": ["a"]}, objects=objects)

    assert catalog.external_secrets == ()
    assert [failure.error.rule for failure in catalog.failures] == ["ES0208"]


def test_metadata_is_that_of_the_template_alone() -> None:
    """Labels of the ClusterExternalSecret stay with it; force-sync alone is passed on."""
    spec = {
        "namespaces": ["a"],
        "externalSecretName": "app",
        "externalSecretMetadata": {
            "labels": {"l": "1"},
            "annotations": {"n": "1", "external-secrets.io/force-sync": "theirs"},
        },
    }
    mine = {"external-secrets.io/force-sync": "ours", "other": "x"}

    made = expanded(spec, labels={"own": "x"}, annotations=mine).external_secrets[0]
    assert (made.name, made.origin, dict(made.labels)) == ("app", "shared", {"l": "1"})
    assert made.annotations == {"n": "1", "external-secrets.io/force-sync": "ours"}

    assert expanded(spec).external_secrets[0].annotations == {"n": "1"}


def test_a_clash_with_one_of_the_input_is_an_error() -> None:
    """The explicit one stays; the other namespaces are served."""
    one = cluster_external_secret({"namespaceSelectors": [X]})
    explicit = external_secret("a", "shared")
    catalog = Catalog((explicit,), cluster_external_secrets=(one,), objects=KNOWN)

    done = expand(catalog, closed_world=True)

    assert [failure.error.rule for failure in done.failures] == ["ES0119"]
    assert done.external_secrets[0] is explicit
    assert [made.namespace for made in done.external_secrets] == ["a", "b"]


def test_what_the_operator_made_of_it_is_no_clash() -> None:
    """An ExternalSecret that it controls is the same one."""
    one = cluster_external_secret({"namespaces": ["a"]})
    owner = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ClusterExternalSecret",
        "name": "shared",
        "uid": "u",
        "controller": True,
    }
    live = external_secret("a", "shared", ownerReferences=[owner])
    catalog = Catalog((live,), cluster_external_secrets=(one,), objects=KNOWN)

    assert expand(catalog, closed_world=True).failures == ()


def test_choosing_nothing_is_told() -> None:
    """Nothing is a likely mistake, and never an error."""
    catalog = expanded({"namespaceSelectors": [{"matchLabels": {"team": "y"}}]})

    assert catalog.failures == ()
    assert catalog.notes == (
        "ClusterExternalSecret shared chooses none of the namespaces that are known",
    )


@pytest.mark.parametrize(
    ("spec", "fails"),
    [
        ({"namespaces": ["broken"]}, True),
        ({"namespaceSelector": X}, True),
        ({"namespaces": ["a"]}, False),
    ],
)
@pytest.mark.parametrize("closed_world", [True, False])
def test_a_broken_namespace_leaves_the_choice_open(
    spec: dict[str, Any], *, fails: bool, closed_world: bool
) -> None:
    """Whoever may choose a Namespace that the input has with errors fails, and names it."""
    ref = ObjectRef("Namespace", "", "broken")
    error = LoadError("its labels are no mapping")
    catalog = Catalog(
        cluster_external_secrets=(cluster_external_secret(spec),),
        objects=KNOWN,
        failures=(Failure(ref, error),),
    )

    failures = expand(catalog, closed_world=closed_world).failures[1:]

    told = "Namespace broken is in the input, and has errors of its own"
    assert [one.error.message for one in failures] == [told] * fails
