"""Printing values as Go's ``Printf``, ``Sprint`` and ``Sprintln`` do."""

from esync.gocompat.fmt.directives import sprintf
from esync.gocompat.fmt.printer import OutputTooLongError, sprint, sprintln

__all__ = ["OutputTooLongError", "sprint", "sprintf", "sprintln"]
