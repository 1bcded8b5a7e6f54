"""Unbiased labels for regression from noised reports, weighted by their precision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from instance.hosts.quality.answers import Counted, Floats
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
    said, middle = scores(question), float(scores(question).mean())
    sums: dict[Cell, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for report, count in reports:
        answer = getattr(report, question)
        if answer is None:
            continue
        told = honesty(len(said), report.epsilon)
        context = Context(report.connection, report.zone, report.hours)
        entry = sums[Cell(report.host, context)]
        entry[0] += count * told * (float(said[answer]) - (1.0 - told) * middle)
        entry[1] += count * told**2
    return {cell: Label(sums[cell][0] / sums[cell][1], sums[cell][1]) for cell in sorted(sums)}


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
