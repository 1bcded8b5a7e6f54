"""How much the unauthenticated may ask, without a note of who they are.

An address is known by a keyed hash only; the key lives in memory and changes every hour,
so that nothing here can be turned back into an address or joined with yesterday.
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
# Some 1 MB. The longest silent are forgotten first: they have their full allowance anyway.
MOST_ADDRESSES = 10_000


class Allowance:
    """A token bucket for every address: `per_minute` requests, all at once if need be.

    >>> allowance = Allowance(per_minute=2, clock=lambda: 0.0)
    >>> [allowance.wait_s("192.0.2.1") for _ in range(3)]
    [0.0, 0.0, 30.0]
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._most = float(per_minute)
        self._clock = clock
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self._new_key()

    def wait_s(self, address: str) -> float:
        """Take one request from the allowance; return 0, or how long to wait for the next."""
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
    """Return what one subscriber has: an IPv4 address or an IPv6 /64."""
    try:
        packed = ip_address(address)
    except ValueError:
        return b"local"
    return packed.packed[:8] if isinstance(packed, IPv6Address) else packed.packed


class TurnedAway(asyncio.Protocol):
    """What a connection meets when too many are open: an answer and the door."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say so and close."""
        opened = cast(asyncio.Transport, transport)
        body = b'{"error":{"field":"connections","reason":"are all taken; try again"}}'
        opened.write(
            b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        opened.close()
