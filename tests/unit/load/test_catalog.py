"""What the input defines: who counts, which namespace, no object twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.load import LoadRequest, load
from esync.manifests.externalsecret import RemoteRef, StoreKind, StoreRef

if TYPE_CHECKING:
    from pathlib import Path

    from esync.flow.catalog import Catalog

STORE = """\
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: fake}
spec: {provider: {fake: {data: []}}}
"""
EXTERNAL_SECRET = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db}
spec:
  secretStoreRef: {name: fake}
  data: [{secretKey: a, remoteRef: {key: b}}]
"""
CLUSTER_EXTERNAL_SECRET = """\
apiVersion: external-secrets.io/v1
kind: ClusterExternalSecret
metadata: {name: all}
spec:
  externalSecretSpec:
    secretStoreRef: {name: fake}
    data: [{secretKey: a, remoteRef: {key: b}}]
"""
GENERATOR = """\
apiVersion: generators.external-secrets.io/v1alpha1
kind: Password
metadata: {name: pw}
spec: {length: 12}
"""
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {k: dg==}\n"


@pytest.fixture
def request_of(tmp_path: Path) -> LoadRequest:
    """A request for a folder with one document of each kind."""
    texts = [STORE, EXTERNAL_SECRET, CLUSTER_EXTERNAL_SECRET, GENERATOR, SECRET]
    texts.append("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n")
    (tmp_path / "all.yaml").write_text("---\n".join(texts))
    return LoadRequest(files=(str(tmp_path / "all.yaml"),))


def from_text(text: str, namespace: str = "") -> Catalog:
    """Return the Catalog of standard input."""
    request = LoadRequest(files=("-",), namespace=namespace, stdin=text.encode)
    return load(request)


def told(catalog: Catalog) -> list[str]:
    """Return the failures as the user sees them."""
    return [f"{one.error.at}: {one.error} [{one.error.rule}]" for one in catalog.failures]


def test_every_document_has_its_place(request_of: LoadRequest) -> None:
    """Typed where it is typed, and named where it is of no use."""
    catalog = load(request_of)

    assert [one.name for one in catalog.external_secrets] == ["db"]
    assert [one.name for one in catalog.cluster_external_secrets] == ["all"]
    assert [str(ref) for ref in catalog.stores] == ["SecretStore default/fake"]
    assert [str(ref) for ref in catalog.generators] == ["Password default/pw"]
    assert [str(ref) for ref in catalog.objects] == ["Secret default/s"]
    assert [(one.kind, one.at.line) for one in catalog.others] == [("Deployment", 31)]
    assert catalog.failures == ()


def test_the_published_example_comes_out_right() -> None:
    """A v1beta1 store and ExternalSecret, as users start from them."""
    catalog = from_text(
        """\
apiVersion: external-secrets.io/v1beta1
kind: SecretStore
metadata:
  name: aws-secretsmanager
  namespace: orders
spec:
  provider:
    aws:
      service: SecretsManager
      region: us-east-1
      auth:
        jwt:
          serviceAccountRef:
            name: external-secrets
---
apiVersion: external-secrets.io/v1beta1
kind: ExternalSecret
metadata:
  name: orders-db
  namespace: orders
spec:
  refreshInterval: 1h
  secretStoreRef:
    name: aws-secretsmanager
    kind: SecretStore
  target:
    name: orders-db
    creationPolicy: Owner
  data:
    - secretKey: username
      remoteRef:
        key: prod/orders/database
        property: username
    - secretKey: password
      remoteRef:
        key: prod/orders/database
        property: password
"""
    )

    (store,) = catalog.stores.values()
    (one,) = catalog.external_secrets
    assert catalog.failures == ()
    assert (store.provider, store.settings["region"]) == ("aws", "us-east-1")
    assert store.place("auth", "jwt").line == 12
    assert [(entry.secret_key, entry.remote_ref.property) for entry in one.spec.data] == [
        ("username", "username"),
        ("password", "password"),
    ]
    assert one.place("spec", "data", 1, "remoteRef", "key").line == 36


def test_the_published_cluster_example_comes_out_right() -> None:
    """Through a ClusterSecretStore, and with all keys of one secret."""
    catalog = from_text(
        """\
apiVersion: external-secrets.io/v1beta1
kind: ClusterSecretStore
metadata:
  name: aws-secrets-manager
spec:
  provider:
    aws:
      service: SecretsManager
      region: eu-central-1
      auth:
        jwt:
          serviceAccountRef:
            name: external-secrets
            namespace: external-secrets
---
apiVersion: external-secrets.io/v1beta1
kind: ExternalSecret
metadata:
  name: orders-db
  namespace: orders
spec:
  refreshInterval: 1h
  secretStoreRef:
    name: aws-secrets-manager
    kind: ClusterSecretStore
  target:
    name: orders-db
  dataFrom:
    - extract:
        key: prod/orders/database
"""
    )

    (store,) = catalog.stores.values()
    (one,) = catalog.external_secrets
    assert catalog.failures == ()
    assert (str(store.ref), store.is_cluster_wide) == (
        "ClusterSecretStore aws-secrets-manager",
        True,
    )
    assert one.spec.secret_store_ref == StoreRef(
        "aws-secrets-manager", StoreKind.CLUSTER_SECRET_STORE
    )
    assert [entry.extract for entry in one.spec.data_from] == [RemoteRef("prod/orders/database")]


