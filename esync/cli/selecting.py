"""The flags that choose what is taken from the cluster instead of files."""

# No `from __future__ import annotations`: Typer reads these types while the program starts.

from typing import Annotated, Final

from typer import Option

from esync.records import dataclass, field

INPUT: Final = "What is read"


@dataclass(frozen=True, slots=True)
class SelectionFlags:
    """Which ExternalSecrets of the cluster are meant."""

    from_cluster: Annotated[
        bool,
        Option(
            "--from-cluster",
            help="Read ExternalSecrets and stores from the cluster instead of files.",
            rich_help_panel=INPUT,
        ),
    ] = False
    all_namespaces: Annotated[
        bool,
        Option(
            "-A",
            "--all-namespaces",
            help="With --from-cluster: those of every namespace.",
            rich_help_panel=INPUT,
        ),
    ] = False
    selector: Annotated[
        str,
        Option(
            "-l",
            "--selector",
            metavar="SELECTOR",
            help="With --from-cluster: those with these labels.",
            rich_help_panel=INPUT,
        ),
    ] = ""
    name: Annotated[
        list[str],
        Option(
            "--name",
            metavar="NAME",
            help="With --from-cluster: those of this name. Repeatable.",
            rich_help_panel=INPUT,
        ),
    ] = field(default_factory=list)
    expand: Annotated[
        bool,
        Option(
            "--expand",
            help="With --from-cluster: deliver the Secrets of ClusterExternalSecrets without "
            "making ExternalSecrets.",
            rich_help_panel=INPUT,
        ),
    ] = False
