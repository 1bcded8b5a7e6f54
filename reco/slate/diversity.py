"""From scores to a list: not ten times the same.

Maximal marginal relevance (Carbonell and Goldstein, 1998): the next video is the one with
the highest  λ·score − (1 − λ)·(cosine of its labels to the most alike one before it),  the
scores of the pool being scaled to 0…1. In every ten, at most two are from one channel, at
most one rests on a single remote source, and some places are kept for new videos.
"""

from collections import Counter
from typing import NamedTuple

import numpy as np

from ..data.arrays import Bools, Floats, Ints

POOL = 100
PAGE = 10
PER_CHANNEL, PER_REMOTE = 2, 1


class Dial(NamedTuple):
    """What a viewer's wish for surprise means: MMR's λ, and places for new videos in ten."""

    relevance: float
    chances: int


def dial(surprise: float) -> Dial:
    """Return the meaning of a dial from 0 "more of this" to 1 "surprise me".

    >>> dial(0.0), dial(0.5), dial(1.0)
    (Dial(relevance=1.0, chances=0), Dial(relevance=0.8, chances=1), Dial(relevance=0.6, chances=2))
    """
    surprise = min(max(surprise, 0.0), 1.0)
    return Dial(1.0 - 0.4 * surprise, int(2 * surprise))


class Pool(NamedTuple):
    """Candidates; channel 0 and remote 0 mean that no cap applies.

    `labels` has one row per candidate: how much each label describes it. `chances` are the
    positions of new videos, in the order in which they get the places kept for them.
    """

    scores: Floats
    channels: Ints
    remote: Ints
    labels: Floats
    chances: list[int]


def diversified(pool: Pool, wanted: int, kind: Dial) -> list[int]:
    """Return positions in the pool in the order in which to show them."""
    least, most = pool.scores.min(), pool.scores.max()
    worth = kind.relevance * (pool.scores - least) / max(most - least, 1e-9)
    alike = np.zeros(len(worth))
    left = np.ones(len(worth), bool)
    picked: list[int] = []
    caps = _Caps(pool)
    while len(picked) < wanted:
        if len(picked) % PAGE == 0:
            caps = _Caps(pool)
        free = caps.within(left)
        value = np.where(free, worth - (1.0 - kind.relevance) * alike, -np.inf)
        best = int(value.round(9).argmax())
        if not free[best]:
            break
        if kept_for_new(len(picked), kind.chances):
            best = next((chance for chance in pool.chances if free[chance]), best)
        picked.append(best)
        left[best] = False
        caps.take(best)
        alike = np.maximum(alike, pool.labels @ pool.labels[best])
    return picked


def kept_for_new(place: int, chances: int) -> bool:
    """Return whether a place of the list, from 0, is kept for a new video.

    >>> [place for place in range(20) if kept_for_new(place, 1)]
    [9, 19]
    """
    return chances > 0 and (place + 1) % (PAGE // chances) == 0


class _Caps:
    """Who may still come on a page; one that would end early may exceed the cap of channels."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._taken: Counter[tuple[str, int]] = Counter()
        self._trusted: Bools = np.ones(len(pool.scores), bool)
        self._varied = self._trusted.copy()

    def within(self, left: Bools) -> Bools:
        """Return who of those left may come next."""
        trusted = left & self._trusted
        varied: Bools = trusted & self._varied
        return varied if varied.any() else trusted

    def take(self, position: int) -> None:
        """Count one that came."""
        self._count("channel", self._pool.channels, position, PER_CHANNEL, self._varied)
        self._count("remote", self._pool.remote, position, PER_REMOTE, self._trusted)

    def _count(self, kind: str, numbers: Ints, position: int, most: int, fine: Bools) -> None:
        number = int(numbers[position])
        self._taken[kind, number] += 1
        if number and self._taken[kind, number] >= most:
            fine[numbers == number] = False
