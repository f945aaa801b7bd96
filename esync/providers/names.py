"""Which remote names a search means: the regular expression of ``find.name``, as Go reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.providers.contract import ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.gocompat import regexp
    from esync.manifests.externalsecret import FindName


class BadPattern(ProviderError):
    """``find.name.regexp`` is not a regular expression of Go's dialect."""

    rule = "ES0330"

    def __init__(self, error: regexp.RegexpError) -> None:
        super().__init__(f"find.name.regexp is {error.what}", hint=error.hint)


def name_pattern(name: FindName) -> Callable[[str], bool]:
    """Return what tells whether a name matches anywhere; an empty expression matches every name.

    Raises:
        BadPattern: the expression is none.
    """
    from esync.gocompat import regexp  # 3 ms, for searches by name

    try:
        pattern = regexp.compile(name.regexp)
    except regexp.RegexpError as error:
        raise BadPattern(error) from None
    return lambda text: regexp.search(pattern, text.encode())