def test_a_missing_path_is_a_failure_and_the_rest_is_read(request_of: LoadRequest) -> None:
    """One bad path does not hide the others; nobody knows which object it would have been."""
    catalog = load(LoadRequest(files=("none.yaml", *request_of.files)))

    assert told(catalog) == [
        'none.yaml: cannot read "none.yaml": no such file or directory [ES0116]'
    ]
    assert catalog.failures[0].ref is None
    assert len(catalog.external_secrets) == 1


def test_a_kustomization_is_input_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lines are those of what was built."""
    (tmp_path / "built.yaml").write_text(
        f"{STORE}---\n{EXTERNAL_SECRET.replace(' data:', ' dat:')}"
    )
    (tmp_path / "kustomize").write_text(f"#!/bin/sh\n/bin/cat {tmp_path}/built.yaml\n")
    (tmp_path / "kustomize").chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))

    catalog = load(LoadRequest(kustomize=(str(tmp_path),)))

    assert len(catalog.stores) == 1
    assert told(catalog) == [f'{tmp_path} (kustomize):11: there is no field "dat" in spec [ES0101]']


def test_two_documents_for_one_object_are_an_error_and_none_counts() -> None:
    """Also when they say the same, and in two versions; three are two errors."""
    catalog = from_text("---\n".join([STORE, STORE.replace("/v1", "/v1beta1"), STORE]))

    assert catalog.stores == {}
    assert told(catalog) == [
        "-:6: SecretStore default/fake is defined here and at -:1 [ES0115]",
        "-:11: SecretStore default/fake is defined here and at -:1 [ES0115]",
    ]


def test_a_kind_of_another_group_is_another_object() -> None:
    """An ExternalSecret of an older project is none of ours."""
    catalog = from_text(
        EXTERNAL_SECRET
        + "---\n"
        + EXTERNAL_SECRET.replace("external-secrets.io", "kubernetes-client.io")
    )

    assert len(catalog.external_secrets) == 1
    assert [one.kind for one in catalog.others] == ["ExternalSecret"]


def test_n_sets_the_namespace_of_documents_that_have_none() -> None:
    """And refuses those that name another; cluster scope and ignored kinds have no say."""
    elsewhere = SECRET.replace("name: s", "name: s, namespace: other")
    ignored = elsewhere.replace("kind: Secret", "kind: Pod")
    scope = "apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n"

    catalog = from_text(f"{EXTERNAL_SECRET}---\n{elsewhere}---\n{ignored}---\n{scope}", "orders")

    assert [one.namespace for one in catalog.external_secrets] == ["orders"]
    assert [str(ref) for ref in catalog.objects] == ["Namespace other"]
    assert told(catalog) == [
        '-:10: the object is in namespace "other", and -n says "orders" [ES0114]'
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("kind: ExternalSecret", "kind: ExternalSecrets"), 'there is no kind "ExternalSecrets"'),
        (("/v1", "/v1alpha1"), "has no apiVersion"),
        (("secretKey: a", "secretkey: a"), 'there is no field "secretkey" in spec.data[0]'),
        (("data: [", "dat: ["), 'there is no field "dat" in spec'),
        (("{name: db}", "{name: DB}"), "metadata.name must be a DNS name"),
        (("metadata: {name: db}", "metadata: {}"), "metadata.name is missing"),
        (("metadata: {name: db}", "metadata: [a]"), "metadata is a list where a mapping is"),
        (("metadata: {name: db}\n", ""), "metadata is missing"),
        (("  data: [{secretKey: a, remoteRef: {key: b}}]\n", ""), "neither data nor dataFrom"),
    ],
)
def test_a_bad_document_is_a_failure_of_its_object(change: tuple[str, str], says: str) -> None:
    """The others are left alone."""
    catalog = from_text(EXTERNAL_SECRET.replace(*change) + "---\n" + STORE)

    assert catalog.external_secrets == ()
    assert len(catalog.stores) == 1
    assert any(says in line for line in told(catalog))
    assert all(failure.ref is not None for failure in catalog.failures)


def test_all_errors_of_a_document_are_told() -> None:
    """Not the first one alone."""
    catalog = from_text(EXTERNAL_SECRET.replace("key: b", "property: 1, x: y"))

    assert [line.split(": ", 1)[1] for line in told(catalog)] == [
        "spec.data[0].remoteRef.property is an integer where a string is expected [ES0102]",
        'there is no field "x" in spec.data[0].remoteRef [ES0101]',
        "spec.data[0].remoteRef.key is missing [ES0105]",
    ]


def test_values_of_secret_documents_are_never_quoted() -> None:
    """Whatever is wrong with them."""
    catalog = from_text(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, labels: {l: 4711}}\n"
        "data: {a: hunter2!, b: 4711, c: [hunter2], d: aHVudGVyMg}\nstringData: {e: 4711}\n"
        "---\napiVersion: v1\nkind: Secret\nstringData: {a: hunter2: 4711}\n"
    )

    assert catalog.objects == {}
    assert len(catalog.failures) == 7
    assert not any("hunter2" in line or "4711" in line for line in told(catalog))
    assert not any("hunter2" in one.error.hint for one in catalog.failures)


class TestTrust:
    """With `--trust`, what is proposed can only wish."""

    def test_stores_come_from_trusted_paths_only(
        self, request_of: LoadRequest, tmp_path: Path
    ) -> None:
        """Stores, generators and Secrets of `-f` are ignored, wishes of trusted paths too."""
        (tmp_path / "trusted").mkdir()
        (tmp_path / "trusted" / "store.yaml").write_text(
            f"{STORE}---\n{EXTERNAL_SECRET.replace('name: db', 'name: trusted')}"
        )
        request = LoadRequest(files=request_of.files, trusted_paths=(str(tmp_path / "trusted"),))

        catalog = load(request)

        assert [one.name for one in catalog.external_secrets] == ["db"]
        assert [one.document.trusted for one in catalog.external_secrets] == [False]
        (store,) = catalog.stores.values()
        assert store.document.trusted
        assert store.document.at.file.endswith("trusted/store.yaml")
        assert (catalog.generators, catalog.objects) == ({}, {})
        assert [one.kind for one in catalog.others] == [
            *("SecretStore", "Password", "Secret", "Deployment", "ExternalSecret")
        ]
        assert catalog.failures == ()

    def test_trusting_the_cluster_leaves_wishes_only(self, request_of: LoadRequest) -> None:
        """Stores are read there."""
        catalog = load(LoadRequest(files=request_of.files, trust_cluster=True))

        assert len(catalog.external_secrets) == 1
        assert len(catalog.cluster_external_secrets) == 1
        assert catalog.stores == {}

    def test_a_file_can_be_both(self, request_of: LoadRequest) -> None:
        """Its wishes are asked for, its stores are trusted, and nothing is defined twice."""
        catalog = load(LoadRequest(files=request_of.files, trusted_paths=request_of.files))

        assert (len(catalog.external_secrets), len(catalog.stores)) == (1, 1)
        assert catalog.failures == ()

    def test_without_it_everything_is_trusted(self, request_of: LoadRequest) -> None:
        """The input is the user's own word."""
        catalog = load(request_of)

        assert all(one.document.trusted for one in catalog.external_secrets)
        assert all(one.document.trusted for one in catalog.stores.values())


