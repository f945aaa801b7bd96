"""Run esync as ``python -m esync`` or as the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; ``version`` alone is answered without loading it."""
    if sys.argv[1:] in (["version"], ["--version"]):
        from esync.cli.version import version

        version()
        return
    from esync.cli.app import run

    run()


if __name__ == "__main__":
    main()
