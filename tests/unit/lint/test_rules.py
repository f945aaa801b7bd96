"""Rules beyond their examples: where they speak up, and where they must not."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from tests.unit.lint.sources import checked, rules

ANYWHERE = "spec:\n  conditions: [{namespaces: [default]}]\n"


def store(provider: str, *, name: str = "store", conditions: str = "") -> str:
    """Return a store; with conditions it is a ClusterSecretStore."""
    kind = "ClusterSecretStore" if conditions else "SecretStore"
    more = f"  conditions: {conditions}\n" if conditions else ""
    return (
        f"---\napiVersion: external-secrets.io/v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"
        f"spec:\n{more}  provider: {provider}\n"
    )


def external_secret(spec: str, *, name: str = "app", metadata: str = "") -> str:
    """Return an ExternalSecret that reads from ``store``, unless it says otherwise."""
    text = dedent(spec).strip()
    ref = "" if "secretStoreRef" in text else "secretStoreRef: {name: store}\n"
    return (
        "---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\n"
        f"metadata: {{name: {name}{metadata}}}\nspec:\n" + indent(ref + text, "  ") + "\n"
    )


FAKE = store("{fake: {data: []}}")
ONE = "data: [{secretKey: password, remoteRef: {key: db}}]"


def found(spec: str) -> list[str]:
    """Return what is found in an ExternalSecret with this spec."""
    return rules(FAKE + external_secret(spec))


@pytest.mark.parametrize(
    ("settings", "entries", "told"),
    [
        ("server: a", "database/creds/app", True),
        ("server: a", "/database/creds/app/", True),
        ("server: a, path: database", "creds/app", True),
        ("server: a, path: secret", "database/creds/app", True),
        ("server: a, path: secret", "creds/app", False),
        ("server: a, path: secret", "team/database/creds/app", False),
        ("server: a", "secret/creds/app", False),
        ("server: a", "database/static-creds/app", False),
        ("server: a, version: v1", "database/creds/app", False),
    ],
)
def test_dynamic_credentials(settings: str, entries: str, told: bool) -> None:  # noqa: FBT001
    """A path of an engine is told from a folder of the same name; v1 may read it once."""
    vault = store(f"{{vault: {{{settings}, auth: {{tokenSecretRef: {{name: t, key: k}}}}}}}}")
    spec = f"data: [{{secretKey: p, remoteRef: {{key: {entries}, property: password}}}}]"

    assert rules(vault + external_secret(spec)) == (["ES0702"] if told else [])


def test_dynamic_credentials_of_a_v1_store_read_twice() -> None:
    """One finding for both entries, at the first."""
    vault = store("{vault: {server: a, version: v1, auth: {tokenSecretRef: {name: t, key: k}}}}")
    ref = "remoteRef: {key: database/creds/app, property"
    spec = f"data: [{{secretKey: u, {ref}: username}}}}, {{secretKey: p, {ref}: password}}}}]"

    warnings = checked(vault + external_secret(spec)).warnings

    assert [one.error.rule for one in warnings] == ["ES0702"]
    assert "is read 2 times" in warnings[0].error.message


# Made up, and put together here so that no scanner takes them for real ones.
PASTED = {
    "GitHub": "ghp_" + "a1B2" * 9,
    "GitLab": "glpat-" + "a1B2" * 5,
    "Vault": "hvs." + "CAES" * 8,
    "Slack": "xoxb-" + "1234567890-abcdefghij",
    "Google": "AIza" + "a1B2c" * 7,
    "JSON web": "eyJ" + "a" * 12 + ".eyJ" + "b" * 12 + "." + "c" * 12,
    "private key": "-----BEGIN RSA PRIVATE KEY----- MIIE",
    "a credential": "wJalr7XUtn2FEMIK7MDENGbPx4RfiCYEX9AMPLEKE",
}


@pytest.mark.parametrize("kind", PASTED)
def test_pasted_credentials_are_found_and_not_quoted(kind: str) -> None:
    """Whatever the field of the reference, and whatever else the rules say of it."""
    value = PASTED[kind]
    for field in ("key", "property", "version"):
        ref = {"key": "db", field: value}
        spec = f"data: [{{secretKey: password, remoteRef: {ref}}}]"

        errors = checked(FAKE + external_secret(spec)).errors

        assert [one.error.rule for one in errors] == ["ES0705"]
        assert kind in errors[0].error.message
        assert value not in f"{errors[0].error.message} {errors[0].error.hint}"


@pytest.mark.parametrize(
    "key",
    [
        "339062b8-a5a1-4303-bf1d-b1920146a622",
        "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "prod/MyVeryLongServiceNameDatabasePasswordProduction2024",
        "MyVeryLongServiceNameDatabasePasswordProduction2024V2",
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/MyService-a1B2c3",
        "OqPt3Vd37My7G8rTb-8Q",
    ],
)
def test_names_and_identifiers_are_no_credentials(key: str) -> None:
    """Long, odd, with digits: still names."""
    assert found(f"data: [{{secretKey: password, remoteRef: {{key: '{key}'}}}}]") == []


def test_credentials_in_the_settings_of_a_store() -> None:
    """Everywhere in it; the values of a fake store are what it is made of."""
    token = PASTED["GitHub"]

    errors = checked(store(f"{{gitlab: {{url: '{token}', auth: {{SecretRef: {{}}}}}}}}")).errors

    assert "ES0705" in [one.error.rule for one in errors]
    assert not any(token in one.error.message for one in errors)
    assert rules(store(f"{{fake: {{data: [{{key: a, value: '{token}'}}]}}}}")) == []


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("team-a", "ES0708"),
        ("^a$|b", "ES0708"),
        ("team-.*", "ES0708"),
        (r"team-\$", "ES0708"),
        ("^team-", ""),
        ("-team$", ""),
        (".*-team-.*", ""),
        ("^a$|^b$", ""),
        ("^(a|b)$", ""),
        ("^[|]$", ""),
        (r"\Ateam\z", ""),
        ("(?i)^team$", ""),
        ("^team-.*", ""),
        (".*-team$", ""),
        (".*", "ES0707"),
        ("^.+$", "ES0707"),
        ("", "ES0707"),
    ],
)
def test_expressions_over_namespaces(expression: str, told: str) -> None:
    """Anchored at one end at least, in each branch, or open by intent."""
    conditions = f"[{{namespaceRegexes: ['{expression}']}}]"

    assert rules(store("{fake: {data: []}}", conditions=conditions)) == ([told] if told else [])


def test_empty_selector_of_a_store() -> None:
    """It lets everybody in."""
    conditions = "[{namespaceSelector: {}}]"

    assert rules(store("{fake: {data: []}}", conditions=conditions)) == ["ES0707"]


@pytest.mark.parametrize(
    ("find", "told"),
    [
        ("{}", True),
        ("{name: {}}", True),
        ("{name: {regexp: '^.*$'}}", True),
        ("{path: /, name: {regexp: .+}}", True),
        ("{tags: {}}", True),
        ("{path: app}", False),
        ("{tags: {team: a}}", False),
        ("{name: {regexp: app}}", False),
    ],
)
def test_limits_of_a_find(find: str, told: bool) -> None:  # noqa: FBT001
    """A path, a name or a tag is one."""
    assert found(f"dataFrom: [{{find: {find}}}]") == (["ES0709"] if told else [])


def test_a_store_that_names_one_project_is_a_limit() -> None:
    """There, everything is what is meant."""
    doppler = store("{doppler: {auth: {secretRef: {dopplerToken: {name: a, key: k}}}}}")
    text = doppler + external_secret("dataFrom: [{find: {name: {regexp: .*}}}]")

    assert rules(text) == ["ES0310"]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("Owner", "Owner", True),
        ("Owner", "Merge", True),
        ("Orphan", "Merge", True),
        ("Owner", "None", False),
        ("Merge", "CreateOrMerge", True),
        ("Merge", "CreateOrMerge, template: {data: {other: x}}", False),
    ],
)
def test_two_writers(first: str, second: str, told: bool) -> None:  # noqa: FBT001
    """Those that merge must not have a key in common."""
    one = f"target: {{name: t, creationPolicy: {first}}}\n{ONE}"
    other = f"target: {{name: t, creationPolicy: {second}}}\n{ONE}"
    text = FAKE + external_secret(one, name="a") + external_secret(other, name="b")

    assert ("ES0711" in rules(text)) is told


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ('refreshInterval: "0"', True),
        ("refreshInterval: 0s\nrefreshPolicy: Periodic", True),
        ("refreshInterval: -1h", True),
        ("refreshInterval: 1s", False),
        ("refreshInterval: 0s\nrefreshPolicy: OnChange", False),
        ("refreshInterval: 0s\nrefreshPolicy: CreatedOnce", False),
    ],
)
def test_interval_of_zero(spec: str, told: bool) -> None:  # noqa: FBT001
    """It counts with the periodic policy alone."""
    assert found(f"{spec}\n{ONE}") == (["ES0712"] if told else [])


def test_generated_values_are_fetched_once_on_purpose() -> None:
    """A password that is made anew would be another one."""
    generator = (
        "---\napiVersion: generators.external-secrets.io/v1alpha1\nkind: Password\n"
        "metadata: {name: p}\nspec: {length: 9}\n"
    )
    spec = (
        "refreshInterval: '0'\ndataFrom: [{sourceRef: {generatorRef: {kind: Password, name: p}}}]"
    )

    assert set(rules(generator + external_secret(spec))) <= {"ES0017"}


@pytest.mark.parametrize(
    ("source", "target", "told"),
    [
        ("(.*)", "$1", False),
        ("(.*)", "$1-x", False),
        ("(.*)", "$1_x", True),
        ("(.*)", "${1}_x", False),
        ("(.*)", "$$x", False),
        ("(?P<key>.*)", "$key", False),
        ("(?<key>.*)", "${key}", False),
        ("(.*)", "$key", True),
        ("(.*)", "costs $", False),
    ],
)
def test_groups_of_a_replacement(source: str, target: str, told: bool) -> None:  # noqa: FBT001
    """A name takes as many letters as it can, and must be one of the expression's."""
    rewrite = f"[{{regexp: {{source: '{source}', target: '{target}'}}}}]"

    assert found(f"dataFrom: [{{extract: {{key: a}}, rewrite: {rewrite}}}]") == (
        ["ES0716"] if told else []
    )


