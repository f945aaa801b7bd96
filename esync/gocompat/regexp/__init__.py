"""Regular expressions of Go's dialect: RE2 does the work, these rooms do the manners.

``compile`` checks an expression with Go's words (``syntax``), the other functions match, split
and replace bytes by it (``matching``). Expressions of untrusted templates are metered: pass
``spend``.
"""

from esync.gocompat.regexp.escapes import RegexpError, TooLargeError
from esync.gocompat.regexp.matching import (
    find,
    find_all,
    replace_all,
    replace_all_literal,
    search,
    split,
)
from esync.gocompat.regexp.pattern import Pattern, compile, quote  # noqa: A004 - as in ``re``

__all__ = [
    "Pattern",
    "RegexpError",
    "TooLargeError",
    "compile",
    "find",
    "find_all",
    "quote",
    "replace_all",
    "replace_all_literal",
    "search",
    "split",
]
