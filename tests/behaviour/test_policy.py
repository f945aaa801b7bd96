"""``--policy`` narrows what the input may ask for, however the input spells it."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from esync import pipeline, report
from esync.cli import exits, wiring
from esync.cli.ending import Ending
from esync.cli.options import ClusterFlags, InputFlags, StoreFlags
from esync.load.policy import read_policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from esync.flow.outcome import Outcome
    from tests.behaviour.workbench import Workbench

STORE = "external-secrets.io/v1"


@dataclass
class Desk:
    """A folder of input, and a policy beside it."""

    folder: Path

    def lay(self, kind: str, name: str, spec: Any, namespace: str = "team-a") -> None:
        """Lay a document."""
        group = "v1" if kind in {"Secret", "Namespace", "ConfigMap"} else STORE
        scoped = (
            {} if kind.startswith("Cluster") or kind == "Namespace" else {"namespace": namespace}
        )
        body = {"apiVersion": group, "kind": kind, "metadata": {"name": name, **scoped}}
        body |= spec if kind in {"Secret", "ConfigMap"} else {"spec": spec} if spec else {}
        path = self.folder / "in" / f"{kind}-{namespace}-{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(body))

    def store(self, keys: list[str], name: str = "store", kind: str = "SecretStore") -> None:
        """Lay a fake store with these keys."""
        fake = {"data": [{"key": key, "value": '{"k": "v"}'} for key in keys]}
        self.lay(kind, name, {"provider": {"fake": fake}})

    def ask(self, key: str, name: str = "app", namespace: str = "team-a", **spec: Any) -> None:
        """Lay an ExternalSecret that asks for one key."""
        asked: dict[str, Any] = {"secretStoreRef": {"name": "store"}}
        asked |= {"data": [{"secretKey": "k", "remoteRef": {"key": key}}], **spec}
        self.lay("ExternalSecret", name, asked, namespace)

    def policy(self, **lists: list[str]) -> str:
        """Write the policy, and return its path."""
        path = self.folder / "policy.yaml"
        body = {"apiVersion": "esync.dev/v1", "kind": "Policy", "spec": lists}
        path.write_text(json.dumps(body))
        return str(path)

    def render(
        self, stores: StoreFlags | None = None, trust: list[str] | None = None, **lists: list[str]
    ) -> Outcome:
        """Render with a policy of these lists."""
        inputs = InputFlags(
            filename=[str(self.folder / "in")], trust=trust or [], policy=self.policy(**lists)
        )
        cluster, flags = ClusterFlags(offline=True), stores or StoreFlags()
        request = wiring.request(inputs, cluster, flags)
        return pipeline.render(request, wiring.world(cluster, flags, Ending(60)))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return an empty desk."""
    return Desk(tmp_path)


def rules(outcome: Outcome) -> list[str]:
    """Return what was refused."""
    return [failure.error.rule for failure in outcome.failures]


def built(outcome: Outcome) -> list[str]:
    """Return what was built."""
    return [f"{one.ref.namespace}/{one.ref.name}" for one in outcome.secrets]


