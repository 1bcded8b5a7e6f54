"""Judging: what each instance's lists would be, by whom it hears and how noisy that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.federation.recording import Asked, Recording
from benchmarks.recommendation.streams.stream import DAY_S, Floats
from reco.data.ledger import WEEK_S
from reco.federation.heard import Heard
from reco.federation.leanings import TOLD, Leanings
from reco.federation.merging import Merging
from reco.federation.pooling import START
from reco.federation.recent import Recent
from reco.federation.release import release
from reco.federation.statement import Statement, read
from reco.scoring.ranker import NAMES, START_VARIANCES, mixed

# A week is told of two days after it has ended, and pulled within a day.
LATE_S = 3 * DAY_S
SHOWN = 10
Said = dict[str, dict[int, Statement]]


@dataclass
class Public:
    """The public part of a ranker."""

    weights: dict[str, float]
    public_covariance: Floats


def said_by(recordings: Mapping[str, Recording], epsilon: float) -> Said:
    """Return all statements of all instances, each with fresh noise."""
    found: Said = {}
    for name, each in recordings.items():
        speaker = Speaker(Leanings())
        speaker.leanings.weeks = each.weeks
        found[name] = {week: read(release(speaker, week, epsilon)) for week in each.weeks}
    return found


@dataclass
class Speaker:
    """A model, as far as it can say something."""

    leanings: Leanings


def lie(weeks: Sequence[int], lean: float) -> dict[int, Statement]:
    """Return what a malicious instance says: the largest audience, no noise, and nonsense."""
    sums = dict.fromkeys(TOLD, round(1_000 * lean * 2_000 / len(TOLD)))
    return {week: Statement(sums, 2_000, 750, 2, 4_000) for week in weeks}


def hits(recording: Recording, said: Said, new: bool = False) -> Floats:
    """Return by ask whether what was played is among the best ten.

    With `new` the instance has learned nothing yet.
    """
    merging, found = Merging(), []
    heard, known = Heard(), -1
    for ask in recording.asked:
        over = int((ask.at_s - LATE_S) // WEEK_S)
        if over != known:
            heard, known = _heard(said, over), over
        found.append(_hit(ask, _weights(ask, heard, merging, new)))
    return np.array(found)


def hits_by(recording: Recording, weights: Floats) -> Floats:
    """Return the same for fixed weights."""
    return np.array([_hit(ask, weights) for ask in recording.asked])


def union(recordings: Sequence[Recording]) -> Floats:
    """Return the weights that all plays of all instances together would have taught."""
    precision, told = np.diag(1.0 / START_VARIANCES), START / START_VARIANCES
    for each in recordings:
        weights, covariance = each.learned
        own = np.linalg.inv(covariance)
        precision += own - np.diag(1.0 / START_VARIANCES)
        told = told + own @ weights - START / START_VARIANCES
    return np.asarray(np.linalg.solve(precision, told))


def _heard(said: Said, before: int) -> Heard:
    heard = Heard()
    for source, weeks in said.items():
        for week, statement in weeks.items():
            if week < before:
                heard.put(source, week, statement)
    return heard


def _weights(ask: Asked, heard: Heard, merging: Merging, new: bool) -> Floats:
    recent = Recent()
    recent.public = [] if new else ask.recent
    weights = START if new else ask.weights
    if not heard:
        return weights
    covariance = np.diag(START_VARIANCES) if new else ask.covariance
    public = Public(dict(zip(NAMES, weights.tolist(), strict=True)), covariance)
    return np.array([*merging.of(public, heard, recent).weights.values()])


def _hit(ask: Asked, weights: Floats) -> float:
    scores = mixed(weights, ask.newcomer) @ ask.features
    return float((scores[:-1] > scores[-1]).sum() < SHOWN)
