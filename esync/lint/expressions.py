"""Regular expressions of Go's dialect: whether they are any, and what their groups mean.

Source: External Secrets Operator 2.9, ``rewrite`` and ``find``; RE2.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from esync.lint.rule import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.gocompat.regexp import RegexpError
    from esync.lint.view import Subject, View

_NAMED: Final = re.compile(r"\(\?P?<(\w+)>")
_GROUP: Final = re.compile(r"\$(?:\$|\{(\w+)\}|(\w+))")
_NUMBER_AND_MORE: Final = re.compile(r"([0-9]+)[A-Za-z_]\w*")


class BadExpression(Finding):
    """An expression that Go does not accept; fetching would fail."""

    rule = "ES0717"
    title: ClassVar = "Expression does not compile"
    severity: ClassVar = Severity.ERROR


class NoSuchGroup(Finding):
    """A replacement names a group that the expression does not have, which is empty."""

    rule = "ES0716"
    title: ClassVar = "Replacement names no group"


def bad_expressions(view: View) -> Iterator[BadExpression]:
    """Look for expressions that do not compile."""
    for subject in view.subjects:
        for path, source in _sources(subject):
            error = _refusal(source)
            if error is not None:
                yield BadExpression(
                    f"this is {error.what}",
                    about=subject.ref,
                    at=subject.place(*path),
                    hint=error.hint,
                )


def no_such_group(view: View) -> Iterator[NoSuchGroup]:
    """Look for ``$1_x`` and the like, where ``${1}_x`` is meant."""
    for subject in view.subjects:
        for index, entry in enumerate(subject.spec.data_from):
            for step, rewrite in enumerate(entry.rewrite):
                regexp = rewrite.regexp
                if regexp is None:
                    continue
                for word in _lost_groups(regexp.source, regexp.target):
                    path = ("dataFrom", index, "rewrite", step, "regexp", "target")
                    yield NoSuchGroup(
                        f'"${word}" is a group that the expression does not have, so it is empty',
                        about=subject.ref,
                        at=subject.place(*path),
                        hint=_meant(word),
                    )


def _sources(subject: Subject) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for index, entry in enumerate(subject.spec.data_from):
        if entry.find and entry.find.name:
            yield ("dataFrom", index, "find", "name", "regexp"), entry.find.name.regexp
        for step, rewrite in enumerate(entry.rewrite):
            if rewrite.regexp:
                path = ("dataFrom", index, "rewrite", step, "regexp", "source")
                yield path, rewrite.regexp.source


def _refusal(source: str) -> RegexpError | None:
    from esync.gocompat import regexp  # RE2 is loaded only for manifests that have expressions

    try:
        regexp.compile(source)
    except regexp.RegexpError as error:
        return error
    return None


def _lost_groups(source: str, target: str) -> list[str]:
    """Return the names in ``target`` that are letters, and no group of ``source``."""
    named = frozenset(_NAMED.findall(source))
    words = [braced or plain for braced, plain in _GROUP.findall(target)]
    lost = (word for word in words if word and not word.isdigit() and word not in named)
    return list(dict.fromkeys(lost))


def _meant(word: str) -> str:
    number = _NUMBER_AND_MORE.fullmatch(word)
    if number:
        rest = word[len(number[1]) :]
        return f"write ${{{number[1]}}}{rest}"
    return "write $$ for a dollar sign"
