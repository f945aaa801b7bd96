"""``--suggest-remote``: names that only the store knows, near those that it lacks.

Nobody else prints such names: they are learnt from the store, and not from the input.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from esync.errors import EsyncError
from esync.flow.plan import Ask, Entry, Operation
from esync.manifests.externalsecret import DataFrom, Find, FindName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.fetch import Runner
    from esync.flow.fetched import Answer
    from esync.flow.plan import Planned, StoreUse

_HOW_MANY: Final = 3
_EVERYTHING: Final = Find(name=FindName(".*"))


def near_keys(planned: Planned, answers: Mapping[Ask, Answer], runner: Runner) -> Iterator[str]:
    """Yield, for each key that a store lacks, the names in the store that are nearest to it.

    The store is asked for all of its names, and with most providers for their values too; these
    are dropped unseen.
    """
    missing: dict[StoreUse, list[str]] = {}
    for ask, answer in answers.items():
        if answer.no_secret and ask.key:
            missing.setdefault(ask.use, []).append(ask.key)
    for use, keys in missing.items():
        names = _names(planned, use, runner)
        if isinstance(names, EsyncError):
            yield f"the names in {use.store} cannot be told: {names.message}"
            continue
        for key in keys:
            yield _near(key, names)


def near_properties(planned: Planned, answers: Mapping[Ask, Answer]) -> Iterator[str]:
    """Yield, for each property that is not there, the members that are nearest to it."""
    for entry in planned.entries:
        answer = answers.get(entry.ask) if entry.ask else None
        if answer is None or answer.payload is None or entry.data is None:
            continue
        wanted = entry.data.remote_ref.property
        try:
            answer.payload.value(wanted)
        except EsyncError:
            try:
                members = list(answer.payload.members())
            except EsyncError:
                continue
            yield _near(wanted, members)


def _near(word: str, names: list[str]) -> str:
    found = get_close_matches(word, names, n=_HOW_MANY)
    if not found:
        return f'nothing in the store is called nearly "{word}"'
    return f'near "{word}": {", ".join(found)}'


def _names(planned: Planned, use: StoreUse, runner: Runner) -> list[str] | EsyncError:
    ask = Ask(use, Operation.FIND, find_key="suggest-remote", find=_EVERYTHING)
    entry = Entry(("spec",), ask, data_from=DataFrom(find=_EVERYTHING))
    [(_, fetched)] = runner.stream([replace(planned, entries=(entry,))])
    answer = fetched.answers[ask]
    return answer.error or sorted(answer.found or ())
