"""Ask the stores: the planner decides what is asked together, the runner asks."""

from esync.fetch.forecast import calling_of, forecast
from esync.fetch.runner import Limits, Runner
from esync.fetch.twins import Door

__all__ = ["Door", "Limits", "Runner", "calling_of", "forecast"]
