"""Rendering in tests: a clock that stands still, and chance that is none."""

from __future__ import annotations

from typing import Any

import pytest

from esync import gotemplate

NOW = 1_700_000_000_000_000_000


def render(template: str | bytes, data: object = None, **options: Any) -> bytes:
    """Render with what a test needs to be the same each time."""
    given = {} if data is None else data
    return gotemplate.render(
        template, given, name="tpl", clock=lambda: NOW, random=bytes, **options
    )


def refused(template: str | bytes, data: object = None, **options: Any) -> gotemplate.TemplateError:
    """Return the error of a template that must fail."""
    with pytest.raises(gotemplate.TemplateError) as failed:
        render(template, data, **options)
    return failed.value
