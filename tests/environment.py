"""The environment that the program gets when tests run it: nothing of the developer's own."""

from __future__ import annotations

import os


def clean(**more: str) -> dict[str, str]:
    """Return a search path, no home, what coverage needs to follow, and ``more``."""
    follows = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **follows, **more}
