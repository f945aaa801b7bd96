"""Rules over what was loaded and planned, asking nobody: Catalog and Plan in, Findings out."""

from esync.lint.check import Findings, check
from esync.lint.rule import Finding, Rule, Severity
from esync.lint.table import RULES

__all__ = ["RULES", "Finding", "Findings", "Rule", "Severity", "check"]
