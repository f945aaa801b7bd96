"""Which store, which namespace, which policy serves each entry: Catalog in, Plan out."""

from esync.resolve.due import is_due
from esync.resolve.pick import pick
from esync.resolve.plan import Options, resolve

__all__ = ["Options", "is_due", "pick", "resolve"]