def test_what_is_allowed_is_built_and_the_rest_refused(desk: Desk) -> None:
    """One refusal hides nothing else, and the exit code is that of guard rails."""
    desk.store(["prod/db", "admin/db"])
    desk.ask("prod/db")
    desk.ask("admin/db", name="evil")

    outcome = desk.render(remoteKeys=["prod/*"])

    assert built(outcome) == ["team-a/app"]
    assert rules(outcome) == ["ES0145"]
    assert 'remote key "admin/db"' in outcome.failures[0].error.message
    assert str(outcome.failures[0].error.at).endswith("ExternalSecret-team-a-evil.yaml:1")
    assert outcome.failures[0].error.hint.endswith(f"{desk.folder}/policy.yaml:1")
    assert exits.of(outcome) is exits.Exit.REFUSED
    assert [dict(one.calls) for one in outcome.calls] == [{"read": 1}]


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("prod/db", ""),
        ("Prod/db", "ES0145"),
        ("PROD/db", "ES0145"),
        ("prod /db", "ES0145"),
        ("/prod/db", "ES0145"),
        ("\uff50rod/db", "ES0145"),
        ("pr\u03bfd/db", "ES0145"),
        ("prod", "ES0145"),
        ("prod/../admin/db", "ES0146"),
        ("prod/./db", "ES0146"),
        ("prod//db", "ES0146"),
        ("prod/", "ES0146"),
        ("prod/..", "ES0146"),
        ("prod/%2e%2e/admin", "ES0146"),
        ("prod/%2E%2E%2Fadmin", "ES0146"),
        ("prod/..\\admin", "ES0146"),
        ("prod/x\u2215db", "ES0146"),
        ("prod/..\u2044admin", "ES0146"),
        ("prod/..;/admin", "ES0146"),
        ("prod/..;a=b/admin", "ES0146"),
        ("prod/ ../admin", "ES0146"),
        ("prod/..a;/db", ""),
        ("prod/\u2024\u2024/admin", "ES0146"),
        ("prod/x\uff0f..\uff0fadmin", "ES0146"),
        ("prod/db\u200b", "ES0146"),
        ("prod/\u202ebd", "ES0146"),
        ("prod/db\n", "ES0146"),
        ("prod/db\x00", "ES0146"),
    ],
)
def test_a_key_is_judged_as_it_is_spelled(key: str, rule: str, desk: Desk) -> None:
    """Whatever a store might read as something else is refused, also if the store has it."""
    desk.store([key, "prod/db"])
    desk.ask(key)

    outcome = desk.render(remoteKeys=["prod/**"])

    assert rules(outcome) == ([rule] if rule else [])


def test_versions_cannot_lead_elsewhere(desk: Desk) -> None:
    """A version that becomes part of a path is judged as a key is."""
    desk.store(["prod/db"])
    ref = {"key": "prod/db", "version": "1/../../admin/versions/1"}
    desk.ask("", data=[{"secretKey": "k", "remoteRef": ref}])

    assert rules(desk.render(remoteKeys=["prod/**"])) == ["ES0146"]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("../admin", "ES0146"),
        ("a/..;/admin", "ES0146"),
        ("..", "ES0146"),
        ("k", ""),
        (r"a\.b/c", ""),
        ("a/..b", ""),
    ],
)
def test_properties_cannot_lead_elsewhere(name: str, rule: str, desk: Desk) -> None:
    """They may be part of the path that a webhook is asked for."""
    desk.store(["prod/db"])
    desk.ask("", data=[{"secretKey": "k", "remoteRef": {"key": "prod/db", "property": name}}])

    assert ("ES0146" in rules(desk.render(remoteKeys=["prod/**"]))) is bool(rule)


def test_extract_is_judged_and_find_refused_beforehand(desk: Desk) -> None:
    """What a search finds is known only when it was read; nothing is asked."""
    desk.store(["admin/db"])
    desk.ask("x", name="many", data=[], dataFrom=[{"extract": {"key": "admin/db"}}])
    desk.ask("x", name="search", data=[], dataFrom=[{"find": {"name": {"regexp": "^prod/"}}}])

    outcome = desk.render(remoteKeys=["prod/**"])

    assert rules(outcome) == ["ES0145", "ES0147"]
    assert outcome.calls == ()
    assert rules(desk.render(remoteKeys=["**"])) == []
    assert rules(desk.render(providers=["fake"])) == []


def test_namespaces_also_of_what_is_expanded(desk: Desk) -> None:
    """Each ExternalSecret that a ClusterExternalSecret makes is judged by where it goes."""
    desk.store(["db"], kind="ClusterSecretStore")
    for name in ("team-a", "kube-system"):
        desk.lay("Namespace", name, None)
    spec = {
        "secretStoreRef": {"name": "store", "kind": "ClusterSecretStore"},
        "data": [{"secretKey": "k", "remoteRef": {"key": "db"}}],
    }
    desk.lay(
        "ClusterExternalSecret", "all", {"externalSecretSpec": spec, "namespaceSelectors": [{}]}
    )

    outcome = desk.render(namespaces=["team-*"])

    assert built(outcome) == ["team-a/all"]
    assert rules(outcome) == ["ES0142"]
    assert str(outcome.failures[0].ref) == "ExternalSecret kube-system/all"


