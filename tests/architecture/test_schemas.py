"""The schemas are sound, and say the same as the typed reader."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

import pytest
from jsonschema import Draft202012Validator

from esync.manifests import beta, typed
from esync.manifests.errors import Rejected
from esync.manifests.externalsecret import (
    GENERATOR_KINDS,
    ClusterExternalSecretSpec,
    ExternalSecretSpec,
)
from esync.manifests.kinds import PROVIDERS
from esync.manifests.reader import ANNOTATIONS, is_required, manifest_name
from esync.manifests.schema import KINDS, VERSIONS, schema_text, violations
from tests.unit.manifests.builders import of_kind

if TYPE_CHECKING:
    from esync.manifests.document import Document

_JSON_TYPES: dict[Any, str] = {str: "string", int: "integer", bool: "boolean"}
ALL = [(kind, version) for kind in KINDS for version in VERSIONS]
SPECS: dict[str, type] = {
    "ExternalSecret": ExternalSecretSpec,
    "ClusterExternalSecret": ClusterExternalSecretSpec,
    "SecretStore": typed.StoreSpec,
    "ClusterSecretStore": typed.StoreSpec,
}


def schema_of(kind: str, version: str) -> dict[str, Any]:
    """Return a schema as a value."""
    loaded: dict[str, Any] = json.loads(schema_text(kind, version))
    return loaded


@pytest.mark.parametrize(("kind", "version"), ALL)
def test_schemas_are_valid_and_complete(kind: str, version: str) -> None:
    """By the metaschema; with an id, and every reference in the file itself."""
    schema = schema_of(kind, version)

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"https://esync.dev/schemas/{kind.lower()}_{version}.json"
    references = {node["$ref"] for node in _nodes(schema) if "$ref" in node}
    assert references == {f"#/$defs/{name}" for name in schema["$defs"]}


@pytest.mark.parametrize(("kind", "version"), ALL)
def test_every_object_is_closed(kind: str, version: str) -> None:
    """A field that is not known is an error; metadata, status and dropped providers are open."""
    schema = schema_of(kind, version)
    dropped = schema["properties"]["spec"]["properties"].get("provider", {}).get("properties", {})
    is_open = [schema["properties"]["metadata"], schema["properties"]["status"]]
    is_open += [dropped[name] for name in ("alibaba", "device42") if name in dropped]

    for node in _nodes(schema):
        if node.get("type") == "object" and node not in is_open:
            assert "additionalProperties" in node


@pytest.mark.parametrize(("kind", "version"), ALL)
def test_the_main_fields_are_described(kind: str, version: str) -> None:
    """Editors show it."""
    schema = schema_of(kind, version)
    spec = schema["properties"]["spec"]["properties"]

    assert schema["description"].endswith(".")
    for field in (*spec.values(), *spec.get("provider", {}).get("properties", {}).values()):
        is_described = "description" in _resolved(field, schema)
        assert is_described or field == spec.get("refreshInterval")


def test_providers_and_generators_are_the_same_everywhere() -> None:
    """In the schemas and in the tables of the code."""
    for version, known in (("v1", PROVIDERS), ("v1beta1", beta.PROVIDERS)):
        spec = schema_of("SecretStore", version)["properties"]["spec"]["properties"]
        assert set(spec["provider"]["properties"]) == known
    generator = schema_of("ExternalSecret", "v1")["$defs"]["generatorRef"]
    assert set(generator["properties"]["kind"]["enum"]) == set(GENERATOR_KINDS)


def test_both_store_kinds_have_one_spec() -> None:
    """They differ in their names and scope alone."""
    for version in VERSIONS:
        one, other = (schema_of(kind, version) for kind in ("SecretStore", "ClusterSecretStore"))
        assert one["properties"]["spec"] == other["properties"]["spec"]
        assert one["$defs"] == other["$defs"]


@pytest.mark.parametrize("kind", KINDS)
def test_dataclasses_and_schemas_have_the_same_fields(kind: str) -> None:
    """Names, types, words, requiredness and defaults, all the way down."""
    schema = schema_of(kind, "v1")

    differences = list(_compare(SPECS[kind], schema["properties"]["spec"], schema, "spec"))

    assert differences == []


def _compare(cls: type, node: dict[str, Any], root: dict[str, Any], at: str) -> Any:
    """Yield each difference between a dataclass and an object of the schema."""
    node = _resolved(node, root)
    members = {manifest_name(field): field for field in fields(cls)}
    if members.keys() != node["properties"].keys():
        yield at, sorted(members.keys() ^ node["properties"].keys())
        return
    required = {name for name, field in members.items() if is_required(field)}
    if required != set(node.get("required", [])):
        yield at, "required", sorted(required ^ set(node.get("required", [])))
    hints = get_type_hints(cls, localns=dict(ANNOTATIONS))
    for name, field in members.items():
        inner = _resolved(node["properties"][name], root)
        yield from _compare_type(hints[field.name], inner, root, f"{at}.{name}")
        default = inner.get("default")
        if isinstance(default, str) and default != field.default:
            yield f"{at}.{name}", "default", default


def _compare_type(hint: Any, node: dict[str, Any], root: dict[str, Any], at: str) -> Any:
    node = _resolved(node, root)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        some = [argument for argument in arguments if argument is not type(None)]
        if len(some) == 1:
            yield from _compare_type(some[0], node, root, at)
        elif sorted(node["type"]) != ["integer", "string"]:
            yield at, node["type"]
    elif origin is tuple:
        yield from _compare_type(arguments[0], node["items"], root, f"{at}[]")
    elif is_dataclass(hint) and isinstance(hint, type):
        yield from _compare(hint, node, root, at)
    elif isinstance(hint, type) and issubclass(hint, StrEnum):
        if {word.value for word in hint} != set(node["enum"]):
            yield at, node["enum"]
    elif node["type"] != _JSON_TYPES.get(hint, "object"):
        yield at, node["type"]


def _resolved(node: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """Return what a node says, together with the definition that it refers to."""
    own = {key: value for key, value in node.items() if key != "$ref"}
    name = node.get("$ref", "").removeprefix("#/$defs/")
    return {**root["$defs"][name], **own} if name else own


def _nodes(node: Any) -> Any:
    """Yield every mapping in a schema."""
    if isinstance(node, dict):
        yield node
        for member in node.values():
            yield from _nodes(member)
    elif isinstance(node, list):
        for item in node:
            yield from _nodes(item)


# One row: a kind, the spec of a document, and whether the API accepts it. Admission rules are
# another matter.
VERDICTS = [
    ("ExternalSecret", "{}", True),
    ("ExternalSecret", "data: []\ndataFrom: []", True),
    ("ExternalSecret", "data: null", True),
    ("ExternalSecret", "secretStoreRef: {}", True),
    ("ExternalSecret", "secretStoreRef: {name: a.b-c, kind: ClusterSecretStore}", True),
    ("ExternalSecret", "secretStoreRef: {name: ''}", False),
    ("ExternalSecret", "secretStoreRef: {name: a_b}", False),
    ("ExternalSecret", "secretStoreRef: {kind: Store}", False),
    ("ExternalSecret", "secretStoreRef: a", False),
    ("ExternalSecret", "refreshInterval: 1h30m", True),
    ("ExternalSecret", "refreshInterval: '0'", True),
    ("ExternalSecret", "refreshInterval: -1s", True),
    ("ExternalSecret", "refreshInterval: 0", False),
    ("ExternalSecret", "refreshInterval: 1d", False),
    ("ExternalSecret", "refreshInterval: ''", False),
    ("ExternalSecret", "refreshPolicy: OnChange", True),
    ("ExternalSecret", "refreshPolicy: onChange", False),
    ("ExternalSecret", "refreshPolicy: ''", False),
    ("ExternalSecret", "target: {}", True),
    ("ExternalSecret", "target: {creationPolicy: CreateOrMerge, deletionPolicy: Merge}", True),
    ("ExternalSecret", "target: {creationPolicy: ''}", False),
    ("ExternalSecret", "target: {immutable: 'true'}", False),
    ("ExternalSecret", "target: {immutable: yes}", True),
    ("ExternalSecret", "target: {name: A}", False),
    ("ExternalSecret", "target: {manifest: {apiVersion: v1, kind: ConfigMap}}", True),
    ("ExternalSecret", "target: {manifest: {apiVersion: '', kind: ConfigMap}}", False),
    ("ExternalSecret", "target: {manifest: {apiVersion: v1}}", False),
    ("ExternalSecret", "target: {template: {data: {a: b}, type: Opaque}}", True),
    ("ExternalSecret", "target: {template: {data: {a: null}}}", True),
    ("ExternalSecret", "target: {template: {data: {a: 1}}}", False),
    ("ExternalSecret", "target: {template: {engineVersion: v1}}", False),
    ("ExternalSecret", "target: {template: {metadata: {labels: {a: b}, finalizers: [c]}}}", True),
    ("ExternalSecret", "target: {template: {metadata: {name: a}}}", False),
    ("ExternalSecret", "target: {template: {templateFrom: [{}, {literal: a, target: x.y}]}}", True),
    ("ExternalSecret", "target: {template: {templateFrom: [{configMap: {name: a}}]}}", False),
    (
        "ExternalSecret",
        "target: {template: {templateFrom: [{secret: {name: a, items: [{key: b c}]}}]}}",
        False,
    ),
    (
        "ExternalSecret",
        "target: {template: {templateFrom: [{secret: {name: a, items: []}}]}}",
        True,
    ),
    ("ExternalSecret", "data: [{secretKey: a, remoteRef: {key: ''}}]", True),
    ("ExternalSecret", "data: [{secretKey: a, remoteRef: {}}]", False),
    ("ExternalSecret", "data: [{secretKey: a}]", False),
    ("ExternalSecret", "data: [{remoteRef: {key: a}}]", False),
    ("ExternalSecret", "data: [{secretKey: a b, remoteRef: {key: a}}]", False),
    ("ExternalSecret", "data: [{secretKey: a, remoteRef: {key: a, version: 1}}]", False),
    ("ExternalSecret", "data: [{secretKey: a, remoteRef: {key: a, version: null}}]", True),
    ("ExternalSecret", "data: [{secretKey: a, remoteRef: {key: a, poperty: b}}]", False),
    ("ExternalSecret", "data: [{secretKey: a, remoteRef: {key: a}, sourceRef: {}}]", False),
    ("ExternalSecret", "data: [null]", False),
    ("ExternalSecret", "data: {}", False),
    ("ExternalSecret", "dataFrom: [{}]", True),
    ("ExternalSecret", "dataFrom: [{key: a}]", False),
    ("ExternalSecret", "dataFrom: [{find: {path: a, name: {regexp: '('}, tags: {a: b}}}]", True),
    ("ExternalSecret", "dataFrom: [{find: {tags: [a]}}]", False),
    ("ExternalSecret", "dataFrom: [{sourceRef: {storeRef: {name: a}}}]", True),
    (
        "ExternalSecret",
        "dataFrom: [{sourceRef: {storeRef: {}, generatorRef: {kind: UUID, name: a}}}]",
        False,
    ),
    ("ExternalSecret", "dataFrom: [{sourceRef: {storeRef: null}}]", False),
    ("ExternalSecret", "dataFrom: [{sourceRef: {generatorRef: {kind: Uuid, name: a}}}]", False),
    ("ExternalSecret", "dataFrom: [{rewrite: [{regexp: {source: a, target: ''}}]}]", True),
    ("ExternalSecret", "dataFrom: [{rewrite: [{regexp: {source: a}}]}]", False),
    ("ExternalSecret", "dataFrom: [{rewrite: [{}]}]", False),
    (
        "ExternalSecret",
        "dataFrom: [{rewrite: [{transform: {template: a}, merge: {}}]}]",
        False,
    ),
    ("ExternalSecret", "dataFrom: [{rewrite: [{merge: {into: '', priority: [a]}}]}]", True),
    ("ExternalSecret", "dataFrom: [{rewrite: [{merge: {strategy: Json}}]}]", False),
    (
        "ExternalSecret",
        "syncWindows: {kind: allow, windows: [{schedule: '0 8 * * 1', duration: 1h}]}",
        True,
    ),
    (
        "ExternalSecret",
        "syncWindows: {kind: deny, windows: [{schedule: '@every 2h', duration: 1h}]}",
        True,
    ),
    (
        "ExternalSecret",
        "syncWindows: {kind: Deny, windows: [{schedule: '@daily', duration: 1h}]}",
        False,
    ),
    (
        "ExternalSecret",
        "syncWindows: {kind: deny, windows: [{schedule: '0  8 * * 1', duration: 1h}]}",
        False,
    ),
    (
        "ExternalSecret",
        "syncWindows: {kind: deny, windows: [{schedule: '@daily', duration: 1x}]}",
        False,
    ),
    ("ExternalSecret", "syncWindows: {kind: deny, windows: []}", False),
    ("ExternalSecret", "status: {}", False),
    ("ClusterExternalSecret", "externalSecretSpec: {}", True),
    ("ClusterExternalSecret", "{}", False),
    ("ClusterExternalSecret", "externalSecretSpec: {target: {nam: a}}", False),
    ("ClusterExternalSecret", "externalSecretSpec: {}\nnamespaces: [a, b-c]", True),
    ("ClusterExternalSecret", "externalSecretSpec: {}\nnamespaces: [a.b]", False),
    ("ClusterExternalSecret", "externalSecretSpec: {}\nnamespaceSelectors: [{}]", True),
    ("ClusterExternalSecret", "externalSecretSpec: {}\nnamespaceSelectors: [null]", False),
    (
        "ClusterExternalSecret",
        "externalSecretSpec: {}\nnamespaceSelector: {matchExpressions: [{key: a}]}",
        False,
    ),
    ("ClusterExternalSecret", "externalSecretSpec: {}\nrefreshTime: 5", False),
    ("ClusterExternalSecret", "externalSecretSpec: {}\nrefreshInterval: 5m", False),
    ("SecretStore", "provider: {fake: {data: []}}", True),
    ("SecretStore", "provider: {fake: {data: []}, vault: null}", True),
    ("SecretStore", "provider: {}", False),
    ("SecretStore", "provider: {fake: null}", False),
    ("SecretStore", "provider: {fakee: {}}", False),
    ("SecretStore", "provider: {fake: x}", False),
    ("SecretStore", "{}", False),
    ("SecretStore", "provider: {fake: {data: []}}\ncontroller: 1", False),
    ("SecretStore", "provider: {fake: {data: []}}\nrefreshInterval: 60", True),
    ("SecretStore", "provider: {fake: {data: []}}\nrefreshInterval: 1h", True),
    ("SecretStore", "provider: {fake: {data: []}}\nrefreshInterval: true", False),
    ("SecretStore", "provider: {fake: {data: []}}\nretrySettings: {maxRetries: 3}", True),
    ("SecretStore", "provider: {fake: {data: []}}\nretrySettings: {maxRetries: 3.0}", True),
    ("SecretStore", "provider: {fake: {data: []}}\nretrySettings: {maxRetries: 2147483648}", False),
    ("SecretStore", "provider: {fake: {data: []}}\nretrySettings: {maxRetries: '3'}", False),
    (
        "ClusterSecretStore",
        "provider: {fake: {data: []}}\nconditions: [{}, {namespaceRegexes: ['(']}]",
        True,
    ),
    ("ClusterSecretStore", "provider: {fake: {data: []}}\nconditions: [{namespaces: [A]}]", False),
    ("ClusterSecretStore", "provider: {fake: {data: []}}\nconditions: {}", False),
]


def is_read(found: Document) -> bool:
    """Tell whether the typed reader accepts a document."""
    read: Any = {
        "ExternalSecret": typed.external_secret,
        "ClusterExternalSecret": typed.cluster_external_secret,
    }.get(found.kind, typed.store)
    try:
        read(found)
    except Rejected:
        return False
    return True


@pytest.mark.parametrize(("kind", "spec", "accepted"), VERDICTS)
def test_reader_and_schema_agree(kind: str, spec: str, accepted: bool) -> None:  # noqa: FBT001
    """Both say what the API says."""
    found = of_kind(kind, spec)

    assert (is_read(found), violations(found) == []) == (accepted, accepted)


@pytest.mark.parametrize(("kind", "spec", "accepted"), VERDICTS)
def test_reader_and_schema_agree_on_v1beta1(kind: str, spec: str, accepted: bool) -> None:  # noqa: FBT001
    """What v1 refuses, v1beta1 refuses as well; they refuse the same."""
    found = of_kind(kind, spec, "v1beta1")

    assert is_read(found) == (violations(found) == [])
    assert accepted or not is_read(found)
