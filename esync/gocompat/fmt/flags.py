"""What stands between ``%`` and the verb: flags, width and precision."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Flags:
    """The flags of one directive.

    Attributes:
        minus: pad on the right.
        plus: always show a sign; ASCII only for quoted text.
        sharp: the alternate form.
        space: leave room for a sign.
        zero: pad with zeros.
        plus_v: ``%+v``, names of fields.
        sharp_v: ``%#v``, Go syntax.
        width: at least that many characters.
        precision: digits, or at most that many characters.
    """

    minus: bool = False
    plus: bool = False
    sharp: bool = False
    space: bool = False
    zero: bool = False
    plus_v: bool = False
    sharp_v: bool = False
    width: int | None = None
    precision: int | None = None

    def for_v(self) -> None:
        """Take ``+`` and ``#`` in the sense that they have for ``%v``."""
        self.sharp_v, self.sharp = self.sharp, False
        self.plus_v, self.plus = self.plus, False


# The character that sets each flag.
FLAGS = {"#": "sharp", "0": "zero", "+": "plus", "-": "minus", " ": "space"}
