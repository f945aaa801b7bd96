"""Templates that cannot be rendered, or do not use what is fetched.

Source: External Secrets Operator 2.9: a key that is missing fails the template.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final

from esync.errors import near
from esync.lint.rule import Finding, Severity
from esync.manifests.externalsecret import MergePolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.lint.texts import Text
    from esync.lint.view import Subject, View

_NO_FUNCTION: Final = re.compile(r'function "(.*)" not defined')
_REMOVED: Final = frozenset({"env", "expandenv", "getHostByName"})


class BadSyntax(Finding):
    """A template that cannot be parsed."""

    rule = "ES0720"
    title: ClassVar = "Template does not parse"
    severity: ClassVar = Severity.ERROR


class UnknownFunction(Finding):
    """A template calls a function that there is not."""

    rule = "ES0721"
    title: ClassVar = "Unknown template function"
    severity: ClassVar = Severity.ERROR


class Volatile(Finding):
    """A template whose result differs on each run."""

    rule = "ES0722"
    title: ClassVar = "Template differs on each run"


class KeyNotSupplied(Finding):
    """A template reads a key that no entry supplies."""

    rule = "ES0723"
    title: ClassVar = "Key is not supplied"


class NotUsed(Finding):
    """An entry fetches a key that no template uses."""

    rule = "ES0724"
    title: ClassVar = "Fetched key is not used"


class LostSourceKey(Finding):
    """``templateFrom`` names a key that its source does not have."""

    rule = "ES0725"
    title: ClassVar = "Template source has no such key"
    severity: ClassVar = Severity.ERROR


def bad_syntax(view: View) -> Iterator[BadSyntax]:
    """Look for templates that do not parse."""
    for subject, text in _texts(view):
        error = text.uses.error
        if error and not _NO_FUNCTION.search(error.message):
            why = "" if text.is_secret else f": {error.message}"
            yield BadSyntax(f"{_where(text)} does not parse{why}", about=subject.ref, at=text.at)


def unknown_functions(view: View) -> Iterator[UnknownFunction]:
    """Look for calls of functions that there are not."""
    for subject, text in _texts(view):
        found = text.uses.error and _NO_FUNCTION.search(text.uses.error.message)
        if found:
            what = "a function" if text.is_secret else f'function "{found[1]}"'
            message = f"{_where(text)} calls {what} that does not exist"
            hint = "" if text.is_secret else _nearest(found[1])
            yield UnknownFunction(message, about=subject.ref, at=text.at, hint=hint)


def volatile(view: View) -> Iterator[Volatile]:
    """Look for functions of time and chance."""
    for subject, text in _texts(view):
        if text.uses.volatile:
            names = ", ".join(sorted(text.uses.volatile))
            yield Volatile(
                f"{text.name} differs on each run, by {names}",
                about=subject.ref,
                at=text.at,
                hint="let a generator make the value, or keep it in a store",
            )


def not_supplied(view: View) -> Iterator[KeyNotSupplied]:
    """Look for keys that templates read where ``data`` is all there is."""
    for subject, text in _texts(view):
        if subject.spec.data_from or text.uses.whole or text.is_rewrite:
            continue
        known = {entry.secret_key for entry in subject.spec.data}
        for key in sorted(text.uses.keys - known):
            yield KeyNotSupplied(
                f'{text.name} reads "{key}", which no entry of data supplies',
                about=subject.ref,
                at=text.at,
                hint=near(key, known, otherwise="add an entry with that secretKey"),
            )


def not_used(view: View) -> Iterator[NotUsed]:
    """Look for entries of ``data`` that end in no template, where all templates are known."""
    for subject in view.subjects:
        if not _keeps_only_templated(subject):
            continue
        texts = view.texts[subject.ref]
        uses = [text.uses for text in texts.found if not text.is_rewrite]
        if texts.unknown or texts.lost or any(one.whole or one.error for one in uses):
            continue
        used = frozenset().union(*(one.keys for one in uses))
        for index, entry in enumerate(subject.spec.data):
            if entry.secret_key not in used:
                yield NotUsed(
                    f'no template uses the key "{entry.secret_key}"',
                    about=subject.ref,
                    at=subject.place("data", index, "secretKey"),
                    hint="remove the entry, or keep fetched keys with mergePolicy: Merge",
                )


def lost_source_keys(view: View) -> Iterator[LostSourceKey]:
    """Look for keys that ConfigMaps and Secrets of the input do not have."""
    for subject in view.subjects:
        for lost in view.texts[subject.ref].lost:
            if lost.source in view.made:
                continue
            yield LostSourceKey(
                f'{lost.source} has no key "{lost.key}"',
                about=subject.ref,
                at=lost.at,
                hint=near(lost.key, lost.known),
            )


def _texts(view: View) -> Iterator[tuple[Subject, Text]]:
    for subject in view.subjects:
        for text in view.texts[subject.ref].found:
            yield subject, text


@lru_cache(maxsize=256)
def _nearest(function: str) -> str:
    if function in _REMOVED:
        return "templates see neither environment nor network"
    from esync.gotemplate import FUNCTIONS  # loaded by now, for there is a template

    return near(function, FUNCTIONS)


def _where(text: Text) -> str:
    error = text.uses.error
    place = f", line {error.line}, column {error.column}," if error and error.line else ""
    return f"{text.name}{place}"


def _keeps_only_templated(subject: Subject) -> bool:
    """Tell whether fetched keys get into the target by templates alone."""
    target = subject.spec.target
    template = target.template
    if template is None or not subject.spec.data:
        return False
    if target.manifest is not None:
        return True
    has_data = bool(template.data or template.template_from)
    return has_data and template.merge_policy is not MergePolicy.MERGE
