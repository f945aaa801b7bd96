"""Turn desired Secrets into changes, and write or emit them."""

from esync.deliver.apply import Writer, Writing, done_with
from esync.deliver.applyset import SetOptions, creator, joined, makes, wanted, why_kept
from esync.deliver.changes import Guards, change, deletion, over_limit, removals, setting_aside
from esync.deliver.members import Parent, claimed, members, users
from esync.deliver.pruning import prune, pruned
from esync.deliver.telling import tell

__all__ = [
    "Guards",
    "Parent",
    "SetOptions",
    "Writer",
    "Writing",
    "change",
    "claimed",
    "creator",
    "deletion",
    "done_with",
    "joined",
    "makes",
    "members",
    "over_limit",
    "prune",
    "pruned",
    "removals",
    "setting_aside",
    "tell",
    "users",
    "wanted",
    "why_kept",
]
