"""Ask the stores: the planner decides what is asked together, the runner asks."""

from esync.fetch.forecast import calling_of, forecast
from esync.fetch.runner import Limits, Runner

__all__ = ["Limits", "Runner", "calling_of", "forecast"]
