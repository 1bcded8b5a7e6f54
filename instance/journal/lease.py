"""Leases: one of several workers leads, whatever their wall clocks say.

A lease does not name a time at which it ends. Its holder raises `beat` again and again; another
worker takes the lease over when it has seen the same beat for `for_s` seconds of its own
monotonic clock. So no wrong clock can hold a lease for long, or end one early.
"""

from collections.abc import Callable
from time import monotonic
from typing import NamedTuple


class Lease(NamedTuple):
    """Who leads, how often they have said so, and after how much silence another may lead."""

    holder: str
    beat: int
    for_s: float


class LeaseObserver:
    """Remembers since when each lease has shown the same beat.

    >>> observer = LeaseObserver(clock=iter([0.0, 59.0, 61.0]).__next__)
    >>> [observer.has_ended("crawl", Lease("a", 7, 60.0)) for _ in range(3)]
    [False, False, True]
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[Lease, float]] = {}

    def has_ended(self, name: str, lease: Lease) -> bool:
        """Say whether the holder of a lease has been silent for its time."""
        now_s = self._clock()
        seen, since_s = self._seen.get(name, (None, now_s))
        if seen != lease:
            self._seen[name], since_s = (lease, now_s), now_s
        return now_s - since_s > lease.for_s