TEMPLATES = {
    "{{ .password | quote }}": [],
    "{{- .password -}}": [],
    '{{ index . "password" }}': [],
    "{{ range $k, $v := . }}{{ $k }}{{ end }}": [],
    "{{ with .password }}{{ . }}{{ end }}": [],
    "{{/* nothing */}}{{ .password }}": [],
    "{{ `{{ .x }}` }}{{ .password }}": [],
    '{{ "}}" }}{{ .password }}': [],
    '{{ if hasKey . "x" }}{{ .x }}{{ end }}': [],
    '{{ define "a" }}{{ .password }}{{ end }}{{ template "a" . }}': [],
    "{{ .password }": ["ES0720"],
    "{{ if .password }}": ["ES0720"],
    "{{ .password }}{{ end }}": ["ES0720"],
    '{{ .password }}{{ env "HOME" }}': ["ES0721"],
    '{{ .password }}{{ now | date "2006" }}': ["ES0722"],
    '{{ .password }}{{ $x := genPrivateKey "rsa" }}{{ $x }}': ["ES0722"],
    "{{ .password }}{{ .pasword }}": ["ES0723"],
    '{{ .password }}{{ index . "other" }}': ["ES0723"],
    "none": ["ES0724"],
    "{{ $.password }}": [],
}


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates(template: str) -> None:
    """Wherever the key is read, and whatever stands around it."""
    spec = f"target: {{template: {{data: {{k: {template!r}}}}}}}\n{ONE}"

    assert found(spec) == TEMPLATES[template]


