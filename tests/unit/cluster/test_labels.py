"""Label selectors choose what Kubernetes would choose."""

from __future__ import annotations

import pytest

from esync.cluster.labels import (
    BadSelector,
    matches,
    parse_selector,
    selector_text,
)
from esync.manifests.externalsecret import LabelRequirement, LabelSelector
from esync.manifests.names import is_label_key, is_label_value

LABELS = {"app": "shop", "tier": "web", "empty": ""}


def _expression(key: str, operator: str, *values: str) -> LabelSelector:
    return LabelSelector({}, (LabelRequirement(key, operator, values),))


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [
        (LabelSelector(), True),
        (LabelSelector({"app": "shop"}), True),
        (LabelSelector({"app": "shop", "tier": "db"}), False),
        (LabelSelector({"absent": ""}), False),
        (LabelSelector({"empty": ""}), True),
        (_expression("app", "In", "shop", "cart"), True),
        (_expression("app", "In", "cart"), False),
        (_expression("absent", "In", "cart"), False),
        (_expression("app", "NotIn", "shop"), False),
        (_expression("app", "NotIn", "cart"), True),
        (_expression("absent", "NotIn", "cart"), True),
        (_expression("tier", "Exists"), True),
        (_expression("absent", "Exists"), False),
        (_expression("tier", "DoesNotExist"), False),
        (_expression("absent", "DoesNotExist"), True),
        (
            LabelSelector({"app": "shop"}, (LabelRequirement("tier", "NotIn", ("web",)),)),
            False,
        ),
    ],
)
def test_everything_in_a_selector_must_hold(selector: LabelSelector, *, chosen: bool) -> None:
    """Labels and expressions are ANDed; NotIn also chooses objects without the label."""
    assert matches(selector, LABELS) is chosen


def test_no_selector_chooses_nothing() -> None:
    """A null selector is not an empty one."""
    assert not matches(None, LABELS)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("", True),
        ("app=shop", True),
        ("app==shop,tier = web", True),
        ("app!=shop", False),
        ("absent!=shop", True),
        ("app in (cart, shop),tier", True),
        ("app notin (cart,shop)", False),
        ("!absent", True),
        ("!app", False),
        ("empty=", True),
        ("app=shop,app=cart", False),
    ],
)
def test_text_form_is_that_of_kubectl(text: str, *, chosen: bool) -> None:
    """Equality, set and presence requirements are read, and written so that they mean the same."""
    selector = parse_selector(text)

    assert matches(selector, LABELS) is chosen
    assert matches(parse_selector(selector_text(selector)), LABELS) is chosen


def test_selector_is_written_for_the_api() -> None:
    """Every operator has its text form."""
    selector = LabelSelector(
        {"app": "shop"},
        (
            LabelRequirement("tier", "In", ("web", "db")),
            LabelRequirement("env", "NotIn", ("dev",)),
            LabelRequirement("team.example.com/name", "Exists"),
            LabelRequirement("old", "DoesNotExist"),
        ),
    )

    assert selector_text(selector) == (
        "app=shop,tier in (web,db),env notin (dev),team.example.com/name,!old"
    )


@pytest.mark.parametrize("text", ["a b", "=x", "app in shop", "a,,b", "app>1", "app in ()(b)"])
def test_text_that_is_no_selector(text: str) -> None:
    """What kubectl would not take is refused, and the part at fault is quoted."""
    with pytest.raises(BadSelector):
        parse_selector(text)


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        (_expression("app", "in", "shop"), 'a label selector has no operator "in"'),
        (_expression("app", "In"), 'operator In of label "app" needs values'),
        (_expression("app", "Exists", "x"), 'operator Exists of label "app" takes no values'),
        (_expression("-app", "Exists"), '"-app" is no key of a label'),
        (LabelSelector({"app": "a b"}), '"a b" cannot be the value of label "app"'),
    ],
)
def test_malformed_selector_is_an_error(selector: LabelSelector, message: str) -> None:
    """A selector that the API server would refuse never silently chooses anything."""
    with pytest.raises(BadSelector) as caught:
        matches(selector, LABELS)

    assert caught.value.message == message


def test_near_operator_is_suggested() -> None:
    """A slip of the pen gets the right word."""
    with pytest.raises(BadSelector) as caught:
        matches(_expression("app", "Exist"), LABELS)

    assert caught.value.hint == 'did you mean "Exists"?'


@pytest.mark.parametrize(
    ("text", "legal"),
    [
        ("app", True),
        ("app.kubernetes.io/name", True),
        ("A_b.c-9", True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("", False),
        ("/name", False),
        ("Domain/name", False),
        ("a/b/c", False),
        (f"{'a' * 254}/b", False),
        ("app\n", False),
        ("_app", False),
    ],
)
def test_keys_of_labels(text: str, *, legal: bool) -> None:
    """At most 63 characters, alphanumeric ends, and a lower-case domain before the slash."""
    assert is_label_key(text) is legal


@pytest.mark.parametrize(
    ("text", "legal"),
    [
        ("", True),
        ("Web-1", True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("a b", False),
        ("é", False),
    ],
)
def test_values_of_labels(text: str, *, legal: bool) -> None:
    """A value is empty or like the name part of a key."""
    assert is_label_value(text) is legal
