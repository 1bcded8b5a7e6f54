"""Metrics of a run: recall, NDCG, diversity, calibration, coverage, and their intervals."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from benchmarks.recommendation.judging.prequential import Run
from benchmarks.recommendation.models.recommender import SHOWN
from benchmarks.recommendation.streams.stream import Floats, Stream

HISTORY = 50
SMOOTHING = 0.01
"""Steck's α: the weight of the viewer's own shares in the list's smoothed shares."""


@dataclass(frozen=True)
class Figures:
    """Metrics by request, so that models can be compared pairwise; coverage is of the whole run."""

    recall: Floats
    """1 if the next video was among the ten."""
    ndcg: Floats
    """1 / log₂(1 + place) of the next video, 0 if not among the ten."""
    diversity: Floats
    """Mean 1 − similarity over all pairs of a list; NaN with fewer than two videos."""
    calibration: Floats
    """Kullback-Leibler divergence, nats, of the list's tags from the viewer's; 0 is perfect.
    NaN where viewer or list has no tags."""
    coverage: float
    """Share of the published videos that were shown to anybody."""


def figures(stream: Stream, run: Run) -> Figures:
    """Return the metrics of a run."""
    target = stream.video[run.event][:, None]
    hit = run.shown == target
    gains = hit / np.log2(np.arange(2, SHOWN + 2))
    features = features_of(stream)
    known = run.shown[run.shown >= 0]
    published = int((stream.published_s <= stream.at_s[-1]).sum())
    return Figures(
        recall=hit.any(axis=1).astype(np.float64),
        ndcg=np.asarray(gains.sum(axis=1)),
        diversity=np.array([diversity(features[row[row >= 0]]) for row in run.shown]),
        calibration=_calibrations(stream, run),
        coverage=len(np.unique(known)) / published,
    )


def features_of(stream: Stream) -> Floats:
    """Return unit vectors over tags and channels; no tags and no channel is a zero vector."""
    names = sorted({tag for tags in stream.tags for tag in tags})
    column = {name: number for number, name in enumerate(names)}
    channels = int(stream.channel.max()) + 1
    found = np.zeros((stream.videos, len(names) + channels), dtype=np.float32)
    for video, tags in enumerate(stream.tags):
        found[video, [column[tag] for tag in tags]] = 1.0
    has = stream.channel >= 0
    found[np.flatnonzero(has), len(names) + stream.channel[has]] = 1.0
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9))


def diversity(vectors: Floats) -> float:
    """Return the mean of 1 − cosine over all pairs of rows.

    >>> diversity(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])).__round__(3)
    0.667
    """
    n = len(vectors)
    if n < 2:
        return float("nan")
    similarity = vectors @ vectors.T
    return float(1.0 - (similarity.sum() - np.trace(similarity)) / (n * (n - 1)))


def calibration(own: Counter[str], listed: Counter[str]) -> float:
    """Return Σ p ln(p/q): p the viewer's shares of tags, q the list's, smoothed (Steck 2018).

    >>> calibration(Counter("aabb"), Counter("ab"))
    0.0
    >>> calibration(Counter("ab"), Counter("aa")).__round__(2)
    1.96
    """
    if not own or not listed:
        return float("nan")
    watched, shown = own.total(), listed.total()
    divergence = 0.0
    for tag, count in own.items():
        p = count / watched
        q = (1.0 - SMOOTHING) * listed[tag] / shown + SMOOTHING * p
        divergence += p * np.log(p / q)
    return float(divergence)


def _calibrations(stream: Stream, run: Run) -> Floats:
    """Compare each list with the last HISTORY videos of its viewer."""
    asked = {event: row for row, event in enumerate(run.event.tolist())}
    history: dict[int, list[int]] = {}
    found = np.full(len(run.event), np.nan)
    for event, (viewer, video) in enumerate(
        zip(stream.viewer.tolist(), stream.video.tolist(), strict=True)
    ):
        mine = history.setdefault(viewer, [])
        if event in asked:
            row = run.shown[asked[event]]
            shown = (stream.tags[each] for each in row[row >= 0].tolist())
            own = (stream.tags[each] for each in mine[-HISTORY:])
            found[asked[event]] = calibration(
                Counter(tag for tags in own for tag in tags),
                Counter(tag for tags in shown for tag in tags),
            )
        mine.append(video)
    return found


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % confidence interval."""

    mean: float
    low: float
    high: float


def interval(by_seed: list[tuple[Floats, Floats]], samples: int = 1000) -> Interval:
    """Return the mean over requests with its cluster-bootstrap interval.

    Each seed gives (values by request, viewers by request); NaN is left out. The requests of one
    viewer are correlated, so viewers are resampled within their seed, not requests. Pass
    differences for a paired comparison.
    """
    rng = np.random.default_rng(0)
    sums = [_by_viewer(values, viewers) for values, viewers in by_seed]
    total = np.zeros((samples, 2))
    for each in sums:
        weights = rng.multinomial(len(each), np.full(len(each), 1 / len(each)), samples)
        total += weights @ each
    whole = sum(each.sum(axis=0) for each in sums)
    low, high = np.quantile(total[:, 0] / np.maximum(total[:, 1], 1e-9), [0.025, 0.975])
    return Interval(float(whole[0] / max(whole[1], 1e-9)), float(low), float(high))


def _by_viewer(values: Floats, viewers: Floats) -> Floats:
    """Return sum and number of values by viewer."""
    told = ~np.isnan(values)
    _, row = np.unique(viewers[told], return_inverse=True)
    return np.stack([np.bincount(row, values[told]), np.bincount(row).astype(np.float64)], axis=1)
