"""Words of manifests and stores as they may stand on a terminal: nothing in them acts on it."""

from __future__ import annotations


def visible(text: str) -> str:
    """Return ``text`` with everything that does not print as an escape, line ends too.

    A name with an escape sequence or a line end could otherwise clear the screen, forge a line, or
    be taken for a command by a CI system.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
