"""Run esync as ``python -m esync`` or as the console script."""

from __future__ import annotations

import gc
import sys

# A run makes many objects that live until its end, and hardly any circle of objects: looking for
# circles takes longer the more there are, a twelfth of a run over 10,000, and frees nothing.
_ALLOCATIONS = 1_000_000


def main() -> None:
    """Run the command line; ``version`` alone is answered without loading it."""
    if sys.argv[1:] in (["version"], ["--version"]):
        from esync.cli.version import version

        version()
        return
    gc.set_threshold(_ALLOCATIONS)
    from esync.cli.app import run

    try:
        run()
    finally:
        gc.freeze()  # the interpreter would look through all objects once more: a tenth of a run


if __name__ == "__main__":
    main()
