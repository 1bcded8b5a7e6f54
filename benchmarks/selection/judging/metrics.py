"""Metrics of a viewer's visits: quality of experience, stalls, errors, costs to the hosts.

QoE = (Σ Mbit/s - 4.3·stalled s - Σ |change of Mbit/s| - start-up s) / segments

is the linear quality of experience of Yin et al. (SIGCOMM'15) with the weights of Pensieve
(SIGCOMM'17); a second of start-up costs a quarter of a stalled one. A segment that never came
counts as 0 Mbit/s.

With another ladder, bit rates are scaled to one that ends at 4.3 Mbit/s; with segments of another
duration, the prices of stalls, changes and start-up are those of the same time in segments of 4 s.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.selection.viewer.player import Record
from benchmarks.selection.viewer.policy import OutcomeKind
from benchmarks.selection.world.scenario import LADDER_MBPS, SEGMENT_S
from benchmarks.selection.world.traces import Floats

STALL_PRICE = LADDER_MBPS[-1]
BOOTSTRAPS = 2000


@dataclass(frozen=True)
class Score:
    """One viewer with one policy."""

    worths: tuple[float, ...]
    """What each segment of each visit added to the sum whose mean is the QoE."""
    ln_time_ratio: float
    """Mean ln of a segment's time divided by its time on the best host in hindsight."""
    rebuffer_ratio: float
    """Share of the watching time spent stalled."""
    startup_s: float
    errors: Mapping[str, float]
    """Failed fetches per 1000 segments, by kind."""
    extra_requests: float
    """Per segment, beyond one request for each segment that came from a host."""
    extra_bytes: float
    """Share of the useful bytes."""
    decisions_per_s: float

    @property
    def qoe(self) -> float:
        """Quality of experience per segment."""
        return sum(self.worths) / len(self.worths)

    @property
    def errors_per_1000(self) -> float:
        """Failed fetches per 1000 segments."""
        return sum(self.errors.values())


def score(
    visits: Sequence[Record], errors: Mapping[OutcomeKind, int], decisions: int, decision_s: float
) -> Score:
    """Return the score of all visits of one viewer together."""
    wanted = sum(visit.wanted for visit in visits)
    stalled_s = sum(visit.stalled_s for visit in visits)
    played_s = sum(len(visit.segments) * visit.segment_s for visit in visits)
    fetched = [segment for visit in visits for segment in visit.segments.values()]
    ratios = [
        math.log(segment.taken_s / segment.best_s)
        for segment in fetched
        if math.isfinite(segment.best_s)
    ]
    useful = sum(visit.useful for visit in visits)
    requests = sum(visit.requests + visit.from_peers for visit in visits)
    return Score(
        worths=tuple(worth for visit in visits for worth in worths(visit)),
        ln_time_ratio=sum(ratios) / max(1, len(ratios)),
        rebuffer_ratio=stalled_s / (stalled_s + played_s + 1e-9),
        startup_s=sum(visit.startup_s for visit in visits) / len(visits),
        errors={kind: 1000 * count / wanted for kind, count in errors.items()},
        extra_requests=requests / wanted - 1.0,
        extra_bytes=sum(visit.received for visit in visits) / max(useful, 1.0) - 1.0,
        decisions_per_s=decisions / max(decision_s, 1e-9),
    )


def worths(visit: Record) -> list[float]:
    """Return each segment's contribution to the QoE; the first one's includes the start-up."""
    added = []
    quality, seconds = STALL_PRICE / visit.top_mbps, SEGMENT_S / visit.segment_s
    for index in range(visit.wanted):
        segment, before = visit.segments.get(index), visit.segments.get(index - 1)
        change = abs(segment.mbps - before.mbps) if segment and before else 0.0
        worth = quality * ((segment.mbps if segment else 0.0) - seconds * change)
        added.append(worth - seconds * STALL_PRICE * visit.stalls_s.get(index, 0.0))
    added[0] -= seconds * visit.startup_s
    return added


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
