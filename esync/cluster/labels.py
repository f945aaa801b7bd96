"""Label selectors: which labels they choose, and how they read as text.

Source:
    Kubernetes, "Labels and Selectors"; apimachinery ``LabelSelectorAsSelector``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from esync.errors import EsyncError, near
from esync.manifests.externalsecret import LabelRequirement, LabelSelector
from esync.manifests.names import is_label_key, is_label_value

if TYPE_CHECKING:
    from collections.abc import Mapping

_WITH_VALUES: Final = ("In", "NotIn")
_WITHOUT_VALUES: Final = ("Exists", "DoesNotExist")
# One requirement of a selector in text form; a comma between parentheses does not end it.
_SET: Final = re.compile(r"(?P<key>\S+)\s+(?P<operator>in|notin)\s*\((?P<values>[^()]*)\)")
_EQUALITY: Final = re.compile(r"(?P<key>[^\s=!]+)\s*(?P<operator>==|=|!=)\s*(?P<value>[^\s=!]*)")
_PRESENCE: Final = re.compile(r"(?P<not>!?)\s*(?P<key>[^\s=!()]+)")
_COMMA: Final = re.compile(r",(?![^(]*\))")


class BadSelector(EsyncError):
    """A label selector is not one that Kubernetes would accept."""

    rule = "ES0208"


def matches(selector: LabelSelector | None, labels: Mapping[str, str]) -> bool:
    """Tell whether ``selector`` chooses an object with these labels.

    Everything in a selector must hold: an empty one chooses every object; None chooses nothing.

    Raises:
        BadSelector: an expression has an unknown operator, or the wrong number of values.
    """
    if selector is None:
        return False
    check(selector)
    return all(labels.get(key) == value for key, value in selector.match_labels.items()) and all(
        _holds(requirement, labels) for requirement in selector.match_expressions
    )


def check(selector: LabelSelector) -> None:
    """Refuse a selector that the API server would not accept.

    Raises:
        BadSelector: a key, a value, an operator or the number of values is wrong.
    """
    for key, value in selector.match_labels.items():
        _check_words(key, (value,))
    for requirement in selector.match_expressions:
        _check_operator(requirement)
        _check_words(requirement.key, requirement.values)


def parse_selector(text: str) -> LabelSelector:
    """Read the text form that ``kubectl -l`` takes: ``a=b,c!=d,e in (x,y),f notin (z),g,!h``.

    Raises:
        BadSelector: a part of it is no requirement.
    """
    equal: dict[str, str] = {}
    expressions: list[LabelRequirement] = []
    for part in _parts(text):
        requirement = _requirement(part)
        if _is_equality(requirement) and requirement.key not in equal:
            equal[requirement.key] = requirement.values[0]
        else:
            expressions.append(requirement)
    selector = LabelSelector(equal, tuple(expressions))
    check(selector)
    return selector


def selector_text(selector: LabelSelector) -> str:
    """Return the text form of ``selector``, as the API's ``labelSelector`` parameter takes it.

    Raises:
        BadSelector: see :func:`check`.
    """
    check(selector)
    parts = [f"{key}={value}" for key, value in selector.match_labels.items()]
    return ",".join([*parts, *(_text(one) for one in selector.match_expressions)])


def _holds(requirement: LabelRequirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value in requirement.values
        case "NotIn":  # also of objects that lack the label
            return value not in requirement.values
        case "Exists":
            return value is not None
        case _:
            return value is None


def _check_operator(requirement: LabelRequirement) -> None:
    operator = requirement.operator
    if operator not in (*_WITH_VALUES, *_WITHOUT_VALUES):
        known = ", ".join((*_WITH_VALUES, *_WITHOUT_VALUES))
        hint = near(operator, (*_WITH_VALUES, *_WITHOUT_VALUES), otherwise=f"it is one of {known}")
        raise BadSelector(f'a label selector has no operator "{operator}"', hint=hint)
    if bool(requirement.values) != (operator in _WITH_VALUES):
        need = "needs values" if operator in _WITH_VALUES else "takes no values"
        raise BadSelector(f'operator {operator} of label "{requirement.key}" {need}')


def _check_words(key: str, values: tuple[str, ...]) -> None:
    if not is_label_key(key):
        raise BadSelector(f'"{key}" is no key of a label')
    for value in values:
        if not is_label_value(value):
            raise BadSelector(f'"{value}" cannot be the value of label "{key}"')


def _parts(text: str) -> list[str]:
    return [part.strip() for part in _COMMA.split(text)] if text.strip() else []


def _requirement(part: str) -> LabelRequirement:
    if found := _SET.fullmatch(part):
        operator = "In" if found["operator"] == "in" else "NotIn"
        values = tuple(value.strip() for value in found["values"].split(","))
        return LabelRequirement(found["key"], operator, values)
    if found := _EQUALITY.fullmatch(part):
        operator = "NotIn" if found["operator"] == "!=" else "In"
        return LabelRequirement(found["key"], operator, (found["value"],))
    if found := _PRESENCE.fullmatch(part):
        return LabelRequirement(found["key"], "DoesNotExist" if found["not"] else "Exists")
    raise BadSelector(
        f'"{part}" is no requirement of a label selector',
        hint="write key=value, key!=value, key in (a,b), key notin (a,b), key or !key",
    )


def _is_equality(requirement: LabelRequirement) -> bool:
    return requirement.operator == "In" and len(requirement.values) == 1


def _text(requirement: LabelRequirement) -> str:
    values = f"({','.join(requirement.values)})"
    match requirement.operator:
        case "In":
            return f"{requirement.key} in {values}"
        case "NotIn":
            return f"{requirement.key} notin {values}"
        case "Exists":
            return requirement.key
        case _:
            return f"!{requirement.key}"
