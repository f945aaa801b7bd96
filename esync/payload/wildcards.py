"""Patterns of keys and texts with ``*`` and ``?``.

Source:
    The ``match`` library that gjson 1.18 uses.
"""

from __future__ import annotations

from functools import lru_cache

from esync.gocompat import runes

_ANY, _ONE = "*", "?"


def like(text: bytes, pattern: bytes) -> bool:
    """Tell whether all of ``text`` fits: ``*`` is any run of characters, ``?`` any one."""
    tokens = _tokens(pattern)
    if tokens is None:
        return False
    chars = runes.decode(text)
    at = token = 0
    star, resume = -1, 0
    while at < len(chars):
        if token < len(tokens) and tokens[token] == (_ANY, True):
            star, resume = token, at
            token += 1
        elif token < len(tokens) and tokens[token] in ((_ONE, True), (chars[at], False)):
            at += 1
            token += 1
        elif star >= 0:
            resume += 1
            at, token = resume, star + 1
        else:
            return False
    return all(rest == (_ANY, True) for rest in tokens[token:])


@lru_cache(maxsize=256)
def _tokens(pattern: bytes) -> tuple[tuple[str, bool], ...] | None:
    """Return characters and whether each is a wildcard; None: a backslash with nothing behind."""
    chars = runes.decode(pattern)
    tokens: list[tuple[str, bool]] = []
    at = 0
    while at < len(chars):
        char = chars[at]
        if char == "\\":
            at += 1
            if at == len(chars):
                # Behind a star, a backslash at the end stands for itself.
                return (*tokens, ("\\", False)) if (_ANY, True) in tokens else None
            tokens.append((chars[at], False))
        else:
            tokens.append((char, char in (_ANY, _ONE)))
        at += 1
    return tuple(tokens)
