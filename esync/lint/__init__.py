"""Rules over what was loaded and planned, asking nobody: Catalog and Plan in, Findings out."""

from esync.lint.check import Findings, check

__all__ = ["Findings", "check"]
