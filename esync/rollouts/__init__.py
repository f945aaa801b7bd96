"""Restart what uses changed Secrets, follow the roll-outs, and tell who runs with old values."""

from esync.rollouts.in_use import Found, in_use
from esync.rollouts.options import LIMIT, NOBODY, Mode, Options
from esync.rollouts.restart import Acting, Restarted, restart
from esync.rollouts.rotation import Rotation

__all__ = [
    "LIMIT",
    "NOBODY",
    "Acting",
    "Found",
    "Mode",
    "Options",
    "Restarted",
    "Rotation",
    "in_use",
    "restart",
]
