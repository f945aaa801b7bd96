"""Find the one ExternalSecret that the user names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.errors import near
from esync.flow.plan import Planned
from esync.resolve.errors import ResolveError
from esync.resolve.plan import target_of

if TYPE_CHECKING:
    from esync.flow.catalog import Catalog


class NoSuchObject(ResolveError):
    """The input has no ExternalSecret of the name that was given, or more than one."""

    rule = "ES0020"


def pick(catalog: Catalog, name: str) -> Planned:
    """Return the ExternalSecret called ``[NAMESPACE/]NAME``; with an empty name, the only one.

    Raises:
        NoSuchObject: there is none, or several.
    """
    namespace, _, plain = name.rpartition("/")
    found = [
        one
        for one in catalog.external_secrets
        if plain in {"", one.name} and namespace in {"", one.namespace}
    ]
    if len(found) == 1:
        one = found[0]
        return Planned(one, target_of(one), ())
    if found:
        raise NoSuchObject(
            f"{len(found)} ExternalSecrets could be meant", hint="say [NAMESPACE/]NAME"
        )
    if catalog.failures:
        raise catalog.failures[0].error
    known = {one.name for one in catalog.external_secrets}
    raise NoSuchObject(f'the input has no ExternalSecret "{name}"', hint=near(plain, known))
