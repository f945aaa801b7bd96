"""The order of certificates: leaf, intermediates, root.

Nothing is verified here: keys are only compared by their ids.

Source:
    External Secrets Operator 2.9, ``filterCertChain`` and ``pkcs12cert``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gotemplate.function import FunctionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate


def authority_id(certificate: Certificate) -> bytes:
    """Return the id of the key that signed it; empty if it does not say."""
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except x509.ExtensionNotFound:
        return b""
    return found.value.key_identifier or b""


def subject_id(certificate: Certificate) -> bytes:
    """Return the id of its own key; empty if it does not say."""
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return b""
    return found.value.digest


def is_root(certificate: Certificate) -> bool:
    """Tell whether it names no other signer."""
    authority = authority_id(certificate)
    return not authority or authority == subject_id(certificate)


def ordered(certificates: Sequence[Certificate]) -> list[Certificate]:
    """Return the chain from the one leaf upwards; what does not belong to it is left out.

    Raises:
        FunctionError: there is no leaf or more than one, or the chain bites its tail.
    """
    parents = _parents(certificates)
    leaves = sorted(set(range(len(certificates))) - set(parents))
    if len(leaves) > 1:
        raise FunctionError("found multiple leaf or disjunct certificates")
    if not leaves:
        raise FunctionError("no leaf certificate found")
    chain: list[Certificate] = []
    place: int | None = leaves[0]
    while place is not None:
        if len(chain) == len(certificates):
            raise FunctionError("constructing chain resulted in cycle")
        chain.append(certificates[place])
        place = parents[place]
    return chain


def _parents(certificates: Sequence[Certificate]) -> list[int | None]:
    """Return for each the place of the first other certificate that may have signed it.

    Where one does not say who signed it and another not who it is, they count as a pair: ESO
    compares two missing ids and finds them equal.
    """
    named: dict[bytes, list[int]] = {}
    for place, certificate in enumerate(certificates):
        named.setdefault(subject_id(certificate), []).append(place)
    found = []
    for child, certificate in enumerate(certificates):
        first_two = named.get(authority_id(certificate), [])[:2]
        found.append(next((place for place in first_two if place != child), None))
    return found
