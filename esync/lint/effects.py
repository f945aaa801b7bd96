"""Fields that are accepted and do nothing.

Source: External Secrets Operator 2.9, inputs that are accepted and do nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from esync.lint.rule import Finding
from esync.manifests.externalsecret import ConversionStrategy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.lint.view import View
    from esync.manifests.externalsecret import DataFrom


class NoConversion(Finding):
    """``conversionStrategy`` where no key is converted."""

    rule = "ES0713"
    title: ClassVar = "Keys are not converted"


class BringsNothing(Finding):
    """An entry that names where something is, and not what."""

    rule = "ES0714"
    title: ClassVar = "Entry brings nothing"


def no_conversion(view: View) -> Iterator[NoConversion]:
    """Look for ``conversionStrategy: Unicode`` in ``data``, and beside ``rewrite``."""
    for subject in view.subjects:
        for index, single in enumerate(subject.spec.data):
            if single.remote_ref.conversion_strategy is ConversionStrategy.UNICODE:
                at = subject.place("data", index, "remoteRef", "conversionStrategy")
                hint = "remove it: secretKey is the name of the key"
                message = "conversionStrategy has no effect in data"
                yield NoConversion(message, about=subject.ref, at=at, hint=hint)
        for index, entry in enumerate(subject.spec.data_from):
            if entry.rewrite and _asks_for_unicode(entry):
                what = "extract" if entry.extract else "find"
                at = subject.place("dataFrom", index, what, "conversionStrategy")
                hint = "make the keys legal with one more rewrite"
                message = "conversionStrategy has no effect beside rewrite"
                yield NoConversion(message, about=subject.ref, at=at, hint=hint)


def brings_nothing(view: View) -> Iterator[BringsNothing]:
    """Look for entries of dataFrom and templateFrom without a source."""
    for subject in view.subjects:
        for index, entry in enumerate(subject.spec.data_from):
            source = entry.source_ref
            if source and source.store_ref and not (entry.extract or entry.find):
                yield BringsNothing(
                    f"dataFrom[{index}] names a store and nothing in it",
                    about=subject.ref,
                    at=subject.place("dataFrom", index),
                    hint="add extract or find",
                )
        template = subject.spec.target.template
        for index, one in enumerate(template.template_from if template else ()):
            if one.config_map is None and one.secret is None and one.literal is None:
                yield BringsNothing(
                    f"templateFrom[{index}] has no template",
                    about=subject.ref,
                    at=subject.place("target", "template", "templateFrom", index),
                    hint="add configMap, secret or literal",
                )


def _asks_for_unicode(entry: DataFrom) -> bool:
    asked = entry.extract or entry.find
    return asked is not None and asked.conversion_strategy is ConversionStrategy.UNICODE
