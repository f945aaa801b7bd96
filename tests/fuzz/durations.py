"""Durations before two judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat.durations import DurationError, format_duration, parse_duration
from tests.fuzz.courts import packed, texts, unpacked

if TYPE_CHECKING:
    from random import Random

    from tests.fuzz.courts import Parcel

_NUMBERS = ("0", "1", "1.5", ".5", "00", "9223372036854775807", "2562047", "0.1", "1.", ".", "007")
_UNITS = ("ns", "us", "µs", "μs", "ms", "s", "m", "h", "d", "", " s", "S", "sm", "_")
_SIGNS = ("", "", "-", "+", "--", " ")


class Durations:
    """Reads and writes durations."""

    kind = "duration"

    def questions(self, random: Random, count: int) -> list[Parcel]:
        """Make up durations, most of them well formed."""
        return [{"input": packed(self._text(random))} for _ in range(count)]

    def _text(self, random: Random) -> bytes:
        text = random.choice(_SIGNS)
        for _ in range(random.randint(0, 3)):
            number = random.choice(_NUMBERS)
            if random.random() < 0.5:
                number = (
                    f"{random.randrange(10 ** random.randint(1, 20))}.{random.randrange(10**9)}"
                )
            units = _UNITS if random.random() < 0.2 else _UNITS[:8]
            text += number + random.choice(units)
        return text.encode()

    def ours(self, question: Parcel) -> Parcel:
        """Read and write it ourselves."""
        try:
            found = parse_duration(unpacked(question["input"]))
        except DurationError as error:
            return {"ok": False, "error": packed(str(error).encode())}
        return {"ok": True, "ns": str(found), "output": packed(format_duration(found).encode())}

    def golden(self, question: Parcel, answer: Parcel) -> Parcel:
        """Return a line as in ``duration.jsonl``."""
        line = {"kind": "parse", **texts(input=unpacked(question["input"])), "ok": answer["ok"]}
        if not answer["ok"]:
            return {**line, **texts(error=unpacked(answer["error"]))}
        return {**line, "ns": answer["ns"], **texts(output=unpacked(answer["output"]))}
