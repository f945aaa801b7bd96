"""The NetworkPolicy: names, the API server and the stores, as narrow as names allow."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from esync.deploy.parts import LABELS, NAME, Part, metadata

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from esync.deploy.hosts import Host

_DNS: Final = 53
# The service's port, and the one behind it: policies are held against the latter by most networks.
_API_SERVER: Final = (443, 6443)
_SERVICE_PARTS: Final = 3


def network(namespace: str, hosts: Collection[Host]) -> Part:
    """Return the policy of one namespace: no way in, and out to what is needed."""
    near = [(host, peer) for host in sorted(hosts) if (peer := _peer(host.name))]
    far = [host for host in sorted(hosts) if not _peer(host.name)]
    ports = sorted({*_API_SERVER, *(host.port for host in far)})
    body = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(NAME, namespace),
        "spec": {
            "podSelector": {"matchLabels": dict(LABELS)},
            "policyTypes": ["Ingress", "Egress"],
            "egress": [
                _names(),
                {"ports": [_tcp(port) for port in ports]},
                *({"to": [peer], "ports": [_tcp(host.port)]} for host, peer in near),
            ],
        },
    }
    return Part(body, tuple(_comments(far)))


def _comments(far: Collection[Host]) -> Iterator[str]:
    yield "a policy knows addresses and not names: where the address of these is not known from"
    yield 'here, their ports are open to every address; add a "to" where you know better:'
    yield f"  the API server, ports {' and '.join(map(str, _API_SERVER))}"
    for host in far:
        yield f"  {host.name}, port {host.port}"


def _names() -> dict[str, Any]:
    system = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
    return {
        "to": [{"namespaceSelector": system}],
        "ports": [{"port": _DNS, "protocol": "UDP"}, _tcp(_DNS)],
    }


def _tcp(port: int) -> dict[str, Any]:
    return {"port": port, "protocol": "TCP"}


def _peer(name: str) -> dict[str, Any] | None:
    """Return how a policy spells a host whose address or namespace stands in its name."""
    try:
        address = ip_address(name)
    except ValueError:
        pass
    else:
        return {"ipBlock": {"cidr": f"{address}/{address.max_prefixlen}"}}
    words = name.split(".")
    if len(words) >= _SERVICE_PARTS and words[2] == "svc":
        return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": words[1]}}}
    return None
