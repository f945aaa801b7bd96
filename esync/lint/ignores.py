"""Rules that an object asks to be left out, by annotation and with a reason.

``esync.dev/ignore`` holds ``ES0706 why this is right here``; several stand on lines of their own,
or after a semicolon.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from esync.lint.rule import Finding, Severity
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from esync.errors import Location
    from esync.lint.view import View
    from esync.manifests.document import Document, ObjectRef

ANNOTATION: Final = "esync.dev/ignore"
_PARTS: Final = re.compile(r"[\n;]+(?=\s*ES[0-9]{4}\b)")
_ENTRY: Final = re.compile(r"\s*(ES[0-9]{4})\b[\s:,-]*(.*)", re.DOTALL)


class IgnoredWithoutReason(Finding):
    """An annotation ignores a rule and does not say why, or ignores nothing that there is."""

    rule = "ES0790"
    title: ClassVar = "Ignored without a reason"


class IgnoredInVain(Finding):
    """An annotation ignores a rule that finds nothing in the object."""

    rule = "ES0791"
    title: ClassVar = "Nothing to ignore"
    severity: ClassVar = Severity.NOTE


@dataclass(frozen=True, slots=True)
class Ignore:
    """One rule that one object asks to be left out."""

    about: ObjectRef
    rule: str
    at: Location


@dataclass(frozen=True, slots=True)
class Ignores:
    """What is to be left out, and what is wrong with asking for it."""

    wanted: tuple[Ignore, ...]
    problems: tuple[Finding, ...]

    def sift(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield the findings that are left, and one for each ignore that left out nothing."""
        wanted = {(one.about, one.rule): one for one in self.wanted}
        used = set()
        for finding in findings:
            name = (finding.about, finding.rule)
            if name in wanted:
                used.add(name)
            else:
                yield finding
        yield from self.problems
        for name in wanted.keys() - used:
            one = wanted[name]
            message = f"{one.rule} finds nothing here, and is ignored"
            hint = f"remove it from {ANNOTATION}"
            yield IgnoredInVain(message, about=one.about, at=one.at, hint=hint)


def ignores(view: View, known: Collection[str]) -> Ignores:
    """Return what the objects of the input ask to be left out.

    Args:
        view: the input.
        known: the rules that can be ignored.
    """
    wanted: list[Ignore] = []
    found: list[Finding] = []
    for document, annotation in _annotated(view):
        at = document.place(("metadata", "annotations", ANNOTATION))
        for part in _PARTS.split(annotation.strip()):
            entry = _ENTRY.fullmatch(part)
            rule, reason = (entry[1], entry[2].strip(" ;\n")) if entry else ("", "")
            if rule in known and reason:
                wanted.append(Ignore(document.ref, rule, at))
            else:
                found.append(_refused(rule, known, document.ref, at))
    return Ignores(tuple(wanted), tuple(found))


def _refused(
    rule: str, known: Collection[str], about: ObjectRef, at: Location
) -> IgnoredWithoutReason:
    if rule and rule not in known:
        message, hint = f"{rule} cannot be ignored", "only rules of lint can: they warn of habits"
    else:
        message = f"{ANNOTATION} gives no reason" + (f" for {rule}" if rule else "")
        hint = f'write "{rule or "ES0706"} why it is right here"'
    return IgnoredWithoutReason(message, about=about, at=at, hint=hint)


def _annotated(view: View) -> Iterator[tuple[Document, str]]:
    catalog = view.catalog
    for subject in view.subjects:
        yield from _annotation(subject.document)
    for store in catalog.stores.values():
        yield from _annotation(store.document)
    for document in (*catalog.generators.values(), *catalog.roles):
        yield from _annotation(document)


def _annotation(document: Document) -> Iterator[tuple[Document, str]]:
    value: Any = document.body
    for name in ("metadata", "annotations", ANNOTATION):
        value = value.get(name) if isinstance(value, Mapping) else None  # nobody has read a Role
    if isinstance(value, str) and value.strip():
        yield document, value
