"""Formats of ``Printf``: finding the directives, and the operand of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from esync.gocompat.fmt.flags import FLAGS, Flags
from esync.gocompat.fmt.printer import NIL, Printer
from esync.gocompat.quoting import bytes_of, quote, text_of
from esync.gocompat.values import Value, type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MOST = 1_000_000  # no width, precision or index beyond this
_TEXT = re.compile(r"[^%]+")
_DIGITS = re.compile(r"[0-9]*")
# The verbs that are by far the most frequent, for the types that they are meant for.
_PLAIN: dict[tuple[str, type], Callable[[Value], bytes]] = {
    ("s", bytes): bytes,
    ("v", bytes): bytes,
    ("q", bytes): quote,
    ("d", int): b"%d".__mod__,
    ("v", int): b"%d".__mod__,
}


def sprintf(form: bytes, values: Sequence[Value], *, limit: int | None = None) -> bytes:
    """Print ``values`` as ``form`` says, and every mistake in it as Go does.

    Raises:
        OutputTooLongError: it takes more than ``limit`` bytes.
    """
    return _Formatting(text_of(form), values, Printer(limit)).run()


def _number(text: str) -> int | None:
    """Return the number that ``text`` is; None: none, or one that is too large."""
    if not text or len(text) > len(str(_MOST)) + 1 or int(text[:-1] or "0") > _MOST:
        return None
    return int(text)


class _Formatting:
    """The state of one ``Printf``: where in the format, and at which operand."""

    def __init__(self, form: str, values: Sequence[Value], printer: Printer) -> None:
        self._form = form
        self._values = values
        self._printer = printer
        self._at = 0
        self._operand = 0
        self._reordered = False
        self._index_is_good = True
        self._after_index = False

    def run(self) -> bytes:
        while self._at < len(self._form):
            text = _TEXT.match(self._form, self._at)
            if text is not None:
                self._printer.write(bytes_of(text[0]))
                self._at = text.end()
            else:
                self._at += 1
                if not self._simple():
                    self._directive()
        if not self._reordered and self._operand < len(self._values):
            self._extra()
        return self._printer.result()

    def _simple(self) -> bool:
        """Print the operand of a directive without flags, if it is of the usual kind."""
        if self._operand >= len(self._values):
            return False
        value = self._values[self._operand]
        plain = _PLAIN.get((self._here(), value.__class__))
        if plain is None:
            return False
        self._printer.write(plain(value))
        self._operand += 1
        self._at += 1
        return True

    def _here(self) -> str:
        return self._form[self._at : self._at + 1]

    def _directive(self) -> None:
        flags = Flags()
        self._index_is_good = True
        while self._here() in FLAGS:
            setattr(flags, FLAGS[self._here()], True)
            self._at += 1
        if not ("a" <= self._here() <= "z" and self._operand < len(self._values)):
            self._index()
            self._width(flags)
            self._precision(flags)
            if not self._after_index:
                self._index()
        verb = self._here()
        self._at += 1
        if not verb:
            self._printer.write(b"%!(NOVERB)")
        else:
            self._print(verb, flags)

    def _print(self, verb: str, flags: Flags) -> None:
        if verb == "%":
            self._printer.write(b"%")
        elif not self._index_is_good:
            self._complain(verb, b"(BADINDEX)")
        elif self._operand >= len(self._values):
            self._complain(verb, b"(MISSING)")
        else:
            if verb in "vw":
                flags.for_v()
            self._printer.argument(self._values[self._operand], verb, flags)
            self._operand += 1

    def _complain(self, verb: str, what: bytes) -> None:
        # A byte that is no UTF-8 is the replacement character as a verb.
        self._printer.write(b"%!" + verb.encode("utf-8", "replace") + what)

    def _index(self) -> None:
        """Take an explicit operand index, ``[3]``."""
        self._after_index = False
        if self._here() != "[":
            return
        self._reordered = True
        close = self._form.find("]", self._at)
        if close < 0:
            self._at += 1
            self._index_is_good = False
            return
        text = self._form[self._at + 1 : close]
        number = _number(text) if text.isascii() and text.isdigit() else None
        self._at = close + 1
        self._after_index = number is not None
        if number is not None and 1 <= number <= len(self._values):
            self._operand = number - 1
        else:
            self._index_is_good = False

    def _literal_number(self) -> int | None:
        digits = _DIGITS.match(self._form, self._at)
        text = digits[0] if digits is not None else ""
        self._at += len(text)
        number = _number(text)
        if text and number is None:
            self._at = len(self._form)  # so does Go: the rest of the format is lost
        return number

    def _operand_number(self) -> int | None:
        if self._operand >= len(self._values):
            return None
        value = self._values[self._operand]
        self._operand += 1
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _MOST:
            return None
        return int(value)

    def _width(self, flags: Flags) -> None:
        if self._here() != "*":
            flags.width = self._literal_number()
            if self._after_index and flags.width is not None:
                self._index_is_good = False
            return
        self._at += 1
        flags.width = self._operand_number()
        if flags.width is None:
            self._printer.write(b"%!(BADWIDTH)")
        elif flags.width < 0:
            flags.width = -flags.width
            flags.minus, flags.zero = True, False
        self._after_index = False

    def _precision(self, flags: Flags) -> None:
        # A point that ends the format is a verb to Go.
        if self._here() != "." or self._at + 1 >= len(self._form):
            return
        self._at += 1
        if self._after_index:
            self._index_is_good = False
        self._index()
        if self._here() != "*":
            number = self._literal_number()
            flags.precision = 0 if number is None else number
            return
        self._at += 1
        number = self._operand_number()
        flags.precision = None if number is None or number < 0 else number
        if flags.precision is None:
            self._printer.write(b"%!(BADPREC)")
        self._after_index = False

    def _extra(self) -> None:
        self._printer.write(b"%!(EXTRA ")
        for position, value in enumerate(self._values[self._operand :]):
            if position:
                self._printer.write(b", ")
            if value is None:
                self._printer.write(NIL)
            else:
                self._printer.write(type_of(value).encode() + b"=")
                self._printer.argument(value, "v", Flags())
        self._printer.write(b")")