def test_expanded_ones_are_judged_by_their_keys_and_targets_too(desk: Desk) -> None:
    """The name may be given in the spec of the expansion."""
    desk.store(["admin"], kind="ClusterSecretStore")
    spec = {
        "secretStoreRef": {"name": "store", "kind": "ClusterSecretStore"},
        "data": [{"secretKey": "k", "remoteRef": {"key": "admin"}}],
    }
    made = {"externalSecretSpec": spec, "externalSecretName": "root", "namespaces": ["team-a"]}
    desk.lay("ClusterExternalSecret", "app", made)

    outcome = desk.render(targets=["app*"], remoteKeys=["prod"])

    assert rules(outcome) == ["ES0143", "ES0145"]


def test_targets_are_judged_by_what_is_built(desk: Desk) -> None:
    """Not by the name of the ExternalSecret."""
    desk.store(["db"])
    desk.ask("db", name="app", target={"name": "root-ca"})
    desk.ask("db", name="other", target={"name": "app-other"})

    outcome = desk.render(targets=["app*"])

    assert built(outcome) == ["team-a/app-other"]
    assert rules(outcome) == ["ES0143"]


def test_a_refused_provider_is_not_opened(desk: Desk) -> None:
    """Its credentials are not read, whichever entry names the store."""
    desk.store(["db"])
    secret = {"name": "no-such-secret", "key": "token"}
    vault = {"server": "http://127.0.0.1:9", "auth": {"tokenSecretRef": secret}}
    desk.lay("SecretStore", "vault", {"provider": {"vault": vault}})
    source = {"storeRef": {"name": "vault"}}
    ref = {"secretKey": "k", "remoteRef": {"key": "db"}, "sourceRef": source}
    desk.ask("db", name="one", secretStoreRef={"name": "vault"})
    desk.ask("db", name="two", data=[ref])
    desk.ask(
        "db", name="three", data=[], dataFrom=[{"extract": {"key": "db"}, "sourceRef": source}]
    )
    desk.ask("db")

    outcome = desk.render(providers=["fake", "Vault"])

    assert built(outcome) == ["team-a/app"]
    assert rules(outcome) == ["ES0144"] * 3
    assert [call.store for call in outcome.calls] == ["SecretStore team-a/store"]


class Listener:
    """An HTTP server that counts who comes."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append(self.path)
                body = b'{"k": "v"}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Run a server."""
    made = Listener()
    thread = Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


WEBHOOKS = {
    "literal": "http://127.0.0.1:PORT/{{ .remoteRef.key }}",
    "host from key": "http://{{ .remoteRef.key }}:PORT/db",
    "made up": '{{ "http://127.0.0.1:PORT" }}/{{ .remoteRef.key }}',
}


@pytest.mark.parametrize("url", WEBHOOKS.values(), ids=WEBHOOKS)
def test_hosts_hold_for_templated_urls(url: str, desk: Desk, listener: Listener) -> None:
    """Nothing is sent to a host that the policy lacks; one that it has needs no other leave."""
    found = {"jsonPath": "$.k"}
    webhook = {"url": url.replace("PORT", str(listener.port)), "result": found}
    desk.lay("SecretStore", "store", {"provider": {"webhook": webhook}})
    desk.ask("127.0.0.1")

    refused = desk.render(hosts=["vault.example.org", "127.0.0.1:1"])
    assert rules(refused) == ["ES0361"]
    assert exits.of(refused) is exits.Exit.REFUSED
    assert listener.seen == []

    allowed = desk.render(hosts=["127.0.0.1"])
    assert rules(allowed) == []
    assert len(listener.seen) == 1


