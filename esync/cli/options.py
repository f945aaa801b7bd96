"""Every flag that commands share, in groups. The words are those of kubectl where it has them."""

# No `from __future__ import annotations`: Typer reads these types while the program starts.

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from typer import Option

from esync.cli.policing import GUARDS, PolicyFile
from esync.cli.selecting import INPUT as INPUT  # noqa: PLC0414 - as if it were here
from esync.cli.selecting import SelectionFlags as SelectionFlags  # noqa: PLC0414
from esync.records import dataclass, field

CLUSTER = "Which cluster"
OUTPUT = "What is printed"
STORES = "How stores are asked"


class Colour(StrEnum):
    """When to use colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class LogFormat(StrEnum):
    """How log lines look."""

    TEXT = "text"
    JSON = "json"


class ManifestFormat(StrEnum):
    """How manifests are spelled."""

    YAML = "yaml"
    JSON = "json"


class ReportFormat(StrEnum):
    """How results are spelled."""

    TEXT = "text"
    JSON = "json"


class PlanFormat(StrEnum):
    """How a plan is spelled."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class Refresh(StrEnum):
    """Which ExternalSecrets are fetched."""

    ALWAYS = "always"
    DUE = "due"


class WriteStatus(StrEnum):
    """Whether the status of ExternalSecrets in the cluster is written."""

    AUTO = "auto"
    NEVER = "never"


class DryRun(StrEnum):
    """Who checks what would be written."""

    NONE = "none"
    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class InputFlags:
    """Which manifests are read."""

    filename: Annotated[
        list[str],
        Option(
            "-f",
            "--filename",
            metavar="PATH",
            help="A file, a folder, or - for standard input. Repeatable.",
            rich_help_panel=INPUT,
        ),
    ] = field(default_factory=list)
    recursive: Annotated[
        bool, Option("-R", "--recursive", help="Read sub-folders too.", rich_help_panel=INPUT)
    ] = False
    kustomize: Annotated[
        list[str],
        Option(
            "-k",
            "--kustomize",
            metavar="DIR",
            help="Build a kustomization and read what it yields. Repeatable.",
            rich_help_panel=INPUT,
        ),
    ] = field(default_factory=list)
    namespace: Annotated[
        str,
        Option(
            "-n",
            "--namespace",
            metavar="NAME",
            help="For documents that name none. Default: the context's, else default.",
            rich_help_panel=INPUT,
        ),
    ] = ""
    trust: Annotated[
        list[str],
        Option(
            "--trust",
            metavar="PATH|cluster",
            help="Read stores, credentials and other objects from here only. Repeatable.",
            rich_help_panel=INPUT,
        ),
    ] = field(default_factory=list)
    policy: PolicyFile = None


@dataclass(frozen=True, slots=True)
class ClusterFlags:
    """Which cluster is talked to, and as whom."""

    kubeconfig: Annotated[
        str,
        Option(metavar="PATH", help="As in kubectl.", rich_help_panel=CLUSTER),
    ] = ""
    context: Annotated[
        str, Option(metavar="NAME", help="As in kubectl.", rich_help_panel=CLUSTER)
    ] = ""
    as_user: Annotated[
        str,
        Option("--as", metavar="NAME", help="Impersonate a user.", rich_help_panel=CLUSTER),
    ] = ""
    as_group: Annotated[
        list[str],
        Option(
            "--as-group",
            metavar="NAME",
            help="Impersonate a group. Repeatable.",
            rich_help_panel=CLUSTER,
        ),
    ] = field(default_factory=list)
    expect_context: Annotated[
        str,
        Option(
            metavar="NAME",
            help="Refuse to run against any other context.",
            rich_help_panel=CLUSTER,
        ),
    ] = ""
    offline: Annotated[
        bool,
        Option(
            "--offline",
            help="Never ask the cluster; what the input lacks is an error.",
            rich_help_panel=CLUSTER,
        ),
    ] = False


ALLOW_PLUGIN: Final = Option(
    "--allow-plugin",
    metavar="NAME",
    help="Let an installed package serve stores of this provider, if a manifest names it. "
    "Repeatable.",
    rich_help_panel=STORES,
)


