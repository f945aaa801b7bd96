"""Turn desired Secrets into changes, and write or emit them."""

from esync.deliver.apply import Writer, Writing
from esync.deliver.changes import Guards, change, over_limit, removals, split

__all__ = ["Guards", "Writer", "Writing", "change", "over_limit", "removals", "split"]