@pytest.mark.parametrize(
    "place",
    [
        "metadata: {labels: {a: TEXT}}",
        "metadata: {annotations: {a: TEXT}}",
        "templateFrom: [{literal: TEXT}]",
    ],
)
def test_templates_stand_in_many_places(place: str) -> None:
    """Each is parsed, and its keys count."""
    broken = place.replace("TEXT", "'{{ .password'")

    assert found(f"target: {{template: {{{broken}}}}}\n{ONE}") == ["ES0720"]


def test_rewrite_templates_see_one_key() -> None:
    """Their ``.value`` is no fetched key; syntax counts all the same."""
    entry = "dataFrom: [{extract: {key: a}, rewrite: [{transform: {template: 'TEXT'}}]}]"

    assert found(entry.replace("TEXT", "{{ .value | upper }}")) == []
    assert found(entry.replace("TEXT", "{{ .value | uper }}")) == ["ES0721"]


def test_templates_in_sources_of_the_input() -> None:
    """A ConfigMap is told with the line of its key; of a Secret nothing is quoted."""
    spec = f"target: {{template: {{templateFrom: [SOURCE]}}}}\n{ONE}"
    source = "{KIND: {name: s, items: [{key: k}]}}"
    config_map = (
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata:\n  k: '{{ canary'\n"
    )
    secret = config_map.replace("ConfigMap", "Secret").replace("\ndata:", "\nstringData:")

    told = checked(
        config_map
        + FAKE
        + external_secret(spec.replace("SOURCE", source.replace("KIND", "configMap")))
    ).errors
    hidden = checked(
        secret + FAKE + external_secret(spec.replace("SOURCE", source.replace("KIND", "secret")))
    ).errors

    assert [(one.error.rule, str(one.error.at)) for one in told] == [("ES0721", "-:6")]
    assert 'function "canary"' in told[0].error.message
    assert [(one.error.rule, str(one.error.at)) for one in hidden] == [("ES0721", "-:6")]
    assert "canary" not in f"{hidden[0].error.message} {hidden[0].error.hint}"


