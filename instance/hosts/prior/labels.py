"""Unbiased labels for regression from noised reports, weighted by their precision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from instance.hosts.quality.answers import Floats
from instance.hosts.quality.counts import Counted, Counts
from instance.hosts.quality.figures import ln_middles
from selector.telemetry import ANSWERS, Context, Question, honesty


class Cell(NamedTuple):
    """A host as viewers in one context meet it."""

    host: str
    context: Context


class Label(NamedTuple):
    """Mean of unbiased labels, and its weight Σ c²: the variance of the mean is noise / weight."""

    mean: float
    weight: float


def scores(question: Question) -> Floats:
    """Return the score of each answer in the units of a prior: ln(s), ln(Mbit/s), 0 or 1."""
    if question == "error":
        return np.arange(float(ANSWERS["error"]))
    return ln_middles(question) - (np.log(1e6) if question == "rate" else 0.0)


def labels(reports: Iterable[Counted], question: Question) -> dict[Cell, Label]:
    """Return the label of every cell with answers to `question`, in the order of cells.

    With c the probability that the truth was told, (s − (1 − c)·s̄) / c is unbiased for the true
    score, and its variance is near that of s over c²: hence weights of c².
    """
    counts = Counts.of(reports).asked(question)
    said, middle = scores(question), float(scores(question).mean())
    honesties = [honesty(len(said), epsilon) for epsilon in counts.words[2]]
    epsilon = counts.column("epsilon")
    told, told2 = np.array(honesties)[epsilon], np.array([each**2 for each in honesties])[epsilon]
    score = said[counts.column("answer")] - (1.0 - told) * middle
    cells, row = counts.cells("host", "connection", "zone", "hours")
    # Row by row: sums of floats depend on the order.
    sums = np.bincount(row, counts.counts * told * score, cells.shape[1])
    weights = np.bincount(row, counts.counts * told2, cells.shape[1])
    return {
        Cell(counts.words[1][host], Context(*where)): Label(mean, weight)
        for (host, *where), mean, weight in zip(
            cells.T.tolist(), (sums / weights).tolist(), weights.tolist(), strict=True
        )
    }


def by_host(cells: Mapping[Cell, Label]) -> dict[str, Label]:
    """Pool the contexts of every host."""
    pooled: dict[str, list[Label]] = defaultdict(list)
    for cell, label in cells.items():
        pooled[cell.host].append(label)
    return {host: pool(own) for host, own in pooled.items()}


def pool(own: Iterable[Label]) -> Label:
    """Return the weighted mean of labels."""
    parts = list(own)
    weight = sum(label.weight for label in parts)
    return Label(sum(label.mean * label.weight for label in parts) / weight, weight)
