"""The real address behind a request. A header is believed only from a proxy that the deployment trusts."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

from chatserver.channels.web.origins import origin_of

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


class Peers:
    """Knows the trusted proxies."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._trusted = [ip_network(n) for n in trusted]

    def address(self, request: web.BaseRequest) -> str:
        """Walk `X-Forwarded-For` from the right, as long as the hop before is a trusted proxy."""
        address = request.remote or "unknown"
        hops = [h.strip() for value in request.headers.getall("X-Forwarded-For", []) for h in value.split(",")]
        while hops and inside(address, self._trusted):
            hop = hops.pop()
            if parse(hop) is None:
                break
            address = hop
        return address

    def network(self, request: web.BaseRequest) -> str:
        """Whom a limit counts."""
        return network_of(self.address(request))


def network_of(address: str) -> str:
    """Where one and the same party has more addresses than anybody can count, all of them are one: of IPv6 every
    customer gets at least a /64."""
    ip = parse(address)
    return str(ip_network((ip, 64), strict=False)) if isinstance(ip, IPv6Address) else str(ip or address)


def parse(text: str) -> Address | None:
    """None for what is no address; an IPv4 address in IPv6 clothes is an IPv4 address."""
    try:
        ip = ip_address(text.strip("[]"))
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip


def foreign(request: web.BaseRequest, own: str) -> bool:
    """Whether a page of another site sent this. Browsers name the site; whoever names none is no browser."""
    origin = request.headers.get("Origin")
    here = {own, origin_of(f"{request.scheme}://{request.host}")}
    return origin is not None and origin_of(origin) not in here


def inside(address: str, networks: Sequence[Network]) -> bool:
    ip = parse(address)
    return ip is not None and any(ip in network for network in networks)
