"""What is printed for a cluster: permissions by the input, network, and what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path

STORE: dict[str, Any] = {"fake": {"data": []}}


def document(kind: str, name: str, spec: Any, namespace: str = "team") -> dict[str, Any]:
    """Spell one object."""
    meta = {"name": name} | ({"namespace": namespace} if namespace else {})
    group = "v1" if kind in {"ConfigMap", "Secret", "Namespace"} else "external-secrets.io/v1"
    body = {"apiVersion": group, "kind": kind, "metadata": meta}
    return body | (spec if group == "v1" else {"spec": spec})


def lay(folder: Path, *documents: dict[str, Any]) -> None:
    """Write the input."""
    (folder / "in.yaml").write_text(yaml.safe_dump_all(documents))


def wants(store: str = "s", kind: str = "SecretStore", **spec: Any) -> dict[str, Any]:
    """Spell an ExternalSecret."""
    ref = {"name": store, "kind": kind}
    data = [{"secretKey": "k", "remoteRef": {"key": "k"}}]
    return document("ExternalSecret", "app", {"secretStoreRef": ref, "data": data, **spec})


def run(folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run the command on the input, offline."""
    command = [sys.executable, "-m", "esync", "manifests", "-f", "in.yaml", "--offline", *flags]
    return subprocess.run(
        command,
        cwd=folder,
        env={"HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )


def printed(folder: Path, *flags: str) -> list[dict[str, Any]]:
    """Return the printed objects."""
    done = run(folder, *(flags or ("--image", "esync:1")))
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def permits(bodies: list[dict[str, Any]]) -> set[tuple[str, str, str, str]]:
    """Return namespace, resource, name and verb of everything that is permitted."""
    return {
        (body["metadata"].get("namespace", ""), resource, name, verb)
        for body in bodies
        for rule in body.get("rules", ())
        for resource in rule["resources"]
        for name in rule.get("resourceNames", [""])
        for verb in rule["verbs"]
    }


def verbs(bodies: list[dict[str, Any]], resource: str, namespace: str = "team") -> set[str]:
    """Return what may be done to all objects of a resource."""
    return {one[3] for one in permits(bodies) if one[:3] == (namespace, resource, "")}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("Owner", {"get", "list", "create", "update", "delete"}),
        ("Orphan", {"get", "list", "create", "update"}),
        ("CreateOrMerge", {"get", "list", "create", "update"}),
        ("Merge", {"get", "list", "update"}),
        ("None", {"get", "list"}),
    ],
)
def test_policies_decide_what_may_be_done_to_secrets(
    tmp_path: Path, policy: str, expected: set[str]
) -> None:
    """Only Owner deletes, and Merge creates nothing."""
    lay(
        tmp_path,
        document("SecretStore", "s", {"provider": STORE}),
        wants(target={"creationPolicy": policy}),
    )

    assert verbs(printed(tmp_path), "secrets") == expected


VAULT = {
    "server": "https://vault.example:8200",
    "path": "secret",
    "caProvider": {"type": "ConfigMap", "name": "ca", "key": "ca.crt", "namespace": "safe"},
    "auth": {
        "appRole": {
            "path": "approle",
            "roleId": "r",
            "secretRef": {"name": "role", "key": "id", "namespace": "safe"},
        }
    },
}


def test_credentials_of_a_cluster_store_are_permitted_where_they_lie(tmp_path: Path) -> None:
    """By name, in a Role of that namespace that is bound to the service account of this one."""
    lay(
        tmp_path,
        document("ClusterSecretStore", "shared", {"provider": {"vault": VAULT}}, ""),
        wants("shared", "ClusterSecretStore"),
    )

    bodies = printed(tmp_path)

    assert permits(bodies) >= {
        ("", "clustersecretstores", "shared", "get"),
        ("safe", "configmaps", "ca", "get"),
        ("safe", "secrets", "role", "get"),
    }
    bindings = [one for one in bodies if one["kind"] == "RoleBinding"]
    assert {(one["metadata"]["namespace"], one["metadata"]["name"]) for one in bindings} == {
        ("team", "esync"),
        ("safe", "esync-team"),
    }
    account = {"kind": "ServiceAccount", "name": "esync", "namespace": "team"}
    assert [one["subjects"] for one in bindings] == [[account], [account]]


