"""Put answers together: which key gets which value, before any template.

Source: External Secrets Operator 2.9: all of ``dataFrom`` in order, then all of ``data``; what
comes later wins. Each entry is rewritten, or else converted, then checked and decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.errors import EsyncError
from esync.manifests.externalsecret import DeletionPolicy
from esync.payload.keys import check_keys, convert_keys
from esync.payload.payload import PropertyMissing
from esync.providers.contract import NoSecret
from esync.records import dataclass, field
from esync.shape.decode import finish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.flow.fetched import Answer
    from esync.flow.plan import Ask, Entry, Planned
    from esync.manifests.externalsecret import Data, DataFrom
    from esync.secret import SecretValue
    from esync.shape.chance import Chance


@dataclass(slots=True)
class Collected:
    """Value by key, and what there is to say about them."""

    data: dict[str, SecretValue] = field(default_factory=dict)
    from_values: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def collect(planned: Planned, answers: Mapping[Ask, Answer], chance: Chance) -> Collected:
    """Return what the entries of one ExternalSecret bring.

    Raises:
        EsyncError: an entry failed; nothing of the others counts then. A secret that the store
            does not have is a note instead, unless the deletion policy is Retain.
    """
    collected = Collected()
    tolerant = planned.external_secret.spec.target.deletion_policy is not DeletionPolicy.RETAIN
    for entry in planned.entries:
        if entry.ask is None:
            continue
        at = planned.place(entry.path)
        answer = answers[entry.ask]
        try:
            if answer.error:
                raise answer.error
            _take(entry, answer, collected, chance)
        except EsyncError as error:
            missing = (
                answer.no_secret
                or isinstance(error, NoSecret)  # some stores tell only by how they are asked
                or (isinstance(error, PropertyMissing) and error.no_secret)
            )
            if not (missing and tolerant):
                raise error.located(at) from None
            collected.notes.append(f"{_spelled(entry)} is not in the store and was left out")
    return collected


def _take(entry: Entry, answer: Answer, collected: Collected, chance: Chance) -> None:
    if entry.data:
        collected.data[entry.data.secret_key] = _one(entry.data, answer)
        collected.from_values.discard(entry.data.secret_key)
    elif entry.data_from:
        _many(entry, entry.data_from, answer, collected, chance)


def _one(data: Data, answer: Answer) -> SecretValue:
    if answer.payload is None:
        raise AssertionError("a read was answered without a payload")
    ref = data.remote_ref
    return finish(answer.payload.value(ref.property), ref, f'"{data.secret_key}"')


def _many(
    entry: Entry, data_from: DataFrom, answer: Answer, collected: Collected, chance: Chance
) -> None:
    ref = data_from.find or data_from.extract
    if ref is None:
        return
    if answer.found is not None:
        brought: Mapping[str, SecretValue] = answer.found
    elif answer.payload is not None and data_from.extract:
        brought = answer.payload.members(data_from.extract.property)
    else:
        raise AssertionError("an entry was answered with nothing")
    names_from_values: frozenset[str] = frozenset()
    if data_from.rewrite:
        from esync.shape.rewrite import rewrite  # templates and regular expressions: 50 ms

        done = rewrite(brought, data_from.rewrite, chance)
        brought, names_from_values = done.values, done.from_values
        if done.collisions:
            collected.notes.append(
                f"{_spelled(entry)}: rewrite gave {done.collisions + 1} or more keys one name; "
                "the last in sorted order won"
            )
    else:
        brought = convert_keys(brought, ref.conversion_strategy)
    for key in sorted(check_keys(brought)):
        collected.data[key] = finish(brought[key], ref, f"a value of {_spelled(entry)}")
    collected.from_values |= names_from_values


def _spelled(entry: Entry) -> str:
    words = [f"[{word}]" if isinstance(word, int) else f".{word}" for word in entry.path]
    return "".join(words).lstrip(".")
