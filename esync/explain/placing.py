"""At which step an error belongs, by its rule. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.flow.explanation import Stage

if TYPE_CHECKING:
    from esync.errors import EsyncError

_PLANNING: Final = {
    **dict.fromkeys(("ES0017", "ES0021", "ES0022", "ES0023", "ES0024"), Stage.SCHEMA),
    **dict.fromkeys(("ES0014", "ES0015", "ES0016", "ES0019", "ES0813"), Stage.CONDITIONS),
    **dict.fromkeys((f"ES00{number}" for number in ("10", "11", "12", "13", "18")), Stage.STORE),
}
_CREDENTIALS: Final = frozenset(f"ES03{number}" for number in range(50, 57))
# Who we are, and whether the store can be spoken to at all.
_SIGN_IN: Final = frozenset(
    {
        *("ES0305", "ES0306", "ES0331", "ES0341", "ES0343", "ES0344", "ES0345", "ES0346"),
        *("ES0357", "ES0358", "ES0359", "ES0360", "ES0460", "ES0461", "ES0468", "ES0469"),
        *(f"ES03{number}" for number in (90, *range(92, 99))),
    }
)
_DECODING: Final = frozenset({"ES0320", "ES0321", "ES0402", "ES0403", "ES0404"})
_TEMPLATE: Final = frozenset({"ES0405", "ES0406", "ES0409", "ES0411", "ES0412"})
_OWNERSHIP: Final = frozenset({"ES0407", "ES0408", "ES0502", "ES0504", "ES0511"})


def of_planning(error: EsyncError, *, of_store: bool) -> Stage:
    """Return the step of an error that was found without asking anybody.

    Args:
        error: of the ExternalSecret, or of a store that it names.
        of_store: it stands at a store.
    """
    # What a provider says of the settings of its store is told at each who uses it.
    at_store = of_store or error.rule.startswith(("ES03", "ES04"))
    return _PLANNING.get(error.rule, Stage.STORE if at_store else Stage.SCHEMA)


def of_opening(error: EsyncError) -> Stage:
    """Return the step of an error in opening a store: it reads credentials, and may sign in."""
    return Stage.SIGN_IN if error.rule in _SIGN_IN else Stage.CREDENTIALS


def of_answer(error: EsyncError) -> Stage:
    """Return the step of an error that came instead of an answer; some sign in only then."""
    if error.rule in _SIGN_IN:
        return Stage.SIGN_IN
    # What the cluster refuses is a credential: a store is asked by no other means.
    is_reading = error.rule in _CREDENTIALS or error.rule in {"ES0202", "ES0205"}
    return Stage.CREDENTIALS if is_reading else Stage.KEY


def of_shaping(error: EsyncError) -> Stage:
    """Return the step of an error in making the target of the answers."""
    if error.rule in _DECODING:
        return Stage.DECODING
    if error.rule in _OWNERSHIP:
        return Stage.OWNERSHIP
    if error.rule in _TEMPLATE or not error.rule.startswith(("ES03", "ES04")):
        return Stage.TEMPLATE
    return Stage.PROPERTY


def of_delivery(error: EsyncError) -> Stage:
    """Return the step of an error in comparing the target with what is live."""
    return Stage.OWNERSHIP if error.rule in _OWNERSHIP else Stage.WRITE
