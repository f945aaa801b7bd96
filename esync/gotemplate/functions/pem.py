"""The operator's functions on PEM texts: blocks of a kind, parts of a chain, names in it.

Source:
    External Secrets Operator 2.9; Go 1.26, ``crypto/x509`` and ``net``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.gocompat import pem, runes
from esync.gocompat.values import Slice
from esync.gotemplate.function import Function, FunctionError
from esync.gotemplate.functions import chains, keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cryptography.x509 import Certificate

    from esync.gotemplate.function import Context

_STEPS_PER_BLOCK: Final = 20
_BYTES_PER_STEP: Final = 16


def _without_junk(text: bytes) -> bytes:
    """Cut off what stands before the first block."""
    begin = text.find(b"-----BEGIN")
    return text if begin < 0 else text[begin:]


def _filter_pem(context: Context, kind: bytes, text: bytes) -> bytes:
    """Return the blocks of that kind, written anew; their case does not matter."""
    context.budget.spend(len(text) // _BYTES_PER_STEP)
    data = _without_junk(text)
    kept = []
    wanted = runes.decode(kind).casefold()
    block, at = pem.decode_from(data, 0)
    while block is not None:
        context.budget.spend(_STEPS_PER_BLOCK)
        if runes.decode(block.type).casefold() == wanted:
            kept.append(pem.encode(block))
        block, at = pem.decode_from(data, at)
    if not kept and at < len(data):
        raise FunctionError("error filtering pem: found junk")
    return b"".join(kept)


def _filter_chain(context: Context, kind: bytes, text: bytes) -> bytes:
    """Return the leaf, the intermediates or the root of a chain; nothing if it has none."""
    context.budget.spend(len(text) // _BYTES_PER_STEP)
    found = keys.certificates(text, spend=context.budget.spend)
    chain = chains.ordered(found)
    match kind:
        case b"leaf":
            wanted = [] if chains.is_root(chain[0]) else chain[:1]
        case b"intermediate":
            wanted = _up_to_root(chain[1:])
        case b"root":
            wanted = chain[-1:] if chains.is_root(chain[-1]) else []
        case _:
            wanted = []
    return b"".join(keys.pem_of_certificate(certificate) for certificate in wanted)


def _up_to_root(chain: Iterable[Certificate]) -> list[Certificate]:
    wanted = []
    for certificate in chain:
        if chains.is_root(certificate):
            break
        wanted.append(certificate)
    return wanted


def _names(context: Context, text: bytes) -> Slice:
    """Return the alternative names of the first certificate: DNS, IP, mail, URI, in that order."""
    from cryptography import x509

    context.budget.spend(keys.STEPS_PER_CERTIFICATE + len(text) // _BYTES_PER_STEP)
    block = pem.decode(_without_junk(text))
    if block is None:
        raise FunctionError("failed to decode PEM block")
    try:
        found = keys.certificate(block.content)
    except FunctionError as error:
        raise FunctionError(f"failed to parse certificate: {error}") from None
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return Slice([], "string")
    listed = [
        *names.get_values_for_type(x509.DNSName),
        *(_address(ip) for ip in names.get_values_for_type(x509.IPAddress)),
        *names.get_values_for_type(x509.RFC822Name),
        *names.get_values_for_type(x509.UniformResourceIdentifier),
    ]
    return Slice([name.encode() for name in listed], "string")


def _address(ip: object) -> str:
    """Write an address as Go does; one of IPv4 that is written as IPv6 counts as IPv4."""
    mapped = getattr(ip, "ipv4_mapped", None)
    return str(mapped or ip)


FUNCTIONS: Mapping[str, Function] = {
    "certSANs": Function("func(string) ([]string, error)", _names, wants_context=True),
    "filterCertChain": Function(
        "func(string, string) (string, error)", _filter_chain, wants_context=True
    ),
    "filterPEM": Function("func(string, string) (string, error)", _filter_pem, wants_context=True),
}
