"""Re-ranking for diversity: maximal marginal relevance (MMR), caps, and slots for new videos.

MMR (Carbonell and Goldstein, 1998): the next video is the one with the highest
λ·score − (1 − λ)·(cosine of its labels to those of the most similar video before it),  with the
scores of the pool scaled to 0…1. Each page of ten has at most a few videos of one channel, at most
one that rests on a single remote source, and here and there a slot is reserved for a new video.
"""

from collections import Counter
from typing import NamedTuple

import numpy as np

from ..data.arrays import Bools, Floats, Ints

POOL = 100
PAGE = 10
PER_REMOTE = 1
DEFAULT = 0.5


class Dial(NamedTuple):
    """MMR's λ, the cap per channel, and the distance of slots reserved for new videos, 0: none."""

    relevance: float
    per_channel: int
    exploration_every: int


def dial_at(surprise: float) -> Dial:
    """Return the setting of the viewer's dial from 0 "more of this" to 1 "surprise me".

    The default, .5, is to give away at most 3 % of the recall of the pure scores, those of 0:
    `benchmarks/recommendation/newcomers.py` measures the price of each setting.

    >>> dial_at(0.0), dial_at(0.5)
    (Dial(relevance=1.0, per_channel=10, exploration_every=0), \
Dial(relevance=0.9, per_channel=4, exploration_every=20))
    >>> dial_at(0.75), dial_at(1.0)
    (Dial(relevance=0.775, per_channel=2, exploration_every=10), \
Dial(relevance=0.6, per_channel=2, exploration_every=5))
    """
    surprise = min(max(surprise, 0.0), 1.0) if surprise == surprise else DEFAULT  # not a number
    relevance = round(1.0 - 0.4 * surprise * surprise, 6)
    if surprise <= DEFAULT:
        return Dial(relevance, 4, 20) if surprise else Dial(relevance, PAGE, 0)
    return Dial(relevance, 2, 5 if surprise == 1.0 else 10)


class Pool(NamedTuple):
    """Candidates; channel 0 and remote 0 mean that no cap applies.

    `labels` has one row per candidate: the weights of its labels. `exploration` holds the positions
    of new videos, in the order in which they get the reserved slots.
    """

    scores: Floats
    channels: Ints
    remote: Ints
    labels: Floats
    exploration: list[int]


def diversify(pool: Pool, wanted: int, dial: Dial) -> list[int]:
    """Return positions in the pool, in the order in which they are shown."""
    least, most = pool.scores.min(), pool.scores.max()
    worth = dial.relevance * (pool.scores - least) / max(most - least, 1e-9)
    similarity = np.zeros(len(worth))
    left = np.ones(len(worth), bool)
    picked: list[int] = []
    caps = _Caps(pool, dial.per_channel)
    while len(picked) < wanted:
        if len(picked) % PAGE == 0:
            caps = _Caps(pool, dial.per_channel)
        free = caps.within(left)
        value = np.where(free, worth - (1.0 - dial.relevance) * similarity, -np.inf)
        best = int(value.round(9).argmax())
        if not free[best]:
            break
        if is_exploration_slot(len(picked), dial.exploration_every):
            best = next((new for new in pool.exploration if free[new]), best)
        picked.append(best)
        left[best] = False
        caps.take(best)
        similarity = np.maximum(similarity, pool.labels @ pool.labels[best])
    return picked


def is_exploration_slot(slot: int, every: int) -> bool:
    """Say whether a slot of the slate, from 0, is reserved for a new video.

    >>> [slot for slot in range(20) if is_exploration_slot(slot, 10)]
    [9, 19]
    """
    return every > 0 and (slot + 1) % every == 0


class _Caps:
    """The caps of one page; that of channels is lifted when the page would end early otherwise."""

    def __init__(self, pool: Pool, per_channel: int) -> None:
        self._pool, self._per_channel = pool, per_channel
        self._taken: Counter[tuple[str, int]] = Counter()
        self._trusted: Bools = np.ones(len(pool.scores), bool)
        self._varied = self._trusted.copy()

    def within(self, left: Bools) -> Bools:
        """Return which of the candidates left may come next."""
        trusted = left & self._trusted
        varied: Bools = trusted & self._varied
        return varied if varied.any() else trusted

    def take(self, position: int) -> None:
        """Count a candidate that was picked."""
        self._count("channel", self._pool.channels, position, self._per_channel, self._varied)
        self._count("remote", self._pool.remote, position, PER_REMOTE, self._trusted)

    def _count(self, kind: str, numbers: Ints, position: int, most: int, fine: Bools) -> None:
        number = int(numbers[position])
        self._taken[kind, number] += 1
        if number and self._taken[kind, number] >= most:
            fine[numbers == number] = False
