"""Ask the stores: the planner decides what is asked together, the runner asks."""

from esync.fetch.forecast import forecast
from esync.fetch.runner import Limits, Runner

__all__ = ["Limits", "Runner", "forecast"]
