"""Simulated devices: the randomised response of `selector.telemetry`, vectorised.

`respond` there and `noised` here have the same distribution; tests/selector/telemetry compares.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from instance.hosts.quality.answers import Answers, Floats
from instance.hosts.quality.counts import Counted
from selector.telemetry import ANSWERS, Question, Report, honesty
from selector.telemetry.report import RATE_EDGES_BPS, TTFB_EDGES_S

Ints = NDArray[np.int64]
LN_EDGES = {"ttfb": np.log(TTFB_EDGES_S), "rate": np.log(RATE_EDGES_BPS)}


def buckets(question: Question, ln_values: Floats) -> Ints:
    """Return the buckets of ln(s) or ln(bit/s)."""
    return np.searchsorted(LN_EDGES[question], ln_values, side="right")


def noised(truth: Ints, answers: int, epsilon: float, rng: np.random.Generator) -> Ints:
    """Return randomised responses to `truth`."""
    told = rng.random(len(truth)) < honesty(answers, epsilon)
    return np.where(told, truth, rng.integers(0, answers, len(truth)))


def asked(question: Question, truth: Ints, epsilon: float, rng: np.random.Generator) -> Answers:
    """Ask all devices the same question; return the counted answers."""
    k = ANSWERS[question]
    counts = np.bincount(noised(truth, k, epsilon, rng), minlength=k).astype(float)
    return Answers(question, {epsilon: counts})


def reports(
    truths: dict[Question, Ints],
    columns: dict[str, Ints],
    hosts: list[str],
    epsilon: float,
    rng: np.random.Generator,
) -> list[Counted]:
    """Ask every viewer-day one question, drawn uniformly; return distinct reports with counts.

    `columns` holds day (from 0), host (index), connection, zone, hours and control.
    """
    size = len(columns["host"])
    questions = list(truths)
    question = rng.integers(0, len(questions), size)
    answer = np.select(
        [question == number for number in range(len(questions))],
        [noised(truths[name], ANSWERS[name], epsilon, rng) for name in questions],
    )
    names = ("day", "host", "connection", "zone", "hours", "control")
    rows = zip(
        *(columns[name].tolist() for name in names), question.tolist(), answer.tolist(), strict=True
    )
    return [
        (
            Report(f"2026-05-{day + 1:02}", hosts[host], epsilon, *context).answered(
                questions[asks], answers
            ),
            count,
        )
        for (day, host, *context, asks, answers), count in Counter(rows).items()
    ]
