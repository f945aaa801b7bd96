"""Names of certificates as one line.

Source:
    Go 1.26, ``pkix.Name.String``: RFC 2253, the last part first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.x509 import Name, RelativeDistinguishedName

_SHORT: Final = {
    "2.5.4.6": "C",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.3": "CN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.17": "POSTALCODE",
}
_ESCAPED: Final = frozenset(',+"\\<>;')


def rfc2253(name: Name) -> str:
    """Return ``CN=leaf,O=example``."""
    return ",".join(_part(part) for part in reversed(list(name.rdns)))


def _part(part: RelativeDistinguishedName) -> str:
    written = []
    for attribute in part:
        identifier = attribute.oid.dotted_string
        value = attribute.value
        text = value if isinstance(value, str) else "#" + value.hex()
        written.append(f"{_SHORT.get(identifier, identifier)}={_escaped(text)}")
    return "+".join(written)


def _escaped(text: str) -> str:
    """Escape what has a meaning, a blank at either end and a ``#`` at the begin."""
    last = len(text) - 1
    return "".join(
        f"\\{char}"
        if char in _ESCAPED or (char == " " and at in (0, last)) or (char == "#" and at == 0)
        else char
        for at, char in enumerate(text)
    )
