"""ExternalSecret and ClusterExternalSecret, typed and with the API server's defaults.

Source: External Secrets Operator 2.9, the API reference of ``external-secrets.io/v1``.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Final

from esync.manifests.formats import (
    DNS_NAME,
    DURATION,
    NONEMPTY,
    NS_NAME,
    SECRET_KEY,
    Choice,
    Format,
    number,
    one_of,
    text,
)
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.errors import Location
    from esync.manifests.document import Document, Path

DEFAULT_REFRESH: Final = "1h0m0s"

# What a generatorRef may name.
GENERATOR_KINDS: Final = (
    "ACRAccessToken",
    "BeyondtrustWorkloadCredentialsDynamicSecret",
    "ClusterGenerator",
    "CloudsmithAccessToken",
    "ECRAuthorizationToken",
    "Fake",
    "GCRAccessToken",
    "GithubAccessToken",
    "GitlabDeployToken",
    "Grafana",
    "MFA",
    "Password",
    "QuayAccessToken",
    "SSHKey",
    "STSSessionToken",
    "UUID",
    "VaultDynamicSecret",
    "Webhook",
)

SCHEDULE: Final = Format(
    'five fields separated by single spaces, or a word such as "@daily" or "@every 2h"',
    pattern=(
        r"(@(annually|yearly|monthly|weekly|daily|midnight|hourly)"
        r"|@every [^\s]+.*|[^\s]+( [^\s]+){4})"
    ),
    least=1,
)


class StoreKind(StrEnum):
    """The two kinds of store."""

    SECRET_STORE = "SecretStore"
    CLUSTER_SECRET_STORE = "ClusterSecretStore"


class CreationPolicy(StrEnum):
    """How the target comes to be."""

    OWNER = "Owner"
    ORPHAN = "Orphan"
    MERGE = "Merge"
    NONE = "None"
    CREATE_OR_MERGE = "CreateOrMerge"


class DeletionPolicy(StrEnum):
    """What happens when the store has nothing any more."""

    DELETE = "Delete"
    MERGE = "Merge"
    RETAIN = "Retain"


class RefreshPolicy(StrEnum):
    """When the operator fetches again."""

    CREATED_ONCE = "CreatedOnce"
    PERIODIC = "Periodic"
    ON_CHANGE = "OnChange"


class ConversionStrategy(StrEnum):
    """How key names become legal."""

    DEFAULT = "Default"
    UNICODE = "Unicode"


class DecodingStrategy(StrEnum):
    """How value bytes are decoded."""

    AUTO = "Auto"
    BASE64 = "Base64"
    BASE64_URL = "Base64URL"
    NONE = "None"


class NullBytePolicy(StrEnum):
    """Whether a value may hold a zero byte."""

    IGNORE = "Ignore"
    FAIL = "Fail"


class MetadataPolicy(StrEnum):
    """Whether a secret's value or its metadata is asked for."""

    NONE = "None"
    FETCH = "Fetch"


class MergePolicy(StrEnum):
    """Whether fetched keys stay beside templated ones."""

    REPLACE = "Replace"
    MERGE = "Merge"


class TemplateScope(StrEnum):
    """What a template source yields: one value, or keys and values as YAML."""

    VALUES = "Values"
    KEYS_AND_VALUES = "KeysAndValues"


class PriorityPolicy(StrEnum):
    """Whether a key named in ``priority`` may be missing."""

    STRICT = "Strict"
    IGNORE_NOT_FOUND = "IgnoreNotFound"


class ConflictPolicy(StrEnum):
    """Whether two merged keys may have one name."""

    ERROR = "Error"
    IGNORE = "Ignore"


class MergeStrategy(StrEnum):
    """Whether merge yields keys or one JSON document."""

    EXTRACT = "Extract"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class StoreRef:
    """Names a store."""

    name: str = field(default="", metadata=DNS_NAME)
    kind: StoreKind = StoreKind.SECRET_STORE


