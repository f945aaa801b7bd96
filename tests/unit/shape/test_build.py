"""The whole Secret, built on top of what is live."""

from __future__ import annotations

from dataclasses import replace

import pytest

from esync.errors import Location
from esync.flow.desired import Content
from esync.flow.kubernetes import (
    CREATED_BY_LABEL,
    DATA_HASH_ANNOTATION,
    MANAGED_LABEL,
    ManagedEntry,
    OwnerReference,
    SecretObject,
)
from esync.flow.plan import Planned
from esync.manifests.document import Document, ObjectRef
from esync.manifests.externalsecret import (
    CreationPolicy,
    ExternalSecret,
    ExternalSecretSpec,
    Target,
    Template,
)
from esync.secret import SecretValue
from esync.shape.build import build
from esync.shape.errors import OwnedByAnother, TooLarge

MANAGER = "externalsecrets.external-secrets.io/app"
FOO = SecretValue(b"bar")
CONTENT = Content(data={"foo": FOO})


def planned(target: Target | None = None, name: str = "app") -> Planned:
    """Return an ExternalSecret of that name and target."""
    document = Document(
        "external-secrets.io/v1", "ExternalSecret", "ns", name, {}, Location("x.yaml", 1), {}
    )
    spec = ExternalSecretSpec(target=target or Target())
    one = ExternalSecret(name, "ns", spec, document)
    return Planned(one, ObjectRef("Secret", "ns", one.target_name), ())


def target(policy: CreationPolicy) -> Target:
    """Return a target with that policy."""
    return Target(creation_policy=policy)


def owner(
    name: str, kind: str = "ExternalSecret", group: str = "external-secrets.io/v1"
) -> OwnerReference:
    """Return a controlling owner."""
    return OwnerReference(group, kind, name, "uid-of-owner", controller=True)


def test_a_new_secret_is_stamped() -> None:
    """Label, creator and digest are what the operator looks for."""
    made = build(planned(), CONTENT, None, "")

    assert made.labels == {
        MANAGED_LABEL: "true",
        CREATED_BY_LABEL: made.labels[CREATED_BY_LABEL],
    }
    assert made.annotations == {
        DATA_HASH_ANNOTATION: "f2a604b87eb0cf673761e8cfea850f901fe73a3d1b2f338802107f36"
    }
    assert made.effective_type == "Opaque"
    assert made.owners == ()


def test_the_created_by_label_is_the_digest_of_namespace_and_name() -> None:
    """A vector of the specification: ``default/my-es``."""
    base = planned(name="my-es")
    one = replace(base.external_secret, namespace="default")
    made = build(replace(base, external_secret=one), CONTENT, None, "")

    assert made.labels[CREATED_BY_LABEL] == (
        "b8464376b5fe3535e690594280bfe59b60be2603cb6cbb6d6c8bcbb4"
    )


def test_an_owner_that_exists_in_the_cluster_is_referred_to() -> None:
    """With a uid there is a controller reference that blocks deletion."""
    made = build(planned(), CONTENT, None, "the-uid")

    assert made.owners == (
        OwnerReference("external-secrets.io/v1", "ExternalSecret", "app", "the-uid", True, True),
    )


def test_our_reference_is_renewed_in_place() -> None:
    """A recreated ExternalSecret of the same name takes its Secret over; order is kept."""
    others = OwnerReference("v1", "ConfigMap", "c", "u")
    live = SecretObject("ns", "app", owners=(owner("app"), others))

    made = build(planned(), CONTENT, live, "new-uid")

    assert [one.uid for one in made.owners] == ["new-uid", "u"]


def test_without_a_uid_the_operators_reference_stays() -> None:
    """From files alone nothing is known of the ExternalSecret; what is there is not taken away."""
    live = SecretObject("ns", "app", owners=(owner("app"),))

    assert build(planned(), CONTENT, live, "").owners == live.owners


@pytest.mark.parametrize("policy", [p for p in CreationPolicy if p is not CreationPolicy.NONE])
def test_a_secret_of_another_external_secret_is_refused(policy: CreationPolicy) -> None:
    """Whatever the policy, two ExternalSecrets do not write one owned Secret."""
    live = SecretObject("ns", "app", owners=(owner("other"),))

    with pytest.raises(OwnedByAnother):
        build(planned(target(policy)), CONTENT, live, "")


def test_a_created_by_label_alone_says_whose_it_is() -> None:
    """A Secret that esync made from files has no reference, only the label."""
    theirs = build(planned(name="other", target=Target(name="app")), CONTENT, None, "")

    with pytest.raises(OwnedByAnother):
        build(planned(), CONTENT, theirs, "")


