"""Where a request comes from.

Hides proxies: behind one of `SERATUS_TRUSTED_PROXIES` the server has put the address that the proxy tells of into the
scope (kernel/serving.py); what anyone else says in `X-Forwarded-For` counts for nothing.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.types import Scope

Address = IPv4Address | IPv6Address


def address_of(scope: Scope) -> Address | None:
    """Return the client's address, an IPv4 address that is written as IPv6 as itself; None where there is none."""
    client = scope.get("client")
    try:
        address = ip_address(client[0].partition("%")[0]) if client else None
    except ValueError:  # a socket of the file system, or words of a proxy
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_within(address: Address | None, networks: Iterable[str]) -> bool:
    """Tell whether an address lies in one of the networks, written like `10.0.0.0/8`; no address lies nowhere."""
    return address is not None and any(address in ip_network(network) for network in networks)