def test_a_source_that_this_run_makes_is_no_lost_reference() -> None:
    """Another ExternalSecret writes the Secret with the template."""
    source = "templateFrom: [{secret: {name: made, items: [{key: k}]}}]"
    reader = external_secret(f"target: {{template: {{{source}}}}}\n{ONE}")
    maker = external_secret(f"target: {{name: made}}\n{ONE}", name="maker")

    assert rules(FAKE + reader) == ["ES0730"]
    assert rules(FAKE + reader + maker) == []


def test_references_are_errors_in_a_closed_world() -> None:
    """``--closed``: stores, sources and generators."""
    spec = f"secretStoreRef: {{name: lost}}\n{ONE}"
    source = "target: {template: {templateFrom: [{configMap: {name: c, items: [{key: k}]}}]}}\n"

    noted, closed = checked(external_secret(spec)), checked(external_secret(spec), closed=True)
    more = checked(FAKE + external_secret(source + ONE), closed=True)

    assert [one.error.rule for one in noted.remarks] == ["ES0012"]
    assert noted.errors == ()
    assert [one.error.rule for one in closed.errors] == ["ES0012"]
    assert [one.error.rule for one in more.errors] == ["ES0730"]


def test_stores_that_nobody_uses_are_checked() -> None:
    """A built one by its provider, another one by its schema; each finding once."""
    vault = store("{vault: {auth: {}}}", name="built")
    doppler = store("{doppler: {auth: {secretRef: {token: {name: a}}}}}", name="later")
    user = external_secret(f"secretStoreRef: {{name: built}}\n{ONE}")

    errors = checked(vault + doppler + user).errors

    assert sorted((str(one.ref), one.error.rule) for one in errors) == [
        ("SecretStore default/built", "ES0105"),
        ("SecretStore default/later", "ES0101"),
        ("SecretStore default/later", "ES0105"),
    ]