@dataclass(frozen=True, slots=True)
class StoreFlags:
    """How stores are asked."""

    store_auth: Annotated[
        list[str],
        Option(
            "--store-auth",
            metavar="[STORE=]store|ambient",
            help="ambient: sign in as this process instead of as the store says. "
            "STORE is [KIND/][NAMESPACE/]NAME. Repeatable.",
            rich_help_panel=STORES,
        ),
    ] = field(default_factory=list)
    allow_host: Annotated[
        list[str],
        Option(
            "--allow-host",
            metavar="HOST",
            help="Let stores that are not trusted send credentials there. Repeatable.",
            rich_help_panel=STORES,
        ),
    ] = field(default_factory=list)
    allow_http: Annotated[
        list[str],
        Option(
            "--allow-http",
            metavar="HOST",
            help="Let stores use plain http to this host. Repeatable.",
            rich_help_panel=STORES,
        ),
    ] = field(default_factory=list)
    allow_ambient: Annotated[
        list[str],
        Option(
            "--allow-ambient",
            metavar="NAMESPACE/NAME",
            help="Let this namespaced store use the identity of this process. Repeatable.",
            rich_help_panel=STORES,
        ),
    ] = field(default_factory=list)
    allow_default_audience: Annotated[
        list[str],
        Option(
            "--allow-default-audience",
            metavar="HOST",
            help="Let a store that names no audience send there a token which is valid for the "
            "cluster itself, as the operator does. Repeatable.",
            rich_help_panel=STORES,
        ),
    ] = field(default_factory=list)
    allow_plugin: Annotated[list[str], ALLOW_PLUGIN] = field(default_factory=list)
    controller_class: Annotated[
        str,
        Option(
            metavar="NAME",
            help="Serve stores of this controller class, and those without one.",
            rich_help_panel=STORES,
        ),
    ] = "default"
    allow_generic_targets: Annotated[
        bool,
        Option(
            "--allow-generic-targets",
            help="Build targets of other kinds than Secret (spec.target.manifest).",
            rich_help_panel=GUARDS,
        ),
    ] = False
    timeout: Annotated[
        str,
        Option(metavar="DURATION", help="For the whole run, as 10m.", rich_help_panel=STORES),
    ] = "10m"
    concurrency: Annotated[
        int,
        Option(
            metavar="N",
            min=1,
            max=256,
            help="How many requests are under way at once.",
            rich_help_panel=STORES,
        ),
    ] = 16


@dataclass(frozen=True, slots=True)
class GuardFlags:
    """What a write may do."""

    adopt: Annotated[
        bool,
        Option(
            "--adopt",
            help="Take over Secrets that nobody manages, even if they lose keys.",
            rich_help_panel=GUARDS,
        ),
    ] = False
    allow_empty: Annotated[
        bool,
        Option(
            "--allow-empty",
            help="Let an empty value replace one that is not empty.",
            rich_help_panel=GUARDS,
        ),
    ] = False
    delete_limit: Annotated[
        int | None,
        Option(
            "--delete-limit",
            metavar="N",
            min=0,
            help="How many Secrets and ExternalSecrets may be deleted. Default: 5, or a tenth if "
            "that is more.",
            rich_help_panel=GUARDS,
        ),
    ] = None
    force: Annotated[
        bool,
        Option(
            "--force",
            help="With -f: write also what the operator reconciles with another spec.",
            rich_help_panel=GUARDS,
        ),
    ] = False


@dataclass(frozen=True, slots=True)
class LookFlags:
    """How people are talked to."""

    quiet: Annotated[
        bool, Option("-q", "--quiet", help="Only results and errors.", rich_help_panel=OUTPUT)
    ] = False
    verbose: Annotated[
        bool,
        Option("-v", "--verbose", help="Say more: notes, calls made.", rich_help_panel=OUTPUT),
    ] = False
    colour: Annotated[
        Colour,
        Option("--color", help="Also NO_COLOR is heard.", rich_help_panel=OUTPUT),
    ] = Colour.AUTO
    log_format: Annotated[LogFormat, Option(help="How log lines look.", rich_help_panel=OUTPUT)] = (
        LogFormat.TEXT
    )
    output_file: Annotated[
        Path | None,
        Option(
            "-O",
            "--output-file",
            metavar="PATH",
            help="Write the result there, readable by you alone.",
            rich_help_panel=OUTPUT,
        ),
    ] = None


Output = Annotated[
    ReportFormat, Option("-o", "--output", help="The format.", rich_help_panel=OUTPUT)
]
PlanOutput = Annotated[
    PlanFormat, Option("-o", "--output", help="The format.", rich_help_panel=OUTPUT)
]
Manifests = Annotated[
    ManifestFormat, Option("-o", "--output", help="The format.", rich_help_panel=OUTPUT)
]
RefreshWhen = Annotated[
    Refresh | None,
    Option(
        "--refresh",
        help="due: honour refreshPolicy, refreshInterval and syncWindows. "
        "Default: due with --from-cluster, else always.",
        rich_help_panel=STORES,
    ),
]
ShowValues = Annotated[
    bool,
    Option("--show-values", help="Print values. They are secret.", rich_help_panel=OUTPUT),
]
ShardOf = Annotated[
    str,
    Option(
        "--shard",
        metavar="I/N",
        help="Do part I (from 0) of N, split by namespace and name; --concurrency is divided.",
        rich_help_panel=INPUT,
    ),
]
