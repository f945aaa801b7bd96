"""What the parser of Go's regular expressions remembers: flags, items, open groups.

Source:
    Go 1.26, ``regexp/syntax``: the limits of repetition and of depth.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from esync.records import dataclass, field

WIDEST: Final = 4  # bytes of a character
FAR: Final = 1 << 40


@dataclass(slots=True)
class Flags:
    """The flags in force: ``i`` folds case, ``m`` is multi-line, ``s`` dots all, ``U`` ungreedy."""

    fold: bool = False
    lines: bool = False
    dot_all: bool = False
    ungreedy: bool = False

    def copy(self) -> Flags:
        """Return flags that can be set without a change to these."""
        return Flags(self.fold, self.lines, self.dot_all, self.ungreedy)

    def set(self, letter: str, *, on: bool) -> None:
        """Set the flag of that letter."""
        match letter:
            case "i":
                self.fold = on
            case "m":
                self.lines = on
            case "s":
                self.dot_all = on
            case _:
                self.ungreedy = on


class Item(NamedTuple):
    """What a repetition applies to.

    Attributes:
        text: in RE2's dialect.
        reach: the most bytes it matches.
        choices: how many of its characters can be one or another, be there or not.
        copies: the largest product of counts inside.
        height: the height of Go's tree.
        is_repeat: a repetition is its outermost part.
    """

    text: str
    reach: int = WIDEST
    choices: int = 0
    copies: int = 1
    height: int = 1
    is_repeat: bool = False


@dataclass(slots=True)
class Group:
    """An open parenthesis, or the whole expression."""

    opening: str
    flags: Flags
    branches: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    reach: int = 0
    choices: int = 0
    copies: int = 1
    height: int = 1

    def end_branch(self) -> None:
        """Close what stands between two ``|``."""
        self.reach = max(self.reach, min(FAR, sum(item.reach for item in self.items)))
        self.choices += sum(item.choices for item in self.items)
        self.branches.append("".join(item.text for item in self.items))
        self.copies = max([self.copies, *(item.copies for item in self.items)])
        inner = max((item.height for item in self.items), default=1)
        self.height = max(self.height, inner + (len(self.items) > 1))
        self.items = []

    def closed(self) -> Item:
        """Return the whole group as one item."""
        self.end_branch()
        choices = self.choices + len(self.branches) - 1
        nested = (len(self.branches) > 1) + (self.opening == "(")
        text = f"{self.opening}{'|'.join(self.branches)})"
        return Item(text, self.reach, choices, self.copies, self.height + nested)