def test_a_pipeline_needs_no_permission_for_what_its_files_hold(tmp_path: Path) -> None:
    """Credentials and templates of the input are not read from the cluster; others are."""
    store = {
        "server": "https://vault.example",
        "path": "secret",
        "auth": {"tokenSecretRef": {"name": "token", "key": "t"}},
    }
    items = [{"key": "a"}]
    sources = [{"configMap": {"name": name, "items": items}} for name in ("here", "there")]
    lay(
        tmp_path,
        document("SecretStore", "s", {"provider": {"vault": store}}),
        document("Secret", "token", {"stringData": {"t": "x"}}),
        document("ConfigMap", "here", {"data": {"a": "b"}}),
        wants(target={"template": {"templateFrom": sources}}),
    )

    bodies = printed(tmp_path, "--pipeline", "--subject", "ServiceAccount:ci/runner")

    assert {one["kind"] for one in bodies} == {"Role", "RoleBinding"}
    named = {one for one in permits(bodies) if one[2]}
    assert named == {("team", "configmaps", "there", "get")}
    assert bodies[1]["subjects"] == [
        {"kind": "ServiceAccount", "name": "runner", "namespace": "ci"}
    ]


def test_each_namespace_gets_an_esync_of_its_own(tmp_path: Path) -> None:
    """With its own CronJob, which looks at no other namespace."""
    fake = {"provider": STORE}
    there = wants()
    there["metadata"]["namespace"] = "web"
    lay(
        tmp_path,
        document("SecretStore", "s", fake),
        document("SecretStore", "s", fake, "web"),
        wants(),
        there,
    )

    jobs = [one for one in printed(tmp_path) if one["kind"] == "CronJob"]

    pods = [job["spec"]["jobTemplate"]["spec"]["template"]["spec"] for job in jobs]
    assert [job["metadata"]["namespace"] for job in jobs] == ["team", "web"]
    assert [pod["containers"][0]["args"][2] for pod in pods] == [
        "--namespace=team",
        "--namespace=web",
    ]
    assert {pod["containers"][0]["image"] for pod in pods} == {"esync:1"}


@pytest.mark.parametrize(
    ("server", "entry"),
    [
        (
            "https://10.1.2.3:8200",
            {"to": [{"ipBlock": {"cidr": "10.1.2.3/32"}}], "port": 8200},
        ),
        (
            "https://[fd00::7]",
            {"to": [{"ipBlock": {"cidr": "fd00::7/128"}}], "port": 443},
        ),
        (
            "http://vault.safe.svc:8200",
            {
                "to": [
                    {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "safe"}}}
                ],
                "port": 8200,
            },
        ),
        ("https://vault.example:8200", {"to": None, "port": 8200}),
    ],
)
def test_the_network_is_as_narrow_as_names_allow(
    tmp_path: Path, server: str, entry: dict[str, Any]
) -> None:
    """Addresses and services of the cluster are spelled out; other names are comments."""
    vault = {**VAULT, "server": server}
    del vault["caProvider"]
    lay(
        tmp_path,
        document("ClusterSecretStore", "shared", {"provider": {"vault": vault}}, ""),
        wants("shared", "ClusterSecretStore"),
    )

    done = run(tmp_path, "--image", "esync:1")

    [policy] = [one for one in yaml.safe_load_all(done.stdout) if one["kind"] == "NetworkPolicy"]
    found = [
        (one.get("to"), port["port"]) for one in policy["spec"]["egress"] for port in one["ports"]
    ]
    assert (entry["to"], entry["port"]) in found
    assert ("#   vault.example, port 8200" in done.stdout) == (entry["to"] is None)
    system = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
    assert ([{"namespaceSelector": system}], 53) in found


def test_a_store_that_uses_the_identity_of_the_pod_is_named(tmp_path: Path) -> None:
    """The service account needs an annotation that nobody but its owner knows."""
    aws = {"service": "SecretsManager", "region": "eu-central-1"}
    lay(tmp_path, document("SecretStore", "cloud", {"provider": {"aws": aws}}), wants("cloud"))

    done = run(tmp_path, "--image", "esync:1")

    assert "# SecretStore cloud (aws) signs in as this service account:" in done.stdout
    assert "#   secretsmanager.eu-central-1.amazonaws.com, port 443" in done.stdout


