"""Trust: by how much a source improves the forecast of the next play here."""

from collections.abc import Mapping
from math import exp, sqrt
from typing import NamedTuple

import numpy as np

from ..data.arrays import Floats

# One play counts for no more than this, in log-likelihood: about a doubled probability.
MOST_GAIN = 0.7
# So many viewers have to be behind an interval. With fewer it is unknown, and reaches this far.
LEAST_VIEWERS = 5
UNKNOWN = 1.0
# Student's t at 97.5 %, by degrees of freedom from 4 on: 1.96 + 2.5/df + … is close and above it.
NORMAL, EXTRA = 1.96, 3.3
# As many sources that nothing speaks against make a start together, unless they are fewer.
QUORUM = 3
# The odds at which such a start is believed before any play here.
ODDS = 9.0


class Trust(NamedTuple):
    """The mean gain in log-likelihood per play with a source, its interval, and the influence.

    `influence` is the source's share in what this instance ranks by, from 0 to 1.
    """

    gain: float
    low: float
    high: float
    influence: float


def trusted(gains: Floats, viewers: list[str]) -> Trust:
    """Return the mean of gains with its 95 % interval; plays of one viewer are not independent.

    The interval is Student's, of the viewers' totals (cluster-robust).

    >>> trusted(np.array([0.1, 0.2]), ["a", "b"]).low
    -1.0
    """
    names, who = np.unique(np.array(viewers), return_inverse=True)
    clipped = np.clip(gains, -MOST_GAIN, MOST_GAIN)
    gain = float(clipped.mean()) if len(clipped) else 0.0
    number = len(names)
    if number < LEAST_VIEWERS:
        return Trust(gain, -UNKNOWN, UNKNOWN, 0.0)
    off = np.bincount(who, clipped - gain)
    error = sqrt(float(off @ off) * number / (number - 1)) / len(clipped)
    reach = (NORMAL + EXTRA / (number - 1)) * error
    return Trust(gain, gain - reach, gain + reach, 0.0)


def voices(trust: Mapping[str, Trust]) -> list[str]:
    """Return the sources that make the pool.

    Three sources or more that nothing speaks against make it together: no minority of them can
    move a median far. If they are fewer, only those that have earned it, whose interval is above 0.
    """
    open_to = [source for source, each in trust.items() if each.high >= 0.0]
    if len(open_to) >= QUORUM:
        return open_to
    return [source for source in open_to if trust[source].low > 0.0]


def belief(gains: Floats) -> float:
    """Return how far the pool is believed: the probability that it is right, not the start.

    By Bayes' rule from `ODDS` and the likelihoods of all plays.

    >>> belief(np.array([]))
    0.9
    """
    evidence = float(np.clip(gains, -MOST_GAIN, MOST_GAIN).sum())
    return ODDS / (ODDS + exp(-max(-30.0, min(evidence, 30.0))))
