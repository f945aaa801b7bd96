"""Go's regular expressions, checked as Go checks them and rewritten for RE2.

RE2 and Go mean almost the same. This module refuses what only RE2 takes, with Go's words, and
spells out what only Go takes, so that the engine sees no flags, no names and no quotations.

Source:
    Go 1.26, ``regexp/syntax``: the flags of ``regexp.Compile``.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from esync.gocompat.regexp.brackets import NOTHING, bracket_class, unicode_escape
from esync.gocompat.regexp.escapes import BAD_BYTE, RegexpError, check_utf8, escaped, quoted
from esync.gocompat.regexp.tree import FAR, WIDEST, Flags, Group, Item

_MAX_REPEAT: Final = 1000
_MAX_HEIGHT: Final = 1000
_MAX_OPEN: Final = 20_000  # groups; Go has no such limit, but no use for more either
_TOO_MANY_DIGITS: Final = 10


_PLAIN = re.compile(r"[^\\(|)^$.\[*+?{\uDC80-\uDCFF]+")
_COUNT = re.compile(r"\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\}")
_NAME = re.compile(r"\(\?P?<([A-Za-z0-9_]+)>")


class Rewritten(NamedTuple):
    """An expression for RE2, and what is known of it.

    Attributes:
        expression: in RE2's dialect.
        names: the names of its groups by number; ``""`` for a group without one.
        reach: the most bytes that a match can have; at least ``FAR`` if there is no limit.
        choices: how many of its characters can be one or another, be there or not.
    """

    expression: str
    names: tuple[str, ...]
    reach: int
    choices: int


def rewrite(source: str) -> Rewritten:
    """Check ``source`` and rewrite it; bytes that are no UTF-8 stand in it as lone surrogates.

    Raises:
        RegexpError: Go refuses it.
    """
    return _Parser(source).run()


class _Parser:
    """One pass over an expression, from left to right."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._flags = Flags()
        self._names = [""]
        self._stack = [Group("(?:", Flags())]
        self._repeat_from = -1  # where the repetition just read begins, or -1

    def run(self) -> Rewritten:
        source = self._source
        while self._at < len(source):
            repeat_from = self._at
            if not self._step(source[self._at]):
                repeat_from = -1
            self._repeat_from = repeat_from
        if len(self._stack) > 1:
            raise RegexpError("missing closing )", source)
        whole = self._limited(self._stack[0].closed())
        return Rewritten(whole.text, tuple(self._names), whole.reach, whole.choices)

    def _step(self, char: str) -> bool:
        """Read one token; tell whether it was a repetition."""
        match char:
            case "*" | "+" | "?":
                self._repeat(self._at + 1, char, 1, unlimited=char != "?")
                return True
            case "{":
                return self._count()
            case "(":
                self._open()
            case "|":
                self._stack[-1].end_branch()
                self._at += 1
            case ")":
                self._close()
            case "[":
                self._class()
            case "\\":
                self._escape()
            case _:
                self._simple(char)
        return False

    def _simple(self, char: str) -> None:
        match char:
            case "^":
                self._push("(?m:^)" if self._flags.lines else "\\A")
            case "$":
                self._push("(?m:$)" if self._flags.lines else "\\z")
            case ".":
                self._push_class("(?s:.)" if self._flags.dot_all else ".")
            case _:
                check_utf8(self._source, self._at)
                self._plain()
                return
        self._at += 1

    def _plain(self) -> None:
        """Read ordinary characters; the last one stands alone, for a repetition may follow."""
        found = _PLAIN.match(self._source, self._at)
        run = found[0] if found else self._source[self._at]
        self._literals(run[:-1])
        self._literals(run[-1:])
        self._at += len(run)

    def _push(self, text: str, choices: int = 0) -> None:
        self._stack[-1].items.append(Item(text, choices=choices))

    def _literals(self, text: str) -> None:
        if text:
            shown = "".join(map(quoted, text))
            shown = f"(?i:{shown})" if self._flags.fold else shown
            self._stack[-1].items.append(Item(shown, len(text) * WIDEST))

    # Repetitions

    def _count(self) -> bool:
        """Read ``{2,3}``; anything else that begins with a brace is just a brace."""
        found = _COUNT.match(self._source, self._at)
        if found is None:
            self._literals("{")
            self._at += 1
            return False
        low = _number(found[1])
        high = low if not found[2] else _number(found[3]) if found[3] else -1
        if max(low, high) > _MAX_REPEAT or 0 <= high < low:
            raise RegexpError("invalid repeat count", found[0])
        self._repeat(found.end(), found[0], max(low, high), unlimited=high < 0)
        return True

    def _repeat(self, end: int, operator: str, times: int, *, unlimited: bool) -> None:
        """Apply an operator that ends before ``end`` to the item before it."""
        begin = self._at
        lazy = self._source[end : end + 1] == "?"
        end += lazy
        if self._repeat_from >= 0:
            doubled = self._source[self._repeat_from : end]
            raise RegexpError("invalid nested repetition operator", doubled)
        items = self._stack[-1].items
        if not items:
            raise RegexpError("missing argument to repetition operator", self._source[begin:end])
        item = items.pop()
        text = f"(?:{item.text})" if item.is_repeat else item.text
        reluctant = "?" if lazy != self._flags.ungreedy else ""
        copies = max(times, 1) * item.copies if times or unlimited else 1
        if times > 1 and copies > _MAX_REPEAT:
            raise RegexpError("invalid repeat count", self._source[begin:end])
        repeated = Item(
            text + operator + reluctant,
            reach=FAR if unlimited and item.reach else min(FAR, times * item.reach),
            choices=max(item.choices, 1) * max(times, 1),
            copies=copies,
            height=item.height + 1,
            is_repeat=True,
        )
        items.append(self._limited(repeated))
        self._at = end

    def _limited(self, item: Item) -> Item:
        if item.height > _MAX_HEIGHT:
            raise RegexpError("expression nests too deeply", self._source)
        return item

    # Groups

    def _open(self) -> None:
        source, at = self._source, self._at
        if not source.startswith("(?", at):
            self._names.append("")
            self._begin("(", at + 1)
            return
        named = (source.startswith("(?P<", at) and len(source) > at + 4) or (
            source.startswith("(?<", at) and len(source) > at + 3
        )
        if named:
            self._open_named()
        else:
            self._open_flagged()

    def _open_named(self) -> None:
        source, at = self._source, self._at
        end = source.find(">", at)
        if end < 0:
            bad = BAD_BYTE.search(source, at)
            if bad:
                raise RegexpError("invalid UTF-8", source[bad.start() :])
            raise RegexpError("invalid named capture", source[at:])
        bad = BAD_BYTE.search(source, at, end)
        if bad:
            raise RegexpError("invalid UTF-8", source[bad.start() : end])
        name = _NAME.fullmatch(source, at, end + 1)
        if name is None:
            raise RegexpError("invalid named capture", source[at : end + 1])
        self._names.append(name[1])
        self._begin("(", end + 1)

    def _open_flagged(self) -> None:
        """Read ``(?i)``, which changes flags up to the end of the group, or ``(?i:``."""
        source = self._source
        flags = self._flags.copy()
        on, seen = True, False
        for at in range(self._at + 2, len(source)):
            check_utf8(source, at)
            char = source[at]
            if char in "imsU":
                flags.set(char, on=on)
                seen = True
            elif char == "-" and on:
                on, seen = False, False
            elif char in ":)" and (on or seen):
                if char == ":":
                    self._begin("(?:", at + 1)
                self._flags, self._at = flags, at + 1
                return
            else:
                raise RegexpError("invalid or unsupported Perl syntax", source[self._at : at + 1])
        raise RegexpError("invalid or unsupported Perl syntax", source[self._at :])

    def _begin(self, opening: str, at: int) -> None:
        if len(self._stack) > _MAX_OPEN:
            raise RegexpError("expression nests too deeply", self._source)
        self._stack.append(Group(opening, self._flags))
        self._flags = self._flags.copy()
        self._at = at

    def _close(self) -> None:
        if len(self._stack) == 1:
            raise RegexpError("unexpected )", self._source)
        group = self._stack.pop()
        self._flags = group.flags
        self._stack[-1].items.append(self._limited(group.closed()))
        self._at += 1

    # Escapes

    def _escape(self) -> None:
        source, at = self._source, self._at
        following = source[at + 1 : at + 2]
        match following:
            case "A" | "b" | "B" | "z":
                self._push("\\" + following)
                self._at += 2
            case "d" | "D" | "s" | "S" | "w" | "W":
                self._push_class("\\" + following)
                self._at += 2
            case "C":
                raise RegexpError("invalid escape sequence", "\\C")
            case "Q":
                self._quotation()
            case "p" | "P":
                text, self._at = unicode_escape(source, at)
                self._push_class(f"[{text}]" if text else NOTHING)
            case _:
                char, self._at = escaped(source, at)
                self._literals(char)

    def _quotation(self) -> None:
        r"""Read ``\Q…\E``; without ``\E`` it lasts to the end."""
        begin = self._at + 2
        end = self._source.find("\\E", begin)
        stop = len(self._source) if end < 0 else end
        for at in range(begin, stop):
            check_utf8(self._source, at, stop)
            self._literals(self._source[at])
        self._at = stop if end < 0 else end + 2

    # Classes

    def _push_class(self, text: str) -> None:
        self._push(f"(?i:{text})" if self._flags.fold else text, choices=1)

    def _class(self) -> None:
        text, self._at = bracket_class(self._source, self._at)
        self._push_class(text)


def _number(digits: str) -> int:
    return int(digits) if len(digits) < _TOO_MANY_DIGITS else _MAX_REPEAT + 1