@dataclass(frozen=True, slots=True)
class GeneratorRef:
    """Names a generator."""

    kind: str = field(metadata=one_of(*GENERATOR_KINDS))
    name: str = field(metadata=DNS_NAME)
    api_version: str = "generators.external-secrets.io/v1alpha1"


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Overrides the store, or names a generator."""

    CHOICES: ClassVar = (Choice(("storeRef", "generatorRef")),)

    store_ref: StoreRef | None = None
    generator_ref: GeneratorRef | None = None


@dataclass(frozen=True, slots=True)
class RemoteRef:
    """Points at one remote secret, or at something in it."""

    key: str
    property: str = ""
    version: str = ""
    metadata_policy: MetadataPolicy = MetadataPolicy.NONE
    conversion_strategy: ConversionStrategy = ConversionStrategy.DEFAULT
    decoding_strategy: DecodingStrategy = DecodingStrategy.NONE
    null_byte_policy: NullBytePolicy = NullBytePolicy.IGNORE


@dataclass(frozen=True, slots=True)
class FindName:
    """A regular expression over remote names."""

    regexp: str = ""


@dataclass(frozen=True, slots=True)
class Find:
    """Points at many remote secrets. ``tags`` is None when absent: stores tell that from empty."""

    path: str | None = None
    name: FindName | None = None
    tags: Mapping[str, str] | None = None
    conversion_strategy: ConversionStrategy = ConversionStrategy.DEFAULT
    decoding_strategy: DecodingStrategy = DecodingStrategy.NONE
    null_byte_policy: NullBytePolicy = NullBytePolicy.IGNORE


@dataclass(frozen=True, slots=True)
class RewriteRegexp:
    """Replaces matches in key names."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class RewriteTransform:
    """Makes a new key name with a template."""

    template: str


@dataclass(frozen=True, slots=True)
class RewriteMerge:
    """Merges JSON values into keys, or into one key."""

    into: str = ""
    priority: tuple[str, ...] = ()
    priority_policy: PriorityPolicy = PriorityPolicy.STRICT
    conflict_policy: ConflictPolicy = ConflictPolicy.ERROR
    strategy: MergeStrategy = MergeStrategy.EXTRACT


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One rewrite operation: exactly one member is set."""

    CHOICES: ClassVar = (Choice(("regexp", "transform", "merge")),)

    regexp: RewriteRegexp | None = None
    transform: RewriteTransform | None = None
    merge: RewriteMerge | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """One key of the Secret and where its value is."""

    secret_key: str = field(metadata=SECRET_KEY)
    remote_ref: RemoteRef
    source_ref: SourceRef | None = None


@dataclass(frozen=True, slots=True)
class DataFrom:
    """Many keys of the Secret and where they are."""

    extract: RemoteRef | None = None
    find: Find | None = None
    source_ref: SourceRef | None = None
    rewrite: tuple[Rewrite, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateItem:
    """One key of a ConfigMap or Secret that holds a template."""

    key: str = field(metadata=SECRET_KEY)
    template_as: TemplateScope = TemplateScope.VALUES


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """A ConfigMap or Secret that holds templates."""

    name: str = field(metadata=DNS_NAME)
    items: tuple[TemplateItem, ...]


@dataclass(frozen=True, slots=True)
class TemplateFrom:
    """One entry of ``templateFrom``."""

    config_map: TemplateSource | None = None
    secret: TemplateSource | None = None
    literal: str | None = None
    target: str = "Data"
    values_decoding_strategy: DecodingStrategy = DecodingStrategy.NONE


@dataclass(frozen=True, slots=True)
class TemplateMetadata:
    """Labels, annotations and finalizers of the target."""

    annotations: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    finalizers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """How the target is built."""

    type: str = ""
    engine_version: str = field(default="v2", metadata=one_of("v2"))
    merge_policy: MergePolicy = MergePolicy.REPLACE
    metadata: TemplateMetadata = field(default_factory=TemplateMetadata)
    data: Mapping[str, str] = field(default_factory=dict)
    template_from: tuple[TemplateFrom, ...] = ()


@dataclass(frozen=True, slots=True)
class ManifestTarget:
    """Another kind than Secret as the target."""

    api_version: str = field(metadata=NONEMPTY)
    kind: str = field(metadata=NONEMPTY)


@dataclass(frozen=True, slots=True)
class Target:
    """What is built, and how it lives."""

    name: str = field(default="", metadata=DNS_NAME)
    creation_policy: CreationPolicy = CreationPolicy.OWNER
    deletion_policy: DeletionPolicy = DeletionPolicy.RETAIN
    immutable: bool = False
    manifest: ManifestTarget | None = None
    template: Template | None = None


class WindowKind(StrEnum):
    """Whether windows allow or deny."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class SyncWindow:
    """A schedule and how long each firing lasts."""

    schedule: str = field(metadata=text(SCHEDULE))
    duration: str = field(metadata=DURATION)


