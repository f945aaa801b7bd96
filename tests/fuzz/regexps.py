"""Regular expressions before two judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat import regexp
from tests.fuzz.courts import packed, texts, unpacked

if TYPE_CHECKING:
    from random import Random

    from tests.fuzz.courts import Parcel

_PIECES = (
    *("a", "b", "c", "x", "A", "Z", "k", "K", "s", "é", "日", "0", "1", "_", "-", " ", "/"),
    *(".", "^", "$", r"\b", r"\B", r"\A", r"\z", r"\d", r"\w", r"\W", r"\s", r"\S", r"\n", r"\/"),
    *("[ab]", "[^a]", "[a-c]", r"[^\d]", r"[\W_]", "[[:alpha:]]", "[^[:space:]]", "[", r"[^\pN]"),
    *(r"\pL", r"\p{Lu}", r"\P{Greek}", r"\p{^Nd}", r"\pC", r"\p{LC}", r"\p", r"\C", r"\x41"),
    *("(?i)", "(?s)", "(?m)", "(?U)", "(?-i)", "(?i:a)", r"\Qa.b\E", r"\x{e9}", r"\07", r"\xff"),
    *("(?:", "(", "(", "(", ")", ")", ")", "(?P<n>", "(?<m>", "(?P<n", "|", "|"),
    *("*", "+", "?", "*?", "+?", "??", "{2}", "{0,1}", "{1,}", "{,3}", "{0}", "{2,3}?"),
)
_TEXTS = (
    *("a", "b", "c", "A", "B", "é", "É", "日", "1", "2", "_", "-", " ", "\n", "x", "k", "K"),
    *("\u212a", "\u017f", "s", "S", "/", ".", "a.b", "Σ", "ς", "σ", "\ufffd", "\t"),  # noqa: RUF001
)
_TARGETS = (
    *("$1", "$0", "${1}", "$n", "${m}", "$$", "x", "-", "$", "${", "$1_", "$2", "é", "$é"),
    *("<$0>", "${1}x", r"\1", "$01", "$1a"),
)


class Regexps:
    """Compiles, replaces, finds and splits."""

    kind = "regexp"

    def questions(self, random: Random, count: int) -> list[Parcel]:
        """Make up expressions, half of which compile, with something to match."""
        return [self._question(random) for _ in range(count)]

    def _question(self, random: Random) -> Parcel:
        source = "".join(random.choices(_PIECES, k=random.randint(1, 8)))
        if random.random() < 0.7:
            source += ")" * max(0, source.count("(") - source.count(")"))
        target = "".join(random.choices(_TARGETS, k=random.randint(0, 3)))
        text = "".join(random.choices(_TEXTS, k=random.randint(0, 8))).encode()
        return {
            "source": packed(_with_stray_byte(random, source.encode(), 0.03)),
            "target": packed(target.encode()),
            "input": packed(_with_stray_byte(random, text, 0.2)),
        }

    def ours(self, question: Parcel) -> Parcel:
        """Do it all ourselves."""
        source, target = unpacked(question["source"]), unpacked(question["target"])
        text = unpacked(question["input"])
        try:
            pattern = regexp.compile(source)
        except regexp.RegexpError as error:
            return {"ok": False, "error": packed(str(error).encode("utf-8", "surrogateescape"))}
        return {
            "ok": True,
            "output": packed(regexp.replace_all(pattern, text, target)),
            "literal": packed(regexp.replace_all_literal(pattern, text, target)),
            "search": regexp.search(pattern, text),
            "all": [packed(match) for match in regexp.find_all(pattern, text)],
            "splits": [
                [packed(piece) for piece in regexp.split(pattern, text, limit)] for limit in (-1, 2)
            ],
        }

    def golden(self, question: Parcel, answer: Parcel) -> Parcel:
        """Return a line as in ``regexp.jsonl``."""
        fields = {name: unpacked(question[name]) for name in ("source", "target", "input")}
        result = "output" if answer["ok"] else "error"
        return {**texts(**fields, **{result: unpacked(answer[result])}), "ok": answer["ok"]}


def _with_stray_byte(random: Random, text: bytes, chance: float) -> bytes:
    if random.random() >= chance:
        return text
    at = random.randint(0, len(text))
    return text[:at] + bytes((random.randrange(0x80, 0x100),)) + text[at:]
