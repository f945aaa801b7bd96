"""Which store, which namespace, which policy serves each entry: Catalog in, Plan out."""

from esync.resolve.pick import pick
from esync.resolve.plan import Options, resolve

__all__ = ["Options", "pick", "resolve"]
