"""SDKs keep silent: their logs can quote requests, and esync says itself what went wrong."""

from __future__ import annotations

import logging


def silence(*names: str) -> None:
    """Keep the loggers of an SDK at WARNING whatever the verbosity, and away from our output."""
    for name in names:
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
