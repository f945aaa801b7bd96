"""Which addresses a webhook may not be at: those that give out the identity of a machine.

A name is resolved once, and its address is what is connected to, so that a second answer of the
name server cannot lead elsewhere.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from esync.providers.contract import ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Resolve = Callable[[str, int], Sequence[str]]

_METADATA_NAMES: Final = frozenset({"metadata.google.internal", "metadata", "instance-data"})
# Beyond the link-local ones: metadata of AWS and Google over IPv6, Alibaba, Azure, Oracle.
_METADATA: Final = frozenset(
    map(
        ip_address,
        (
            "fd00:ec2::254",
            "fd20:ce::254",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
        ),
    )
)
_NAT64: Final = ip_network("64:ff9b::/96")


class AddressRefused(ProviderError):
    """An endpoint is at an address that only this machine should be able to ask."""

    rule = "ES0428"

    def __init__(self, host: str) -> None:
        super().__init__(
            f'"{host}" is a link-local or metadata address, and a webhook is never there',
            hint="an endpoint that gives out the identity of a machine is no store",
        )


class NoAddress(OSError):
    """A name has no address."""


def addresses_of(host: str, port: int, resolve: Resolve) -> Sequence[str]:
    """Return the addresses of ``host``, all of which are allowed.

    Raises:
        AddressRefused: one of them is not.
        OSError: there is none.
    """
    if host.rstrip(".") in _METADATA_NAMES:
        raise AddressRefused(host)
    found = resolve(host, port)
    if not found:
        raise NoAddress
    if any(is_refused(address) for address in found):
        raise AddressRefused(host)
    return found


def resolve_name(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of a name, or return the one that it is."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise NoAddress from None
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_refused(address: str) -> bool:
    """Tell whether an address is link-local, gives out metadata, or is none of one machine."""
    one = ip_address(address.partition("%")[0])
    inner = _embedded(one) if isinstance(one, IPv6Address) else None
    if inner is not None and is_refused(str(inner)):
        return True
    if one in _METADATA:
        return True
    return one.is_link_local or one.is_multicast or one.is_unspecified


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo
