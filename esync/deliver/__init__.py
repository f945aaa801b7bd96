"""Turn desired Secrets into changes, and write or emit them."""

from esync.deliver.apply import Writer, Writing, done_with
from esync.deliver.changes import Guards, change, deletion, over_limit, removals, setting_aside
from esync.deliver.provisioning import cluster_wide_status, provisioning, removal
from esync.deliver.telling import tell, tell_cluster_wide

__all__ = [
    "Guards",
    "Writer",
    "Writing",
    "change",
    "cluster_wide_status",
    "deletion",
    "done_with",
    "over_limit",
    "provisioning",
    "removal",
    "removals",
    "setting_aside",
    "tell",
    "tell_cluster_wide",
]
