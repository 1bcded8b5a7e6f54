"""Randomised comparison: viewers who learn against a control group that picks as PeerTube does.

A coin for every viewer and day decides who is in control. So the groups differ by chance alone,
and the difference of the means is the effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, expm1, hypot
from typing import Literal, NamedTuple

import numpy as np

from instance.hosts.quality.answers import Answers, Floats, answers, pooled
from instance.hosts.quality.counts import Counted, Counts
from instance.hosts.quality.figures import (
    FEWEST_ANSWERS,
    Z95,
    Estimate,
    Figure,
    NotEnough,
    ln_middles,
)
from selector.telemetry import Question

Verdict = Literal["more", "less", "cannot tell"]
COMPARED: tuple[Question, ...] = ("ttfb", "rate")
NOT_COMPARED: Mapping[Question, str] = {
    "error": "a day with a host counts as failed when any of its fetches failed, and viewers "
    "with Mirrorwise fetch more from fewer hosts; so more of their days with a host would "
    "count as failed even if no more fetches failed"
}
"""Why there is no fair comparison: reports do not say how many fetches a day had."""
# Share of answers beyond the fences at either end.
TAIL = 0.02
CHANGE_WITHIN = 0.7
"""In ln, or in shares of viewer-days: a factor of 2 to either side tells nothing."""


class Comparison(NamedTuple):
    """What learning changes, relative (-.41: 41 % less).

    The verdict is "cannot tell" whenever the interval holds zero or there is none.
    """

    question: Question
    change: Figure
    verdict: Verdict
    learned: int
    control: int


def compare(reports: Iterable[Counted], question: Question) -> Comparison:
    """Compare the groups by the mean of ln(TTFB) or ln(rate), for a `question` of `COMPARED`.

    `change.answers` counts the smaller group, which decides the width of the interval.
    """
    counts = Counts.of(reports)
    learned, control = (answers(counts.where("control", group), question) for group in (0, 1))
    effect = change(learned, control)
    return Comparison(question, effect, verdict(effect), learned.total, control.total)


def change(ours: Answers, theirs: Answers) -> Figure:
    """Return the change from `theirs` (other viewers, or an earlier time) to `ours`, with interval.

    The change is relative for TTFB and rate, and in shares of viewer-days for errors.
    """
    fewer = min(ours.total, theirs.total)
    if fewer < FEWEST_ANSWERS:
        return NotEnough(fewer, FEWEST_ANSWERS)
    relative = ours.question != "error"
    scores = winsorised_scores(ours, theirs) if relative else np.array([0.0, 1.0])
    foreseen = Z95 * hypot(ours.foreseen(scores), theirs.foreseen(scores))
    if foreseen > CHANGE_WITHIN:
        return NotEnough(fewer, ceil(fewer * (foreseen / CHANGE_WITHIN) ** 2))
    (mean, error), (other, other_error) = ours.mean(scores), theirs.mean(scores)
    value, within = mean - other, Z95 * hypot(error, other_error)
    low, high = value - within, value + within
    if relative:
        return Estimate(expm1(value), expm1(low), expm1(high), fewer)
    return Estimate(value, max(low, -1.0), min(high, 1.0), fewer)


def winsorised_scores(ours: Answers, theirs: Answers) -> Floats:
    """Return winsorised scores of ln(x), which show a shift with less noise than the middles.

    Answers in buckets far out are mostly noise, and weigh most. So scores are clipped to the
    middles of the buckets between which all but 2 % at either end of both groups lie. A shift
    then shows only in truths that cross an edge in between; the scores are stretched to make up
    for the truths near the other edges.
    """
    middles = ln_middles(ours.question)
    shares, _ = pooled([ours, theirs]).means(np.eye(len(middles)))
    below = np.cumsum(shares)
    low = min(int(np.argmax(below > TAIL)), len(middles) - 2)
    high = max(low + 1, int(np.argmax(below >= 1.0 - TAIL)))
    crossing = (shares[:-1] + shares[1:]) / 2
    kept = float(crossing[low:high].sum() / crossing.sum())
    fences: Floats = np.clip(middles, middles[low], middles[high])
    return fences / min(max(kept, 0.5), 1.0)


def verdict(change: Figure) -> Verdict:
    """Return the verdict: "cannot tell" if the interval contains zero, or there is none."""
    if isinstance(change, NotEnough) or change.low <= 0.0 <= change.high:
        return "cannot tell"
    return "more" if change.low > 0.0 else "less"
