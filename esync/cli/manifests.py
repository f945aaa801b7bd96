"""``esync manifests``."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Annotated

from typer import Option

from esync.cli.applyset import SetFlags, chosen, spelled
from esync.cli.flags import grouped
from esync.cli.options import (
    OUTPUT,
    ClusterFlags,
    InputFlags,
    LookFlags,
    ManifestFormat,
    Manifests,
    SelectionFlags,
    StoreFlags,
)
from esync.cli.rotation import RestartFlags, Wait

HEAD = (
    "What running esync takes, for the ExternalSecrets and stores of the input.",
    "Make it anew when stores, policies or namespaces change; each Role says what for.",
)


@grouped
def manifests(
    inputs: InputFlags,
    selection: SelectionFlags,
    cluster: ClusterFlags,
    stores: StoreFlags,
    look: LookFlags,
    members: SetFlags,
    restarts: RestartFlags,
    output: Manifests = ManifestFormat.YAML,
    image: Annotated[
        str,
        Option("--image", metavar="NAME", help="What the CronJob runs.", rich_help_panel=OUTPUT),
    ] = "",
    schedule: Annotated[
        str,
        Option("--schedule", metavar="CRON", help="When the CronJob runs.", rich_help_panel=OUTPUT),
    ] = "*/15 * * * *",
    shards: Annotated[
        int,
        Option(
            "--shards",
            metavar="N",
            min=1,
            help="How many Pods share the work of a namespace, as an indexed Job.",
            rich_help_panel=OUTPUT,
        ),
    ] = 1,
    pipeline: Annotated[
        bool,
        Option(
            "--pipeline",
            help="Only the Role of a pipeline that runs esync apply -f, and its binding.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    subject: Annotated[
        str,
        Option(
            "--subject",
            metavar="KIND:NAME",
            help="With --pipeline: who that is, as User:NAME, Group:NAME or "
            "ServiceAccount:NAMESPACE/NAME.",
            rich_help_panel=OUTPUT,
        ),
    ] = "",
    wait: Wait = False,
) -> None:
    """Print what running esync in a cluster takes: roles, CronJob, network policy.

    In each namespace of the input a CronJob runs `esync apply --from-cluster` with a service
    account of its own, which may do what these ExternalSecrets and stores need and no more.
    """
    from esync import deploy
    from esync import pipeline as corridor
    from esync.cli import exits, rotation, wiring
    from esync.cli.ending import Ending
    from esync.cli.session import leave, session

    with session(look) as console:
        ending = Ending(wiring.seconds(stores.timeout))
        expand, selection = selection.expand, replace(selection, expand=False)
        request = wiring.request(inputs, cluster, stores, selection=selection)
        flags = (*_passed_on(stores), *spelled(members, shards), *(("--expand",) if expand else ()))
        flags += tuple(rotation.spelled(restarts, wait=wait))
        kept = chosen(members, request.load)
        membership = deploy.Membership(kept.set, prune=kept.prune) if kept else None
        restarting = rotation.deployed(restarts, wait=wait)
        options = deploy.Options(
            image, schedule, pipeline, subject, flags, shards, membership, restarting, expand
        )
        world = wiring.world(cluster, stores, ending)
        parts, outcome = corridor.manifests(request, world, options)
        if output is ManifestFormat.JSON:
            console.result(deploy.as_json(parts))
        else:
            console.result(deploy.as_yaml(parts, HEAD))
        console.outcome(outcome)
        leave(exits.of(outcome), ending)


def _passed_on(stores: StoreFlags) -> Iterator[str]:
    """Spell the flags that are not as they are by default, sorted by name."""
    defaults = StoreFlags()
    for field in sorted(fields(StoreFlags), key=lambda one: one.name):
        value = getattr(stores, field.name)
        flag = f"--{field.name.replace('_', '-')}"
        if value == getattr(defaults, field.name):
            continue
        if isinstance(value, bool):
            yield flag
        else:
            yield from (f"{flag}={one}" for one in (value if isinstance(value, list) else [value]))
