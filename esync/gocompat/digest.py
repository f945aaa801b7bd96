"""The digests that External Secrets Operator writes beside its Secrets.

``HASH`` is SHA3-224 over Go's ``%+v`` rendering of a value, in lower-case hex. That rendering
is part of the contract: bytes are decimal lists, maps are sorted by key.

Source:
    External Secrets Operator 2.9, labels and annotations of targets, field managers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from math import isinf, isnan
from typing import Final

_DECIMAL: Final = tuple(str(byte).encode() for byte in range(256))
_MANAGER: Final = "externalsecrets.external-secrets.io/"
_MANAGER_LIMIT: Final = 63
_PLAIN_FROM: Final = -4
_PLAIN_BELOW: Final = 6


def digest(value: object) -> str:
    """Return ``HASH`` of a string, bytes, number, boolean, None, list or map of those."""
    return _hash(_rendered(value))


def data_hash(data: Mapping[str, bytes]) -> str:
    """Return the data-hash of a Secret with these decoded values."""
    return digest(data)


def created_by(namespace: str, name: str) -> str:
    """Return the created-by label of what this ExternalSecret owns."""
    return digest(f"{namespace}/{name}")


def sync_version(generation: int, annotations: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """Return the sync version of an ExternalSecret with this metadata."""
    meta = b"{annotations:%b labels:%b}" % (_rendered(annotations), _rendered(labels))
    return f"{generation}-{_hash(meta)}"


def field_manager(name: str) -> str:
    """Return whose fields the Secret of ExternalSecret ``name`` are; long names are hashed."""
    manager = _MANAGER + name
    return manager if len(manager) <= _MANAGER_LIMIT else f"{_MANAGER}sha3/{digest(name)}"


def _hash(rendered: bytes) -> str:
    return hashlib.sha3_224(rendered).hexdigest()


def _rendered(value: object) -> bytes:
    match value:
        case None:
            return b"<nil>"
        case bool():
            return b"true" if value else b"false"
        case int():
            return str(value).encode()
        case float():
            return _float(value).encode()
        case _:
            return _rendered_text_or_container(value)


def _rendered_text_or_container(value: object) -> bytes:
    match value:
        case str():
            return value.encode("utf-8", "surrogateescape")
        case bytes():
            return b"[%b]" % b" ".join(map(_DECIMAL.__getitem__, value))
        case Mapping():
            members = {_rendered(key): _rendered(member) for key, member in value.items()}
            return b"map[%b]" % b" ".join(b"%b:%b" % item for item in sorted(members.items()))
        case Sequence():
            return b"[%b]" % b" ".join(_rendered(item) for item in value)
        case _:
            raise TypeError(f"Go's rendering of {type(value).__name__} is not known")


def _float(value: float) -> str:
    """Render as ``%v`` does: shortest digits, exponent form below 1e-4 and from 1e6 on."""
    if isnan(value) or isinf(value):
        return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}[str(value)]
    from decimal import Decimal  # 1 ms, for floating point only

    exact = Decimal(repr(value)).normalize()
    sign, digits, _ = exact.as_tuple()
    exponent = exact.adjusted() if value else 0
    if _PLAIN_FROM <= exponent < _PLAIN_BELOW:
        return f"{exact:f}"
    shown = "".join(map(str, digits))
    fraction = f".{shown[1:]}" if len(shown) > 1 else ""
    return f"{'-' if sign else ''}{shown[0]}{fraction}e{exponent:+03d}"
