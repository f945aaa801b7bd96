"""Manifests as text, checked as ``esync validate`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync import lint, load, resolve

if TYPE_CHECKING:
    from esync.lint import Findings


def checked(text: str, *, closed: bool = False) -> Findings:
    """Return what is found in ``text``, in namespace ``default``."""
    request = load.LoadRequest(files=("-",), stdin=text.encode)
    catalog = load.complete(load.load(request), None)
    return lint.check(catalog, resolve.resolve(catalog, resolve.Options()), closed=closed)


def rules(text: str, *, closed: bool = False) -> list[str]:
    """Return the ids of all findings, the worst first, whatever their severity."""
    found = checked(text, closed=closed)
    return [one.error.rule for one in (*found.errors, *found.warnings, *found.remarks)]
