"""Change key names by rule, or merge JSON values into keys.

Operations run one after the other, each on what the one before left.

Source: External Secrets Operator 2.9, ``dataFrom[].rewrite``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from esync.gocompat import regexp
from esync.gotemplate import TemplateError
from esync.records import dataclass
from esync.shape.errors import RewriteFailed
from esync.shape.merge import merge
from esync.shape.templates import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from esync.manifests.externalsecret import Rewrite, RewriteRegexp, RewriteTransform
    from esync.secret import SecretValue
    from esync.shape.chance import Chance


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What the operations left.

    Attributes:
        values: value by new key.
        from_values: keys whose very names came out of a value.
        collisions: how many keys were lost because another one got the same name.
    """

    values: Mapping[str, SecretValue]
    from_values: frozenset[str] = frozenset()
    collisions: int = 0


def rewrite(
    values: Mapping[str, SecretValue], operations: Sequence[Rewrite], chance: Chance
) -> Rewritten:
    """Apply ``operations`` to ``values``.

    Keys are taken in sorted order, so that of two with one new name the last one wins; the
    operator leaves that to chance.

    Raises:
        RewriteFailed: an operation cannot be done; the message names its index.
    """
    done = Rewritten(values)
    for index, operation in enumerate(operations):
        try:
            done = _step(done, operation, chance)
        except RewriteFailed as error:
            raise RewriteFailed(f"rewrite[{index}]: {error.message}", hint=error.hint) from None
    return done


def _step(before: Rewritten, operation: Rewrite, chance: Chance) -> Rewritten:
    if operation.merge:
        values, fresh = merge(before.values, operation.merge)
        return replace(before, values=values, from_values=before.from_values | fresh)
    if operation.regexp:
        return _rename(before, _by_regexp(operation.regexp))
    if operation.transform:
        return _rename(before, _by_template(operation.transform, chance))
    return before


def _rename(before: Rewritten, new_name: Callable[[str], str]) -> Rewritten:
    names = {key: new_name(key) for key in sorted(before.values)}
    values = {name: before.values[key] for key, name in names.items()}
    return Rewritten(
        values,
        frozenset(names[key] for key in before.from_values if key in names),
        before.collisions + len(names) - len(values),
    )


def _by_regexp(operation: RewriteRegexp) -> Callable[[str], str]:
    try:
        pattern = regexp.compile(operation.source)
    except regexp.RegexpError as error:
        message = f"regexp.source does not compile: it is {error.what}"
        raise RewriteFailed(message, hint=error.hint) from None
    target = _bytes(operation.target)
    return lambda key: _text(regexp.replace_all(pattern, _bytes(key), target))


def _by_template(operation: RewriteTransform, chance: Chance) -> Callable[[str], str]:
    def new_name(key: str) -> str:
        try:
            template = compiled(operation.template, "transform", missing_key="default")
            rendered = template.execute(
                {"value": _bytes(key)}, clock=chance.clock, random=chance.random
            )
        except TemplateError as error:
            raise RewriteFailed(f"transform.template: {error}") from None
        return _text(rendered)

    return new_name


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")
