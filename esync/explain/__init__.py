"""The corridor of ``explain``: the rooms of a run for one ExternalSecret, step by step."""

from esync.explain.walk import explain

__all__ = ["explain"]
