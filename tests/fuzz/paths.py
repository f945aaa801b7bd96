"""Paths into JSON before two judges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from esync.payload.gjson import get
from tests.fuzz.courts import packed, texts, unpacked

if TYPE_CHECKING:
    from random import Random

    from tests.fuzz.courts import Parcel

_KEYS = (
    "a",
    "b",
    "c",
    "a.b",
    "x",
    "ab",
    "a*",
    "we|rd",
    "é",
    '"q',
    "a\\b",
    "0",
    "1",
    "",
    "#",
    "@at",
)
_NUMBERS = ("0", "1", "-1", "1.50", "1e3", "1E400", "-0", "12345678901234567890", "0.1", "-1.5e-7")
_ODD_NUMBERS = ("01", "1.", "--1", "+1", "nan", "NaN", "inf", "-", "1x", "1_0", "0x10")
_STRINGS = ("", "x", "a", "true", "null", "T", "0", "é", '"', "\\", 'a"b', "\n", "<&>", '{"in":1}')
_BROKEN = (
    r'"\ud800"',
    r'"\u12"',
    '"un',
    "tru",
    "nulll",
    "{",
    "[",
    "}",
    "]",
    ",",
    r'"\ud83d\ude00"',
)
_BLANKS = ("", "", "", " ", "\n", "\t")
_MODIFIERS = (
    *("@this", "@reverse", "@keys", "@values", "@flatten", "@join", "@pretty", "@ugly", "@valid"),
    *("@tostr", "@fromstr", "@group", "@dig:a", "@dig:#.a", "@nosuch", "@this:1", "@"),
    *('@flatten:{"deep":true}', '@join:{"preserve":true}', '@pretty:{"sortKeys":true}'),
    '@pretty:{"indent":"\\t","prefix":" ","width":20}',
)
_OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "%", "!%", "=", "!", "==~", "!=~")
_VALUES = ("1", '"x"', "x", '"a*"', "*", "true", "null", "~true", "~null", "~*", '"é"', "", ' "x" ')
_ODD_STEPS = ('!"x"', "!true", "!null", "!5", '!{"a":1}', "![1]", "!nope", "-1", "1.5", "..", "\\")
_SPECIAL = '.*?|#@!{}[]\\"'


class Paths:
    """Looks paths up in documents, some of which are no JSON."""

    kind = "gjson"

    def questions(self, random: Random, count: int) -> list[Parcel]:
        """Make up documents, and for each some paths, most of which lead somewhere."""
        writer = _Writer(random)
        questions: list[Parcel] = []
        while len(questions) < count:
            document = writer.document()
            for _ in range(min(4, count - len(questions))):
                path = writer.way_into(document) or writer.path(2)
                questions.append({"json": packed(document), "path": packed(path.encode())})
        return questions

    def ours(self, question: Parcel) -> Parcel:
        """Look it up ourselves."""
        found = get(unpacked(question["json"]), unpacked(question["path"]))
        return {
            "ok": True,
            "exists": found.exists,
            "type": found.type.value,
            "raw": packed(found.raw),
            "string": packed(found.string),
        }

    def golden(self, question: Parcel, answer: Parcel) -> Parcel:
        """Return a line as in ``gjson.jsonl``."""
        given = texts(json=unpacked(question["json"]), path=unpacked(question["path"]))
        found = texts(raw=unpacked(answer["raw"]), string=unpacked(answer["string"]))
        return {**given, "exists": answer["exists"], "type": answer["type"], **found}


class _Writer:
    """Writes random documents and paths."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def document(self) -> bytes:
        text = self._value(4) if self._chance(0.3) else self._block(3)
        if self._chance(0.1):
            at = self._random.randint(0, len(text))
            text = text[:at] + self._random.choice('", }]{[\\:x') + text[at + 1 :]
        if self._chance(0.05):
            text = self._random.choice(("junk ", "\ufeff", " ")) + text
        if self._chance(0.05):
            text += self._random.choice((" trailing", "\n[2]", '\n{"a":1}'))
        content = text.encode()
        if self._chance(0.03):
            at = self._random.randint(0, len(content))
            content = content[:at] + bytes((self._random.randrange(0x80, 0x100),)) + content[at:]
        return content

    def _value(self, depth: int) -> str:
        if depth > 0 and self._chance(0.55):
            return self._block(depth)
        kinds = [self._string(self._random.choice(_STRINGS)), self._random.choice(_NUMBERS)]
        kinds.append(self._random.choice(("true", "false", "null")))
        if self._chance(0.05):
            return self._random.choice((*_BROKEN, *_ODD_NUMBERS))
        return self._random.choice(kinds)

    def _block(self, depth: int) -> str:
        items = [self._value(depth - 1) for _ in range(self._random.randint(0, 4))]
        if self._chance(0.4):
            return f"[{self._blank()}{','.join(item + self._blank() for item in items)}]"
        members = (
            f"{self._string(self._random.choice(_KEYS))}{self._blank()}:{self._blank()}{item}"
            for item in items
        )
        return f"{{{self._blank()}{f',{self._blank()}'.join(members)}{self._blank()}}}"

    def _blank(self) -> str:
        return self._random.choice(_BLANKS)

    def _string(self, text: str) -> str:
        return json.dumps(text, ensure_ascii=self._chance(0.5))

    def path(self, depth: int) -> str:
        path = self._step(depth)
        for _ in range(self._random.randint(0, 3)):
            path += self._random.choice("...|") + self._step(depth)
        if self._chance(0.05):
            at = self._random.randint(0, len(path))
            path = path[:at] + self._random.choice('.|#@!{}[]()"\\:,*? ') + path[at:]
        return path

    def _step(self, depth: int) -> str:
        roll = self._random.random()
        if roll < 0.5:
            return self._escaped(self._random.choice(_KEYS))
        if roll < 0.65:
            return self._random.choice(("0", "1", "2", "3", "#", "*", "a*", "?", "*b", "a?", "\\*"))
        if roll < 0.8 and depth > 0:
            return self._query(depth)
        if roll < 0.95 and depth > 0:
            return self._random.choice((*_MODIFIERS, self._multipath(depth)))
        return self._random.choice(_ODD_STEPS)

    def _query(self, depth: int) -> str:
        inside = self._random.choice(("", "a", "b", "a.b", "#", '"', self._step(depth - 1)))
        condition = self._random.choice(_OPERATORS) + self._random.choice(_VALUES)
        return f"#({inside}{condition if self._chance(0.8) else ''})" + self._random.choice(
            ("", "#")
        )

    def _multipath(self, depth: int) -> str:
        names = ("", "", '"k":', "k:", "a.b:", '"bad:')
        paths = [self._random.choice(names) + self.path(depth - 1) for _ in range(2)]
        opening, closing = self._random.choice(("{}", "[]", "[}", "{x"))
        return opening + ",".join(paths) + closing

    def _escaped(self, key: str) -> str:
        return "".join(
            f"\\{char}" if char in _SPECIAL and self._chance(0.8) else char for char in key
        )

    def way_into(self, document: bytes) -> str:
        """Return a path along what the document has; nothing if it is no JSON."""
        try:
            here: Any = json.loads(document)
        except ValueError:
            return ""
        steps: list[str] = []
        while isinstance(here, dict | list) and here and self._chance(0.85):
            step, here = self._into(here)
            steps.append(step)
            if self._chance(0.12):
                steps.append(self._random.choice(_MODIFIERS))
        return "".join(step + self._random.choice(".....|") for step in steps)[:-1]

    def _into(self, here: Any) -> tuple[str, Any]:
        if isinstance(here, dict):
            key = self._random.choice(list(here))
            patterns = ("*", self._escaped(key[:1]) + "*", "?" * len(key))
            step = self._random.choice(patterns) if self._chance(0.15) else self._escaped(key)
            return step, here[key]
        at = self._random.randrange(len(here))
        if self._chance(0.4):
            return str(at), here[at]
        if self._chance(0.4):
            return "#", here[0]
        item = here[at]
        inside = (
            self._escaped(self._random.choice(list(item)))
            if item and isinstance(item, dict)
            else ""
        )
        value = (
            json.dumps(item) if not isinstance(item, dict | list) else self._random.choice(_VALUES)
        )
        condition = self._random.choice(_OPERATORS[:9]) + value if self._chance(0.8) else ""
        return f"#({inside}{condition})" + self._random.choice(("", "#")), item
