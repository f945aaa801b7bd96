"""Run esync as ``python -m esync`` or as the console script."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from esync.cli.app import run

    run()


if __name__ == "__main__":
    main()
