"""Which network addresses an outgoing call may reach: public ones, and those of networks that were allowed by name."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_UNICAST = ip_network("2000::/3")
"""All of IPv6 that has been given out to the public."""

_NAT64 = ip_network("64:ff9b::/96")
_NOT_PUBLIC = tuple(ip_network(n) for n in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16"))
"""Protocol assignments and tunnels, which Python counts as global in part: behind a tunnel stands anything."""


def may_reach(address: str, allowed: Sequence[Network]) -> bool:
    """Whether `address`, a literal of either family, is public or inside one of the `allowed` networks."""
    meant = _meant(ip_address(address.partition("%")[0]))
    return any(meant in network for network in allowed) or _is_public(meant)


def _meant(address: Address) -> Address:
    """The IPv4 address that is written into an IPv6 one, if one is."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return not any(address in network for network in _NOT_PUBLIC)
