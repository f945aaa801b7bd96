"""Turn desired Secrets into changes, and write or emit them."""

from esync.deliver.apply import Writer, Writing, done_with
from esync.deliver.changes import Guards, change, deletion, over_limit, removals, setting_aside
from esync.deliver.telling import tell

__all__ = [
    "Guards",
    "Writer",
    "Writing",
    "change",
    "deletion",
    "done_with",
    "over_limit",
    "removals",
    "setting_aside",
    "tell",
]
