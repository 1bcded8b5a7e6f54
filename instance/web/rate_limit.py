"""Rate limit by address: a token bucket for each.

An address is known by a keyed hash only; the key lives in memory and changes every hour, so
that no hash can be turned back into an address or joined with yesterday's.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from time import monotonic

from .addresses import subscriber

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
        name = blake2b(subscriber(address), key=self._key, digest_size=8).digest()
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