def test_a_broken_store_is_told_once() -> None:
    """Those that use it have a note."""
    broken = store("{fake: {data: []}, vault: {server: a}}")

    told = checked(broken + external_secret(ONE))

    assert [one.error.rule for one in told.errors] == ["ES0122"]
    assert [one.error.rule for one in told.remarks] == ["ES0011"]


def test_versions_that_are_gone() -> None:
    """The hint says that v1 has no such provider."""
    text = store("{alibaba: {regionID: a, auth: {}}}").replace("/v1", "/v1beta1")

    warnings = checked(text).warnings

    assert [one.error.rule for one in warnings] == ["ES0701"]
    assert warnings[0].error.hint == "v1 has no provider alibaba: move to another store"


def test_a_cluster_external_secret_is_told_once() -> None:
    """However many namespaces it goes to."""
    spaces = "".join(
        f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n" for name in "abc"
    )
    cluster = store("{fake: {data: []}}", conditions="[{namespaces: [a, b, c]}]")
    text = (
        "---\napiVersion: external-secrets.io/v1\nkind: ClusterExternalSecret\n"
        "metadata: {name: all}\nspec:\n  namespaces: [a, b, c]\n  externalSecretSpec:\n"
        "    secretStoreRef: {name: store, kind: ClusterSecretStore}\n"
        "    target: {template: {data: {k: '{{ .password'}}}\n"
        f"    {ONE}\n"
    )

    assert rules(spaces + cluster + text) == ["ES0720"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("metadata: {name: r}\nrules: [{resources: [secrets], resourceNames: ['a*']}]", True),
        (
            (
                "metadata: {name: r}\nrules: [{apiGroups: [rbac.authorization.k8s.io], "
                "resources: [roles], resourceNames: ['system:*']}]"
            ),
            False,
        ),
        ("metadata: {name: r}\nrules: [{resources: ['*'], verbs: ['*']}]", False),
        ("metadata:\nrules: {a: b}", False),
        ("metadata: []\nrules: [a, {resourceNames: {}}, {resourceNames: [1, null]}]", False),
        ("metadata: {annotations: 3}", False),
    ],
)
def test_roles(body: str, told: bool) -> None:  # noqa: FBT001
    """They are looked at as they come; those that are none are somebody else's matter."""
    for kind in ("Role", "ClusterRole"):
        text = f"apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\n{body}\n"

        assert rules(text) == (["ES0704"] if told else [])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("server: {url: https://shared.example}", True),
        ("server: {url: shared.example}", False),
        ("server: {url: https://shared.example, caBundle: eA==}", False),
        ("server: {url: http://localhost:8001}", False),
        ("server: {url: https://kubernetes.default.svc:443}", False),
        ("server: {url: https://kubernetes.default.example}", True),
        ("server: {}", False),
    ],
)
@pytest.mark.parametrize(
    "provider",
    ["kubernetes", "crd"],
)
def test_another_cluster(provider: str, settings: str, told: bool) -> None:  # noqa: FBT001
    """The cluster of the run is known by its context, and plain http has no certificate."""
    more = "" if provider == "kubernetes" else ", resource: {group: a.b, version: v1, kind: C}"
    auth = "auth: {serviceAccount: {name: reader}}"
    text = store(f"{{{provider}: {{{settings}, {auth}{more}}}}}")
    assert ("ES0726" in rules(text)) is told
