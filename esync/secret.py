"""Bytes that never print: what came from a store, or was made of it."""

from typing import Final, final

MASK: Final = "***"


@final
class SecretValue:
    """A value that shows as ``***`` however it is formatted; ``reveal`` is the only way out.

    Two values are equal when their bytes are.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """Return the bytes themselves; a test lists the modules that may ask."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretValue) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, _spec: str) -> str:
        return MASK

    def __reduce__(self) -> str:
        raise TypeError("a secret value is not pickled")
