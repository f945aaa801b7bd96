"""``esync schema``."""

from typing import Annotated

from typer import Argument

from esync.cli.options import LookFlags

RESULT = "result"


def schema(
    name: Annotated[
        str,
        Argument(
            metavar="[KIND[/VERSION]]",
            help="As ExternalSecret, or SecretStore/v1beta1; result for what -o json prints.",
        ),
    ] = "",
) -> None:
    """Print the JSON Schema of a kind, or of results. Without a name, list what there is."""
    from esync.cli.session import session

    with session(LookFlags()) as console:
        console.result(_text(name) if name else "".join(f"{one}\n" for one in _names()))


def _names() -> list[str]:
    from esync.manifests.schema import SHIPPED

    return [f"{kind}/{version}" for kind, version in SHIPPED] + [RESULT]


def _text(name: str) -> str:
    from esync.cli.wiring import Usage
    from esync.errors import near
    from esync.manifests.schema import VERSIONS, result_schema_text, schema_text

    full = name if "/" in name or name.lower() == RESULT else f"{name}/{VERSIONS[0]}"
    known = {one.lower(): one for one in _names()}
    if full.lower() not in known:
        hint = near(full, known.values(), otherwise="esync schema lists what there is")
        raise Usage(f'there is no schema for "{name}"', hint=hint)
    kind, _, version = known[full.lower()].partition("/")
    return schema_text(kind, version) if version else result_schema_text()
