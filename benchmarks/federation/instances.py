"""Instances of a simulated federation: which viewers are at home where."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from benchmarks.recommendation.streams.audience import federation
from benchmarks.recommendation.streams.communities import communities
from benchmarks.recommendation.streams.federation import Size
from benchmarks.recommendation.streams.stream import Ints, Stream

# By number of people; skewed as instances are.
SHARES = (2000, 500, 200, 100, 50, 50, 50, 50)
# Of so few people that none of these would be left with more than a household.
FEW, SHARES_OF_FEW = 1_000, (180, 80, 50, 50, 40)
FAMILIES = ("federation", "communities")


@lru_cache(maxsize=2)
def stream_of(family: str, seed: int, viewers: int) -> Stream:
    """Simulate a federation of one of two unlike families."""
    if family == "federation":
        return federation(seed, Size(viewers=viewers))
    return communities(seed, viewers)


def sizes_of(people: int) -> Sequence[int]:
    """Return the relative sizes of the instances of a federation."""
    return SHARES_OF_FEW if people < FEW else SHARES


def homes(stream: Stream, seed: int, sizes: Sequence[int]) -> Ints:
    """Return by viewer the instance, -1 for none; who plays the same language is likely together.

    An instance has viewers of one main language or two, so that instances are unlike.
    """
    dice = np.random.default_rng(seed)
    names = sorted(set(stream.language))
    spoken = np.array([names.index(each) for each in stream.language])
    counts = np.zeros((stream.viewers, len(names)))
    np.add.at(counts, (stream.viewer, spoken[stream.video]), 1.0)
    main = dice.permutation(len(names))[counts.argmax(axis=1)]
    regulars = np.flatnonzero(np.bincount(stream.viewer, minlength=stream.viewers) > 1)
    order = regulars[np.lexsort((dice.random(len(regulars)), main[regulars]))]
    home = np.full(stream.viewers, -1)
    start = 0
    for instance in dice.permutation(len(sizes)).tolist():
        end = start + round(sizes[instance] * len(order) / sum(sizes))
        home[order[start:end]] = instance
        start = end
    return home