def test_standard_input_is_the_process_s_own_by_default() -> None:
    """A request names no stream of its own."""
    import io
    import sys

    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(STORE.encode()))
    try:
        catalog = load(LoadRequest(files=("-",)))
    finally:
        sys.stdin = before

    assert len(catalog.stores) == 1


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("kind: Secret\nmetadata: {name: s}", ["Secret default/s"]),
        ("kind: Secret\nmetadata: {name: s, namespace: t}", ["Secret t/s"]),
        ("apiVersion: [v1]\nkind: Namespace\nmetadata: {name: s}", ["Namespace s"]),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: 5", ["Secret default/s"]),
        (f"{SECRET}---\n{SECRET}", ["Secret default/s"]),
        ("apiVersion: v2\nkind: Secret\nmetadata: {name: s}", ["Secret default/s"]),
        ("kind: Secret\nmetadata: {nam: s}", []),
        ("[1]", []),
    ],
)
def test_objects_with_errors_are_known_by_name(text: str, broken: list[str]) -> None:
    """Nothing else may take their place."""
    catalog = from_text(text)

    assert len(catalog.failures) == 1
    assert [str(ref) for ref in catalog.gaps.broken] == broken


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: 5\n",
        "apiVersion: v2\nkind: Secret\nmetadata: {name: s}\n",
        "kind: Secret\nmetadata: {name: s}\n",
    ],
)
def test_what_is_not_trusted_breaks_nothing(tmp_path: Path, text: str) -> None:
    """With `--trust`, errors in a Secret that is proposed do not hide the trusted one."""
    request = LoadRequest(files=("-",), stdin=text.encode, trusted_paths=(str(tmp_path),))

    assert load(request).gaps.broken == frozenset()
