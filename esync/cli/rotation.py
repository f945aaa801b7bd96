"""The flags of a rotation that ends in the workloads: what is restarted, and how far followed."""

# No `from __future__ import annotations`: Typer reads these types while the program starts.

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

from typer import Option

from esync.records import dataclass

if TYPE_CHECKING:
    from esync.deploy import Restarting
    from esync.rollouts import Options

PANEL: Final = "What is restarted"
_LIMIT: Final = 20
NOBODY: Final = "none"


class Restart(StrEnum):
    """Which workloads are restarted when the data of a Secret changes."""

    NONE = "none"
    ANNOTATED = "annotated"
    CONSUMERS = "consumers"


@dataclass(frozen=True, slots=True)
class RestartFlags:
    """What is restarted when Secrets change."""

    restart: Annotated[
        Restart,
        Option(
            "--restart",
            help="Restart the workloads for which a Secret changed: annotated, those that "
            "Reloader's annotations ask for; consumers, all that read it when they start.",
            rich_help_panel=PANEL,
        ),
    ] = Restart.NONE
    restart_limit: Annotated[
        int,
        Option(
            "--restart-limit",
            metavar="N",
            min=0,
            help="How many workloads may be restarted; of more, none is.",
            rich_help_panel=PANEL,
        ),
    ] = _LIMIT
    restart_mounted: Annotated[
        bool,
        Option(
            "--restart-mounted",
            help="With consumers: also those that only mount the Secret, which the kubelet "
            "refreshes.",
            rich_help_panel=PANEL,
        ),
    ] = False
    restart_on_create: Annotated[
        bool,
        Option(
            "--restart-on-create",
            help="Restart also for Secrets that are new.",
            rich_help_panel=PANEL,
        ),
    ] = False
    reloader: Annotated[
        str,
        Option(
            "--reloader",
            metavar="NAMESPACE|none",
            help="Where Stakater Reloader runs, which is left its work; none: mind no Reloader. "
            "Default: look for it in all namespaces.",
            rich_help_panel=PANEL,
        ),
    ] = ""


Wait = Annotated[
    bool,
    Option(
        "--wait",
        help="Follow the roll-outs to their end, within --timeout.",
        rich_help_panel=PANEL,
    ),
]


def chosen(flags: RestartFlags, *, wait: bool = False) -> "Options":
    """Return what the flags say.

    Raises:
        Usage: a flag has no meaning without another one, or names no namespace.
    """
    from esync.cli.wiring import Usage
    from esync.manifests.names import is_object_name
    from esync.rollouts import Mode, Options

    if flags.restart is Restart.NONE:
        given = [
            ("--wait", wait),
            ("--restart-on-create", flags.restart_on_create),
            ("--restart-mounted", flags.restart_mounted),
            ("--restart-limit", flags.restart_limit != _LIMIT),
        ]
        for name, is_given in given:
            if is_given:
                raise Usage(f"{name} has no meaning without --restart", hint="add --restart")
    if flags.restart is Restart.ANNOTATED and flags.restart_mounted:
        raise Usage("--restart-mounted belongs to --restart consumers")
    if flags.reloader and not is_object_name(flags.reloader):
        raise Usage(f'--reloader "{flags.reloader}" names no namespace')
    return Options(
        Mode(flags.restart.value),
        flags.restart_limit,
        on_create=flags.restart_on_create,
        mounted=flags.restart_mounted,
        reloader=flags.reloader,
        wait=wait,
    )


def deployed(flags: RestartFlags, *, wait: bool = False) -> "Restarting | None":
    """Return what a CronJob with these flags restarts; None for nothing.

    Raises:
        Usage: as ``chosen``.
    """
    from esync.deploy import Restarting

    options = chosen(flags, wait=wait)
    if flags.restart is Restart.NONE:
        return None
    return Restarting(options.wait, "" if options.reloader == NOBODY else options.reloader)


def spelled(flags: RestartFlags, *, wait: bool = False) -> Iterator[str]:
    """Yield the flags as a program is called with them; none if nothing is restarted."""
    if flags.restart is Restart.NONE:
        return
    yield f"--restart={flags.restart.value}"
    if flags.restart_limit != _LIMIT:
        yield f"--restart-limit={flags.restart_limit}"
    if flags.restart_mounted:
        yield "--restart-mounted"
    if flags.restart_on_create:
        yield "--restart-on-create"
    # Least privilege may look into one namespace, or into none.
    yield f"--reloader={flags.reloader or NOBODY}"
    if wait:
        yield "--wait"
