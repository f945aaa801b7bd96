"""One case after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.cases import CASES, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.case import Case

LOCAL = {"fake"}  # needs no server, so that it is part of every run


@pytest.fixture(
    params=[
        pytest.param(name, marks=[] if name in LOCAL else [pytest.mark.integration])
        for name in CASES
    ]
)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """A provider, and an empty store behind it."""
    yield from start(request.param, request)
