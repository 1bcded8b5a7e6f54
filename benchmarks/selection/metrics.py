"""What a viewer's visits were worth.

QoE = (Σ Mbit/s - 4.3·stalled s - Σ |change of Mbit/s| - start-up s) / segments

is the linear quality of experience of Yin et al. (SIGCOMM'15) with the prices of Pensieve
(SIGCOMM'17) and start-up at a quarter of a stall. A segment that never came counts 0 Mbit/s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.selection.player import Record
from benchmarks.selection.scenario import LADDER_MBPS, SEGMENT_S
from benchmarks.selection.traces import Floats

STALL_PRICE = LADDER_MBPS[-1]
BOOTSTRAPS = 2000


@dataclass(frozen=True)
class Score:
    """One viewer with one policy."""

    qoe: float
    ln_time_ratio: float
    """Mean ln of a segment's time over the time on its best host, in hindsight."""
    rebuffer_ratio: float
    """Share of the watching time spent stalled."""
    startup_s: float
    errors_per_1000: float
    extra_requests: float
    """Per segment."""
    extra_bytes: float
    """Share of the useful bytes."""
    decisions_per_s: float


def score(visits: Sequence[Record], decisions: int, decision_s: float) -> Score:
    """Judge all visits of one viewer together."""
    wanted = sum(visit.wanted for visit in visits)
    stalled_s = sum(visit.stalled_s for visit in visits)
    startup_s = sum(visit.startup_s for visit in visits)
    fetched = [segment for visit in visits for segment in visit.segments.values()]
    worth = sum(segment.mbps for segment in fetched) - STALL_PRICE * stalled_s - startup_s
    for visit in visits:
        mbps = [visit.segments[index].mbps for index in sorted(visit.segments)]
        worth -= sum(abs(b - a) for a, b in pairwise(mbps))
    ratios = [
        math.log(segment.taken_s / segment.best_s)
        for segment in fetched
        if math.isfinite(segment.best_s)
    ]
    useful = sum(visit.useful for visit in visits)
    return Score(
        qoe=worth / wanted,
        ln_time_ratio=sum(ratios) / max(1, len(ratios)),
        rebuffer_ratio=stalled_s / (stalled_s + len(fetched) * SEGMENT_S + 1e-9),
        startup_s=startup_s / len(visits),
        errors_per_1000=1000 * sum(visit.tally.errors for visit in visits) / wanted,
        extra_requests=sum(visit.requests for visit in visits) / wanted - 1.0,
        extra_bytes=sum(visit.received for visit in visits) / max(useful, 1.0) - 1.0,
        decisions_per_s=decisions / decision_s if decision_s else math.inf,
    )


def paired_interval(differences: Sequence[Floats], seed: int = 1) -> tuple[float, float, float]:
    """Mean over scenarios of the mean paired difference, with its bootstrap 95 % interval.

    `differences` holds one array per scenario, one entry per viewer; viewers are resampled
    within their scenario (Efron and Tibshirani 1993, 6.4).

    >>> paired_interval([np.ones(3), np.full(5, 3.0)])
    (2.0, 2.0, 2.0)
    """
    rng = np.random.default_rng(seed)
    means = np.zeros(BOOTSTRAPS)
    for values in differences:
        drawn = rng.integers(len(values), size=(BOOTSTRAPS, len(values)))
        means += values[drawn].mean(axis=1) / len(differences)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(np.mean([values.mean() for values in differences])), float(low), float(high)
