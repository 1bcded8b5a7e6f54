"""Rate limit by address (token bucket), and the answer to connections beyond the limit.

An address is known by a keyed hash only; the key lives in memory and changes every hour, so
that no hash can be turned back into an address or joined with yesterday's.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from time import monotonic
from typing import cast

KEY_LIFE_S = 3600.0
# Some 1 MB. The least recent are forgotten first: their buckets are full again anyway.
MOST_ADDRESSES = 10_000


class RateLimiter:
    """A token bucket for every address: `per_minute` requests, all at once if need be.

    >>> limiter = RateLimiter(per_minute=2, clock=lambda: 0.0)
    >>> [limiter.wait_s("192.0.2.1") for _ in range(3)]
    [0.0, 0.0, 30.0]
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._most = float(per_minute)
        self._clock = clock
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self._new_key()

    def wait_s(self, address: str) -> float:
        """Take one request from the bucket; return 0, or the seconds until the next is allowed."""
        now_s = self._clock()
        if now_s - self._key_since_s > KEY_LIFE_S:
            self._new_key()
        name = blake2b(_network(address), key=self._key, digest_size=8).digest()
        left, since_s = self._buckets.pop(name, (self._most, now_s))
        left = min(self._most, left + (now_s - since_s) * self._most / 60)
        granted = left >= 1
        self._buckets[name] = (left - granted, now_s)
        if len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return 0.0 if granted else (1 - left) * 60 / self._most

    def _new_key(self) -> None:
        self._key = secrets.token_bytes(32)
        self._key_since_s = self._clock()
        self._buckets.clear()


def _network(address: str) -> bytes:
    """Return the network of one subscriber: an IPv4 address or an IPv6 /64."""
    try:
        packed = ip_address(address)
    except ValueError:
        return b"local"
    return packed.packed[:8] if isinstance(packed, IPv6Address) else packed.packed


class TooManyConnections(asyncio.Protocol):
    """The protocol of a connection beyond the limit: it is answered 503 and closed."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer 503 and close."""
        opened = cast(asyncio.Transport, transport)
        body = b'{"error":{"field":"connections","reason":"are all taken; try again"}}'
        opened.write(
            b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        opened.close()