def test_targets_of_other_kinds(tmp_path: Path) -> None:
    """ConfigMaps are permitted; a kind whose resource is not known is named in a comment."""
    lay(
        tmp_path,
        document("SecretStore", "s", {"provider": STORE}),
        wants(target={"manifest": {"apiVersion": "v1", "kind": "ConfigMap"}}),
    )
    flags = ("--image", "esync:1", "--allow-generic-targets", "--controller-class", "ours")

    bodies = printed(tmp_path, *flags)

    assert verbs(bodies, "configmaps") == {"get", "create", "update"}
    assert verbs(bodies, "secrets") == set()
    [job] = [one for one in bodies if one["kind"] == "CronJob"]
    [container] = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["args"][4:] == ["--allow-generic-targets", "--controller-class=ours"]

    lay(
        tmp_path,
        document("SecretStore", "s", {"provider": STORE}),
        wants(target={"manifest": {"apiVersion": "example.com/v1", "kind": "Settings"}}),
    )
    said = "# targets of kind Settings (example.com/v1) are not permitted below:"
    assert said in run(tmp_path, *flags).stdout


def test_no_name_ends_a_comment(tmp_path: Path) -> None:
    """A host with a line end in it would otherwise put a rule into a Role."""
    webhook = {"url": "https://a\nb: c.example/", "result": {"jsonPath": "$"}}
    lay(tmp_path, document("SecretStore", "s", {"provider": {"webhook": webhook}}), wants())

    done = run(tmp_path, "--image", "esync:1\nx: y")

    assert done.returncode == 0, done.stderr
    for body in yaml.safe_load_all(done.stdout):
        assert set(body) <= {
            *("apiVersion", "kind", "metadata", "spec", "rules", "roleRef", "subjects"),
            "automountServiceAccountToken",
        }


def test_several_pods_share_the_work(tmp_path: Path) -> None:
    """Each Pod of the indexed Job has its part; one alone has no parts."""
    lay(tmp_path, wants(), document("SecretStore", "s", {"provider": STORE}))

    def job(*flags: str) -> dict[str, Any]:
        [found] = [one for one in printed(tmp_path, *flags) if one["kind"] == "CronJob"]
        return dict(found["spec"]["jobTemplate"]["spec"])

    def arguments(job: dict[str, Any]) -> list[str]:
        return list(job["template"]["spec"]["containers"][0]["args"])

    one, four = job(), job("--image", "esync:1", "--shards", "4")

    assert "completionMode" not in one
    assert (four["completionMode"], four["completions"], four["parallelism"]) == ("Indexed", 4, 4)
    assert [*arguments(one), "--shard=$(JOB_COMPLETION_INDEX)/4"] == arguments(four)


def test_json_is_one_list(tmp_path: Path) -> None:
    """The same objects; JSON has no comments."""
    lay(tmp_path, document("SecretStore", "s", {"provider": STORE}), wants())

    listed = json.loads(run(tmp_path, "--image", "esync:1", "-o", "json").stdout)

    assert listed["kind"] == "List"
    assert listed["items"] == printed(tmp_path)


@pytest.mark.parametrize(
    ("flags", "rule"),
    [
        ((), "ES0801"),
        (("--pipeline",), "ES0802"),
        (("--pipeline", "--subject", "somebody"), "ES0802"),
        (("--pipeline", "--subject", "ServiceAccount:ci"), "ES0802"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, flags: tuple[str, ...], rule: str) -> None:
    """Nothing is printed then."""
    lay(tmp_path, document("SecretStore", "s", {"provider": STORE}), wants())

    done = run(tmp_path, *flags)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"[{rule}]" in done.stderr


def test_without_external_secrets_there_is_nothing_to_permit(tmp_path: Path) -> None:
    """A store alone is no reason to run anything."""
    lay(tmp_path, document("SecretStore", "s", {"provider": STORE}))

    done = run(tmp_path, "--image", "esync:1")

    assert (done.returncode, done.stdout) == (2, "")
    assert "[ES0803]" in done.stderr
