"""``esync version``."""

import sys


def version() -> None:
    """Print the version."""
    from esync import __version__

    sys.stdout.write(f"esync {__version__}\n")
