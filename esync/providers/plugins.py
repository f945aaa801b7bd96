"""Providers of other packages: found by entry point, loaded only when they are wanted and allowed.

A package names its class under the group ``esync.providers``, with the key under ``spec.provider``
for a name. Nothing of it is imported before a manifest has that key and ``--allow-plugin`` says so.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final, cast

from esync.providers.contract import BadStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.providers.contract import Opens

GROUP: Final = "esync.providers"
_NEEDED: Final = ("check", "open")
# What somebody else's module may raise while it is imported.
_ON_IMPORT: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)


class NoPlugin(BadStore):
    """No installed package has the provider that was allowed, or several have it."""

    rule = "ES0472"


class BrokenPlugin(BadStore):
    """A package's provider cannot be imported, or is none."""

    rule = "ES0473"


def plugin_class(name: str) -> type[Opens]:
    """Import and return the class that a package names for ``name``.

    Raises:
        NoPlugin: no package does, or more than one.
        BrokenPlugin: it cannot be imported, or lacks what every provider has.
    """
    found = {entry.value: entry for entry in entry_points(group=GROUP, name=name)}
    if not found:
        raise NoPlugin(
            f'no installed package has a provider "{name}"',
            hint=f"install one beside esync; its entry point group is {GROUP}",
        )
    if len(found) > 1:
        raise NoPlugin(
            f'several installed packages have a provider "{name}": {", ".join(sorted(found))}',
            hint="uninstall all but one",
        )
    (entry,) = found.values()
    failed = ""
    loaded: Any = None
    try:
        loaded = entry.load()
    except _ON_IMPORT as error:
        failed = type(error).__name__
    missing = [one for one in _NEEDED if not callable(getattr(loaded, one, None))]
    if failed or missing or not isinstance(loaded, type):
        lacks = f"lacks {', '.join(missing)}" if missing else "is no class"
        raise BrokenPlugin(
            f'the provider "{name}" of {entry.value} '
            + (f"cannot be imported ({failed})" if failed else lacks),
            hint="tell the package's authors; docs/how-to/write-a-provider.md says what is needed",
        )
    return cast("type[Opens]", loaded)


def installed() -> Iterator[tuple[str, str]]:
    """Yield name and place of every provider of another package; none of them is imported."""
    for entry in sorted(entry_points(group=GROUP), key=lambda one: (one.name, one.value)):
        yield entry.name, entry.value