HOSTS = [
    ("https://vault.example.org:8200", ["vault.example.org"], ""),
    ("https://VAULT.example.ORG.", ["vault.example.org"], ""),
    ("https://vault.example.org", ["Vault.Example.org"], ""),
    ("https://vault.example.org", ["*.example.org"], ""),
    ("https://a.vault.example.org", ["*.example.org"], "ES0361"),
    ("https://a.vault.example.org", ["**.example.org"], ""),
    ("https://example.org", ["*.example.org"], "ES0361"),
    ("https://evilexample.org", ["*.example.org"], "ES0361"),
    ("https://vault.example.org.evil.test", ["vault.example.org"], "ES0361"),
    ("https://vault.example.org:1", ["vault.example.org:8200"], "ES0361"),
    ("https://vault.example.org", ["vault.example.org:443"], ""),
    ("https://evil.test/vault.example.org", ["vault.example.org"], "ES0361"),
    ("https://evil.test#.example.org", ["*.example.org"], "ES0361"),
    ("https://evil.test?.example.org", ["*.example.org"], "ES0361"),
    ("https://vault.example.org@evil.test", ["vault.example.org"], "ES0356"),
    ("https://evil.test\\.example.org", ["*.example.org"], "ES0356"),
    ("https://\uff56ault.example.org", ["vault.example.org"], "ES0361"),
    ("https://vault.example\u3002org", ["vault.example.org"], "ES0361"),
    ("https://2130706433", ["127.0.0.1"], "ES0361"),
    ("https://vault.example.org", [], "ES0361"),
    ("http://vault.example.org", ["vault.example.org"], "ES0355"),
]


@pytest.mark.parametrize(("server", "hosts", "rule"), HOSTS)
def test_a_host_is_judged_before_its_credential(
    server: str, hosts: list[str], rule: str, desk: Desk
) -> None:
    """A host that is allowed gets as far as the missing credential, and no other does."""
    auth = {"tokenSecretRef": {"name": "no-such-secret", "key": "token"}}
    # A namespace of Vault is no part of where the request goes.
    vault = {"server": server, "namespace": "evil.test", "auth": auth}
    desk.lay("SecretStore", "store", {"provider": {"vault": vault}})
    desk.ask("db")

    assert rules(desk.render(hosts=hosts)) == [rule or "ES0205"]


