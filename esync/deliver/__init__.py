"""Turn desired Secrets into changes, and write or emit them."""

from esync.deliver.apply import Writer, Writing, done_with
from esync.deliver.applyset import SetOptions, creator, joined, makes, wanted, why_kept
from esync.deliver.changes import Guards, change, deletion, over_limit, removals, setting_aside
from esync.deliver.members import Parent, claimed, members, users
from esync.deliver.provisioning import cluster_wide_status, provisioning, removal
from esync.deliver.pruning import prune, pruned
from esync.deliver.telling import tell, tell_cluster_wide

__all__ = [
    "Guards",
    "Parent",
    "SetOptions",
    "Writer",
    "Writing",
    "change",
    "claimed",
    "cluster_wide_status",
    "creator",
    "deletion",
    "done_with",
    "joined",
    "makes",
    "members",
    "over_limit",
    "provisioning",
    "prune",
    "pruned",
    "removal",
    "removals",
    "setting_aside",
    "tell",
    "tell_cluster_wide",
    "users",
    "wanted",
    "why_kept",
]
