"""The flags that keep an ApplySet: which one, and whether it is pruned."""

# No `from __future__ import annotations`: Typer reads these types while the program starts.

from typing import TYPE_CHECKING, Annotated, Final

from typer import Option

from esync.cli.policing import GUARDS
from esync.records import dataclass

if TYPE_CHECKING:
    from esync.flow.applyset import ApplySet, SetOptions
    from esync.load import LoadRequest

PANEL: Final = "What belongs together"


@dataclass(frozen=True, slots=True)
class SetFlags:
    """Which ApplySet a run keeps."""

    applyset: Annotated[
        str,
        Option(
            "--applyset",
            metavar="[RESOURCE/]NAME",
            help="Mark what is made as members of this ApplySet, whose parent is a Secret, or with "
            "configmaps/NAME a ConfigMap, of the namespace of the run.",
            rich_help_panel=PANEL,
        ),
    ] = ""
    prune: Annotated[
        bool,
        Option(
            "--prune",
            help="Delete what this ApplySet made and no manifest asks for any more.",
            rich_help_panel=PANEL,
        ),
    ] = False


AllowEmptySet = Annotated[
    bool,
    Option(
        "--allow-empty-set",
        help="Prune also when nothing at all is asked for, or the stores have nothing of it.",
        rich_help_panel=GUARDS,
    ),
]


def chosen(
    flags: SetFlags, load: "LoadRequest", *, allow_empty: bool = False
) -> "SetOptions | None":
    """Return what the flags say; None without ``--applyset``.

    Raises:
        Usage: ``--prune`` or ``--allow-empty-set`` stands alone, or the set is not named as kubectl
            names it.
    """
    from esync.cli.wiring import Usage
    from esync.flow.applyset import SetOptions

    if allow_empty and not flags.prune:
        raise Usage("--allow-empty-set has no meaning without --prune")
    if not flags.applyset:
        if flags.prune:
            raise Usage(
                "--prune needs a set", hint="add --applyset NAME: what it made can be pruned"
            )
        return None
    found = named(flags.applyset, load.namespace or load.default_namespace)
    return SetOptions(found, prune=flags.prune, allow_empty=allow_empty)


def spelled(flags: SetFlags, shards: int) -> tuple[str, ...]:
    """Return the flags as a program is called with them.

    Raises:
        Usage: one of several parts of the input would prune what it does not see.
    """
    from esync.cli.wiring import Usage

    if flags.prune and shards > 1:
        raise Usage("--prune and --shards exclude each other", hint="keep one Pod for a namespace")
    words = (f"--applyset={flags.applyset}",) if flags.applyset else ()
    return (*words, "--prune") if flags.prune else words


def named(words: str, namespace: str) -> "ApplySet":
    """Read ``[RESOURCE/]NAME``.

    Raises:
        Usage: the resource is neither Secrets nor ConfigMaps, or the name is none.
    """
    from esync.cli.wiring import Usage
    from esync.cluster.contract import CONFIG_MAPS, SECRETS
    from esync.flow.applyset import ApplySet
    from esync.manifests.names import is_object_name

    kind, slash, name = words.rpartition("/")
    known = {"secret": SECRETS, "secrets": SECRETS, "": SECRETS}
    known |= dict.fromkeys(("configmap", "configmaps", "cm"), CONFIG_MAPS)
    resource = known.get(kind.removesuffix(".").lower())
    if resource is None or (slash and not kind):
        raise Usage(f'--applyset "{words}": the parent is a Secret or a ConfigMap', hint=_HINT)
    if not is_object_name(name):
        raise Usage(f'--applyset "{words}" names no object', hint=_HINT)
    return ApplySet(resource, namespace, name)


_HINT: Final = "as team-a, secrets/team-a or configmaps/team-a"