def test_another_controller_keeps_its_secret_from_an_owner_only() -> None:
    """Owner is refused; Merge writes beside it and leaves the reference alone."""
    live = SecretObject("ns", "app", owners=(owner("cert", "Certificate", "cert-manager.io/v1"),))

    with pytest.raises(OwnedByAnother):
        build(planned(), CONTENT, live, "")
    made = build(planned(target(CreationPolicy.MERGE)), CONTENT, live, "")
    assert made.owners == live.owners


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        (CreationPolicy.OWNER, False),
        (CreationPolicy.ORPHAN, False),
        (CreationPolicy.MERGE, True),
        (CreationPolicy.CREATE_OR_MERGE, True),
    ],
)
def test_foreign_keys_stay_in_the_merge_policies_only(
    policy: CreationPolicy, *, kept: bool
) -> None:
    """Owner and Orphan replace the data; stale keys of ours go in every policy."""
    live = SecretObject(
        "ns",
        "app",
        data={"foreign": FOO, "stale": FOO},
        managed=(ManagedEntry(MANAGER, data=frozenset({"stale"})),),
    )

    made = build(planned(target(policy)), CONTENT, live, "")

    assert set(made.data) == ({"foo", "foreign"} if kept else {"foo"})


@pytest.mark.parametrize("policy", [CreationPolicy.ORPHAN, CreationPolicy.MERGE])
def test_leaving_owner_removes_reference_and_creator(policy: CreationPolicy) -> None:
    """A policy that was changed away from Owner leaves no owner behind."""
    live = build(planned(), CONTENT, None, "uid")

    made = build(planned(target(policy)), CONTENT, live, "uid")

    assert made.owners == ()
    assert CREATED_BY_LABEL not in made.labels
    assert made.labels[MANAGED_LABEL] == "true"


def test_labels_that_were_ours_and_are_gone_are_removed() -> None:
    """What our field manager wrote and nobody asks for any more goes; the rest stays."""
    live = SecretObject(
        "ns",
        "app",
        labels={"old": "x", "theirs": "y"},
        managed=(ManagedEntry(MANAGER, labels=frozenset({"old"})),),
    )

    made = build(planned(), CONTENT, live, "")

    assert "old" not in made.labels
    assert made.labels["theirs"] == "y"


def test_names_of_28_to_63_characters_keep_stale_labels() -> None:
    """The operator looks for them under a manager that it never used; so do we."""
    name = "payments-api-db-credentials2"
    manager = (
        "externalsecrets.external-secrets.io/sha3/"
        "a0de43528222643a95c7b77c1827a1f5d49994f9ed6678eb659e9b2a"
    )
    live = SecretObject(
        "ns",
        name,
        data={"stale": FOO},
        labels={"old": "x"},
        managed=(ManagedEntry(manager, frozenset({"stale"}), frozenset({"old"})),),
    )

    made = build(planned(target(CreationPolicy.MERGE), name), CONTENT, live, "")

    assert "old" in made.labels
    assert "stale" not in made.data


def test_an_immutable_target_that_exists_keeps_its_data() -> None:
    """Only the flag, ownership and bookkeeping are written."""
    live = SecretObject("ns", "app", data={"foo": SecretValue(b"before")}, labels={"l": "v"})

    made = build(planned(Target(immutable=True)), CONTENT, live, "")

    assert made.immutable
    assert made.data == live.data
    assert made.labels["l"] == "v"


def test_the_type_stays_unless_a_template_sets_one() -> None:
    """Without ``template.type`` the existing type is kept."""
    live = SecretObject("ns", "app", type="kubernetes.io/tls")
    typed = Target(template=Template(type="example.com/t"))

    assert build(planned(), CONTENT, live, "").type == "kubernetes.io/tls"
    content = Content(data={}, type="example.com/t")
    assert build(planned(typed), content, live, "").type == "example.com/t"


def test_finalizers_are_added_and_never_removed() -> None:
    """Not while the Secret is being deleted, though."""
    content = Content(finalizers=("b/c", "a/b"))
    live = SecretObject("ns", "app", finalizers=("a/b",))

    assert build(planned(), content, live, "").finalizers == ("a/b", "b/c")
    dying = replace(live, deleting=True)
    assert build(planned(), content, dying, "").finalizers == ("a/b",)


def test_a_secret_is_at_most_one_mebibyte() -> None:
    """What the API server would refuse is told before; the values of all keys count together."""
    half = SecretValue(b"x" * (512 * 1024))

    build(planned(), Content(data={"a": half, "b": half}), None, "")
    with pytest.raises(TooLarge):
        build(planned(), Content(data={"a": half, "b": half, "c": FOO}), None, "")
