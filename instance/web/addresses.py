"""Addresses of clients: which subscriber an address belongs to, and who stands behind a proxy."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web

Network = IPv4Network | IPv6Network
FORWARDED_FOR = "X-Forwarded-For"
LOCAL = b"local"


def subscriber(address: str) -> bytes:
    """Return the network of one subscriber: an IPv4 address or an IPv6 /64.

    >>> subscriber("192.0.2.1").hex(), subscriber("2001:db8:1:2::9").hex(), subscriber("")
    ('c0000201', '20010db800010002', b'local')
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return LOCAL
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return (
        parsed.packed[:8]
        if isinstance(parsed, IPv6Address) and not mapped
        else (mapped or parsed).packed
    )


def is_among(address: str, networks: Sequence[Network]) -> bool:
    """Say whether an address belongs to one of the networks; what is no address does not."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def client_address(request: web.Request, proxies: Sequence[Network]) -> str:
    """Return the address of the client; behind trusted `proxies` what they say it is.

    Each proxy appends the address that it was asked by. So the list is read from its end, and
    the first address that is no trusted proxy counts: what stands before it may be invented.
    """
    address = request.remote or ""
    if not is_among(address, proxies):
        return address
    said = ",".join(request.headers.getall(FORWARDED_FOR, [])).split(",")
    for each in map(str.strip, reversed(said)):
        if each and not is_among(each, proxies):
            return each
    return address
