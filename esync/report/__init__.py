"""Tell what a run did: text for people, JSON for machines. Pure; values are masked."""

from esync.report.findings import findings
from esync.report.machine import as_json
from esync.report.summary import summary
from esync.report.text import Look, as_text

__all__ = ["Look", "as_json", "as_text", "findings", "summary"]
