"""Restart what uses changed Secrets, follow the roll-outs, and tell who runs with old values.

What only some runs need stands in ``restart`` and ``in_use``, which they import themselves.
"""

from esync.rollouts.options import LIMIT, NOBODY, Mode, Options
from esync.rollouts.rotation import Rotation

__all__ = [
    "LIMIT",
    "NOBODY",
    "Mode",
    "Options",
    "Rotation",
]
