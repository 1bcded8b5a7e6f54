"""Unbiased estimates from answers noised by randomised response.

Randomised response tells the truth with probability c, and else one of k answers at random. So
for any scores s of the answers E[s(answer)] = c·E[s(truth)] + (1 − c)·s̄, and

    (mean of s(answers) − (1 − c)·s̄) / c

is unbiased for the mean score of the truths (Warner, JASA 1965). Shares, distribution functions
and means are all mean scores, each with its own scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from instance.hosts.quality.counts import Counted, Counts
from selector.telemetry import ANSWERS, Question, honesty

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """Counts of each answer to one question, by the ε of its noise.

    >>> answers = Answers("error", {2.0: np.array([880.0, 120.0])})
    >>> round(answers.mean(np.array([0.0, 1.0]))[0], 3)  # .119 of "yes" is noise
    0.001
    """

    question: Question
    counts: Mapping[float, Floats]

    @property
    def total(self) -> int:
        """The number of answers."""
        return int(sum(counts.sum() for counts in self.counts.values()))

    def mean(self, scores: Floats) -> tuple[float, float]:
        """Return the unbiased mean score of the truths, and its standard error."""
        values, errors = self.means(scores[None, :])
        return float(values[0]), float(errors[0])

    def means(self, scores: Floats) -> tuple[Floats, Floats]:
        """Return means and standard errors for several rows of scores; zero answers give NaN.

        Groups of different ε are weighted by n·c²: no answer, whatever ε it claims, counts
        more than 1/c times as much as another. Half an answer is added to each kind, which
        keeps the variance above zero when a kind is missing.
        """
        weight, value, variance = 0.0, np.zeros(len(scores)), np.zeros(len(scores))
        for epsilon, counts in self.counts.items():
            n, told = counts.sum(), honesty(len(counts), epsilon)
            share = (counts + 0.5) / (n + len(counts) / 2)
            spread = (scores - (scores @ share)[:, None]) ** 2 @ share
            weight += n * told**2
            value += told * (scores @ counts - n * (1.0 - told) * scores.mean(axis=1))
            variance += told**2 * n * spread
        with np.errstate(invalid="ignore", divide="ignore"):
            return value / weight, np.sqrt(variance) / weight

    def foreseen(self, scores: Floats) -> float:
        """Return the standard error of the mean of `scores` for uniformly distributed answers.

        It decides whether there are enough answers; the answers themselves must not: figures
        that are shown only when they happen to look sure are wrong too often.
        """
        told = {epsilon: honesty(len(n), epsilon) for epsilon, n in self.counts.items()}
        weight = sum(n.sum() * told[epsilon] ** 2 for epsilon, n in self.counts.items())
        return float(scores.std()) / sqrt(weight) if weight else inf

    def influence(self, liars: int) -> float:
        """Return how far `liars` among the answers can move the mean of scores in [0, 1].

        One answer moves the mean by at most c / Σ n·c², which is 1/(n·c) when all have the
        same ε.

        >>> thousand = Answers("ttfb", {2.0: np.full(8, 125.0)})
        >>> round(thousand.influence(10), 4)
        0.0225
        """
        told = {epsilon: honesty(len(n), epsilon) for epsilon, n in self.counts.items()}
        weight = sum(n.sum() * told[epsilon] ** 2 for epsilon, n in self.counts.items())
        return float(liars * max(told.values()) / weight)


def answers(reports: Iterable[Counted], question: Question) -> Answers:
    """Count the answers to one question among `reports`."""
    counts = Counts.of(reports).asked(question)
    table = counts.table("epsilon", "answer")[:, : ANSWERS[question]]
    told = zip(counts.epsilons, table[counts.present("epsilon")], strict=True)
    return Answers(question, dict(told))


def pooled(parts: Sequence[Answers]) -> Answers:
    """Return the sum of answers to one question; there must be at least one part."""
    counts: dict[float, Floats] = {}
    for part in parts:
        for epsilon, told in part.counts.items():
            counts[epsilon] = counts.get(epsilon, np.zeros(len(told))) + told
    return Answers(parts[0].question, dict(sorted(counts.items())))
