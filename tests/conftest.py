"""What all tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

pytest_plugins = ["tests.servers.plugin"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let golden cases be rewritten, to be read before they are committed."""
    parser.addoption("--update-golden", action="store_true", help="rewrite expected output")
