"""Bounds of API keys."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

MOST_RANGES = 20
LONGEST_OVERLAP_HOURS = 168


def lies_within(ranges: Iterable[str] | None, own: Iterable[str] | None) -> bool:
    """Tell whether all that lies in the networks `ranges` lies in one of the networks `own`; None is everywhere."""
    if own is None:
        return True
    if ranges is None:
        return False
    theirs = [ip_network(network) for network in own]
    return all(any(_is_part(ip_network(network), other) for other in theirs) for network in ranges)


def _is_part(one: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    if isinstance(one, IPv4Network):
        return isinstance(other, IPv4Network) and one.subnet_of(other)
    return isinstance(other, IPv6Network) and one.subnet_of(other)