def test_where_certificates_come_from_makes_no_difference(desk: Desk) -> None:
    """A ClusterSecretStore with a caProvider: the host is refused before either is read."""
    provider = {"type": "ConfigMap", "name": "none", "key": "ca", "namespace": "other"}
    auth = {"tokenSecretRef": {"name": "none", "key": "token", "namespace": "other"}}
    vault = {"server": "https://evil.test", "caProvider": provider, "auth": auth}
    desk.lay("ClusterSecretStore", "store", {"provider": {"vault": vault}})
    desk.ask("db", secretStoreRef={"name": "store", "kind": "ClusterSecretStore"})

    assert rules(desk.render(hosts=["vault.example.org"])) == ["ES0361"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_SECRETSMANAGER_ENDPOINT", "https://evil.test"),
        ("AWS_ENDPOINT_URL", "https://evil.test"),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "https://evil.test"),
        ("AWS_REGION", "eu-central-1"),
    ],
)
def test_aws_endpoints_are_judged_whoever_names_them(
    variable: str, value: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment's, and the public one of another region than is allowed."""
    monkeypatch.setenv(variable, value)
    selector = {"name": "aws", "key": "k"}
    auth = {"secretRef": {"accessKeyIDSecretRef": selector, "secretAccessKeySecretRef": selector}}
    aws = {"service": "SecretsManager", "region": "us-east-1", "auth": auth}
    desk.lay("SecretStore", "store", {"provider": {"aws": aws}})
    desk.lay("Secret", "aws", {"data": {"k": b64encode(b"AKIAEXAMPLE").decode()}})
    desk.ask("db")

    assert rules(desk.render(hosts=["secretsmanager.eu-central-1.amazonaws.com"])) == ["ES0361"]


def test_aws_signs_in_at_no_other_host_by_its_own_configuration(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role of a profile is assumed by the SDK itself, whose requests are judged too."""
    profiles = desk.folder / "config"
    keys = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = example\n"
    role = "role_arn = arn:aws:iam::123456789012:role/a\nsource_profile = base\n"
    profiles.write_text(f"[default]\n{role}[profile base]\n{keys}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(profiles))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(desk.folder / "none"))
    aws = {"service": "SecretsManager", "region": "us-east-1"}
    desk.lay("SecretStore", "store", {"provider": {"aws": aws}})
    desk.ask("db")

    outcome = desk.render(hosts=["secretsmanager.us-east-1.amazonaws.com"])

    assert rules(outcome) == ["ES0361"]
    assert 'host "sts.' in outcome.failures[0].error.message


def test_a_policy_adds_to_trust_and_loosens_only_what_it_names(
    desk: Desk, listener: Listener
) -> None:
    """With --trust, stores of the input do not count, whatever hosts the policy allows."""
    (desk.folder / "trusted").mkdir()
    url = f"http://127.0.0.1:{listener.port}/"
    webhook = {"url": url, "result": {"jsonPath": "$.k"}}
    desk.lay("SecretStore", "store", {"provider": {"webhook": webhook}})
    desk.ask("db")
    (desk.folder / "trusted" / "none.yaml").write_text(
        json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}})
    )

    outcome = desk.render(trust=[str(desk.folder / "trusted")], hosts=["127.0.0.1"])

    assert rules(outcome) == ["ES0012"]
    assert listener.seen == []


def test_a_policy_among_the_documents_counts_for_nothing(desk: Desk) -> None:
    """Only the file of the flag does; the document is ignored as others are."""
    desk.store(["prod/db"])
    desk.ask("prod/db")
    body = {"apiVersion": "esync.dev/v1", "kind": "Policy", "spec": {"remoteKeys": ["**"]}}
    (desk.folder / "in" / "policy.yaml").write_text(json.dumps(body))

    outcome = desk.render(remoteKeys=["other"])

    assert rules(outcome) == ["ES0145"]
    assert outcome.ignored == (("Policy", 1),)


def test_what_a_renamed_target_leaves_behind_is_judged_too(bench: Workbench) -> None:
    """A Secret that the policy does not allow is not deleted by an ExternalSecret that had it."""
    bench.store("vault", {"db": "v"})
    spec = """
        secretStoreRef: {name: vault}
        target: {name: NAME}
        data: [{secretKey: k, remoteRef: {key: db}}]
    """
    bench.external_secret(spec.replace("NAME", "root"))
    bench.in_cluster()
    bench.apply()
    bench.external_secret(spec.replace("NAME", "app"))
    path = bench.folder.parent / "policy-of-the-pipeline.yaml"
    body = {"apiVersion": "esync.dev/v1", "kind": "Policy", "spec": {"targets": ["app"]}}
    path.write_text(json.dumps(body))
    policy = read_policy(str(path), [str(bench.folder)])

    outcome = bench.apply(policy=policy)

    assert [failure.error.rule for failure in outcome.failures] == ["ES0143"]
    assert {done.ref.name for done in outcome.done} == {"app"}
    assert bench.live("root") is not None
    assert bench.live("app") is not None
    assert exits.of(outcome) is exits.Exit.REFUSED


def test_every_command_that_reads_input_knows_the_flag(desk: Desk) -> None:
    """Validate and plan refuse without asking anybody, with the same words."""
    desk.store(["admin"])
    desk.ask("admin")
    inputs = InputFlags(filename=[str(desk.folder / "in")], policy=desk.policy(remoteKeys=["prod"]))
    cluster = ClusterFlags(offline=True)
    request = wiring.request(inputs, cluster, StoreFlags())
    world = wiring.world(cluster, StoreFlags(), Ending(60))

    for command in (pipeline.plan, pipeline.validate, pipeline.render):
        outcome = command(request, world)
        assert rules(outcome) == ["ES0145"]
        assert exits.of(outcome) is exits.Exit.REFUSED
    assert "ES0145" in report.as_json(pipeline.validate(request, world))