@dataclass(frozen=True, slots=True)
class SyncWindows:
    """When periodic refreshes may happen."""

    kind: WindowKind
    windows: tuple[SyncWindow, ...] = field(metadata=number(least=1))


@dataclass(frozen=True, slots=True)
class ExternalSecretSpec:
    """The ``spec`` of an ExternalSecret."""

    secret_store_ref: StoreRef | None = None
    target: Target = field(default_factory=Target)
    refresh_policy: RefreshPolicy | None = None
    refresh_interval: str = field(default=DEFAULT_REFRESH, metadata=DURATION)
    sync_windows: SyncWindows | None = None
    data: tuple[Data, ...] = ()
    data_from: tuple[DataFrom, ...] = ()


class Pending(StrEnum):
    """What has to be done before the cluster has an ExternalSecret as it is here."""

    NOTHING = ""
    CREATE = "create"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class ExternalSecret:
    """One ExternalSecret.

    Attributes:
        labels, annotations: its own metadata.
        uid, generation: known only of an object that exists in the cluster.
        status: the object's status as the cluster has it.
        origin: the ClusterExternalSecret that it was expanded from, else empty.
        pending: the cluster is known to have none of this name, or another one.
    """

    name: str
    namespace: str
    spec: ExternalSecretSpec
    document: Document
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    uid: str = ""
    generation: int = 0
    status: Mapping[str, Any] = field(default_factory=dict)
    origin: str = ""
    pending: Pending = Pending.NOTHING

    def place(self, *path: str | int) -> Location:
        """Return where a field of this object stands, e.g. ``place("spec", "data", 0)``."""
        full: Path = ("spec", "externalSecretSpec", *path[1:]) if self.origin else path
        return self.document.place(full)

    @property
    def makes_names(self) -> bool:
        """Whether keys, labels or annotations may get names that are made from values."""
        template = self.spec.target.template
        sources = template.template_from if template else ()
        literals = [one.literal for one in sources if one.literal is not None]
        items = [
            item
            for one in sources
            for held in (one.config_map, one.secret)
            if held
            for item in held.items
        ]
        return (
            any("{{" in text for text in literals)
            or any(item.template_as is TemplateScope.KEYS_AND_VALUES for item in items)
            or any(step.merge for one in self.spec.data_from for step in one.rewrite)
        )

    def store_refs(self) -> Iterator[StoreRef]:
        """Yield every store that is named: the ExternalSecret's own first, then its entries'."""
        yield from store_refs_of(self.spec)

    @property
    def target_name(self) -> str:
        """The name of what is built."""
        return self.spec.target.name or self.name


def store_refs_of(spec: ExternalSecretSpec) -> Iterator[StoreRef]:
    """Yield every store that a spec names, its own first."""
    sources = [one.source_ref for one in spec.data]
    sources += [one.source_ref for one in spec.data_from]
    own = [spec.secret_store_ref, *(one.store_ref for one in sources if one)]
    yield from (ref for ref in own if ref and ref.name)


@dataclass(frozen=True, slots=True)
class LabelRequirement:
    """One expression of a label selector."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """Chooses objects by their labels; an empty one chooses all."""

    match_labels: Mapping[str, str] = field(default_factory=dict)
    match_expressions: tuple[LabelRequirement, ...] = ()


@dataclass(frozen=True, slots=True)
class ExternalSecretMetadata:
    """Labels and annotations of the ExternalSecrets that are made."""

    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClusterExternalSecretSpec:
    """The ``spec`` of a ClusterExternalSecret."""

    external_secret_spec: ExternalSecretSpec
    external_secret_name: str = field(default="", metadata=DNS_NAME)
    external_secret_metadata: ExternalSecretMetadata = field(default_factory=ExternalSecretMetadata)
    namespace_selectors: tuple[LabelSelector, ...] = ()
    namespace_selector: LabelSelector | None = None
    namespaces: tuple[str, ...] = field(default=(), metadata=NS_NAME)
    refresh_time: str = field(default="", metadata=DURATION)


@dataclass(frozen=True, slots=True)
class ClusterExternalSecret:
    """One ClusterExternalSecret."""

    name: str
    spec: ClusterExternalSecretSpec
    document: Document
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    uid: str = ""
    status: Mapping[str, Any] = field(default_factory=dict)

    @property
    def external_secret_name(self) -> str:
        """The name of what it makes in each namespace."""
        return self.spec.external_secret_name or self.name
