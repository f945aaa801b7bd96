"""Which store, which namespace, which policy serves each entry: Catalog in, Plan out."""

from esync.resolve.due import due_at, is_changed, is_due
from esync.resolve.pick import pick
from esync.resolve.plan import Options, resolve
from esync.resolve.policy import narrowed, target_refusal
from esync.resolve.rivals import is_reconciled, says_other
from esync.resolve.shards import Shard

__all__ = [
    "Options",
    "Shard",
    "due_at",
    "is_changed",
    "is_due",
    "is_reconciled",
    "narrowed",
    "pick",
    "resolve",
    "says_other",
    "target_refusal",
]
