"""Where a request comes from.

Hides proxies: behind one of `SERATUS_TRUSTED_PROXIES` the server has put the address that the proxy tells of into the
scope (kernel/serving.py); what anyone else says in `X-Forwarded-For` counts for nothing.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import Scope

Address = IPv4Address | IPv6Address
_REMEMBERED = 10_000  # what one of so many wrote was read before
_IPV6_OF_ONE = 64  # so many bits are one customer's, who has all the addresses behind them


def address_of(scope: Scope) -> Address | None:
    """Return the client's address, an IPv4 address that is written as IPv6 as itself; None where there is none."""
    client = scope.get("client")
    return _address(client[0]) if client else None


@lru_cache(_REMEMBERED)
def neighbourhood_of(address: Address | None) -> str:
    """Return by what a client is counted: its address, of IPv6 the network that one client has to itself."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_OF_ONE), strict=False))
    return str(address)


def is_within(address: Address | None, networks: Iterable[str]) -> bool:
    """Tell whether an address lies in one of the networks, written like `10.0.0.0/8`; no address lies nowhere."""
    return address is not None and any(address in _network(network) for network in networks)


@lru_cache(_REMEMBERED)
def _address(written: str) -> Address | None:
    try:
        address = ip_address(written.partition("%")[0])
    except ValueError:  # a socket of the file system, or words of a proxy
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(_REMEMBERED)
def _network(written: str) -> IPv4Network | IPv6Network:
    return ip_network(written)
