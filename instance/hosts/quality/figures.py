"""Estimates with 95 % confidence intervals; with too few answers, "not enough yet" instead.

The intervals are for all viewer-days of the chosen time, of which the reports are a random
sample, and include the noise of randomised response.
"""

from __future__ import annotations

from math import ceil, exp, inf
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from instance.hosts.quality.answers import Answers, Floats
from selector.telemetry import RATE_EDGES_BPS, TTFB_EDGES_S, Question

Z95 = 1.959964
# With fewer, sums of answers are not normal enough for intervals that cover 95 %.
FEWEST_ANSWERS = 100

# A figure is shown only if half its interval is expected to be narrower than this.
SHARE_WITHIN = 0.15
ERROR_WITHIN = 0.07
TYPICAL_WITHIN = 0.7
"""In ln: a factor of 2 to either side."""
QUANTILE_WITHIN = 2.5
"""In buckets: an interval over more than five of the eight says too little."""

EDGES = {"ttfb": np.array(TTFB_EDGES_S), "rate": np.array(RATE_EDGES_BPS)}
NORMAL = NormalDist()


class Estimate(NamedTuple):
    """A figure with its 95 % interval; `high` may be infinite and `low` 0 at a scale's end."""

    value: float
    low: float
    high: float
    answers: int


class NotEnough(NamedTuple):
    """Too few answers for a figure that says anything; about `needed` would do."""

    answers: int
    needed: int


Figure = Estimate | NotEnough


def _figure(estimate: Estimate, half_width: float, within: float) -> Figure:
    n = estimate.answers
    if n < FEWEST_ANSWERS or half_width > within:
        enough = n * (half_width / within) ** 2 if n >= FEWEST_ANSWERS else 0.0
        return NotEnough(n, max(FEWEST_ANSWERS, ceil(min(enough, 1e9))))
    return estimate


def share_of_yes(answers: Answers) -> Figure:
    """Return the share of viewer-days whose answer is yes: a fetch failed, or a file was missing.

    >>> day = Answers("error", {2.0: np.array([850.0, 150.0])})
    >>> [round(figure, 3) for figure in share_of_yes(day)]
    [0.04, 0.011, 0.07, 1000]
    >>> share_of_yes(Answers("error", {2.0: np.array([130.0, 20.0])}))
    NotEnough(answers=150, needed=338)
    """
    return _share(answers, np.array([0.0, 1.0]), ERROR_WITHIN)


def histogram(answers: Answers) -> tuple[Figure, ...]:
    """Return the share of viewer-days in each bucket."""
    return tuple(_share(answers, scores, SHARE_WITHIN) for scores in np.eye(8))


def _share(answers: Answers, scores: Floats, within: float) -> Figure:
    """Return a share with its interval, both clipped to 0 and 1.

    Noise can bring an estimate below 0 or above 1. What is certain then is where the share ends,
    not that the interval is narrower: it reaches as far from the end as it would from the estimate.
    It is never further from the truth than the unclipped one, so it covers at least as often.
    """
    if not answers.total:
        return NotEnough(0, FEWEST_ANSWERS)
    value, error = answers.mean(scores)
    middle = min(max(value, 0.0), 1.0)
    low, high = max(middle - Z95 * error, 0.0), min(middle + Z95 * error, 1.0)
    return _figure(
        Estimate(middle, low, high, answers.total), Z95 * answers.foreseen(scores), within
    )


def quantile(answers: Answers, level: float) -> Figure:
    """Return the `level` quantile in s or bit/s.

    Reports do not say where in a bucket a value lies. So the interval reaches from the last
    edge that is significantly below the quantile to the first that is significantly above, and
    covers more than 95 %. The value is interpolated between edges as if ln(x) were normal.

    >>> day = Answers("ttfb", {2.0: np.array([70.0, 75, 90, 390, 170, 70, 70, 65])})
    >>> [round(figure, 3) for figure in quantile(day, 0.5)]
    [0.159, 0.1, 0.2, 1000]
    """
    if not answers.total:
        return NotEnough(0, FEWEST_ANSWERS)
    edges = np.log(EDGES[answers.question])
    width = edges[1] - edges[0]
    below, error = answers.means(np.tri(8)[:-1])
    low = np.flatnonzero(below + Z95 * error < level)
    high = np.flatnonzero(below - Z95 * error > level)
    first, last = (low[-1] if len(low) else -1), (high[0] if len(high) else 7)
    ln_x = np.concatenate(([edges[0] - width], edges, [edges[-1] + width]))
    return _figure(
        Estimate(
            exp(_crossing(ln_x, below, level)),
            exp(edges[first]) if first >= 0 else 0.0,
            exp(edges[last]) if last < 7 else inf,
            answers.total,
        ),
        (last - first) / 2,
        QUANTILE_WITHIN,
    )


def _crossing(ln_x: Floats, below: Floats, level: float) -> float:
    """Return ln(x) where the cumulative share reaches `level`, interpolating probits."""
    share = np.clip(np.maximum.accumulate(below), 0.002, 0.998)
    probit = [NORMAL.inv_cdf(each) for each in (0.001, *share, 0.999)]
    return float(np.interp(NORMAL.inv_cdf(level), probit, ln_x))


def geometric_mean(answers: Answers) -> Figure:
    """Return the geometric mean in s or bit/s, each answer taken as the middle of its bucket.

    >>> day = Answers("ttfb", {2.0: np.array([70.0, 75, 90, 390, 170, 70, 70, 65])})
    >>> [round(figure, 3) for figure in geometric_mean(day)]
    [0.153, 0.13, 0.182, 1000]
    """
    if not answers.total:
        return NotEnough(0, FEWEST_ANSWERS)
    scores = ln_middles(answers.question)
    value, error = answers.mean(scores)
    half = Z95 * error
    low, high = exp(value - half), exp(value + half)
    estimate = Estimate(exp(value), low, high, answers.total)
    return _figure(estimate, Z95 * answers.foreseen(scores), TYPICAL_WITHIN)


def ln_middles(question: Question) -> Floats:
    """Return ln of the middle of every bucket; the outer ones are taken as wide as the others."""
    edges = np.log(EDGES[question])
    width = edges[1] - edges[0]
    return np.append(edges - width / 2, edges[-1] + width / 2)
