"""Alarms: since when a host serves worse, or better, than it used to.

Page's test (Biometrika 1954), as River has it, watches the noised answers of one host to one
question in standard deviations of one answer. Within a day reports have no order, so they
are shuffled, always in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from math import sqrt
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from instance.quality.answers import Answers, Counted, Floats, answers, pooled
from instance.quality.figures import Figure, error_rate, typical
from selector.telemetry import ANSWERS, QUESTIONS, Question, honesty

if TYPE_CHECKING:
    from river.drift import PageHinkley

# A rise of errors from 2 % to 8 % moves an answer at ε = 2 by .13 standard deviations; half
# of that is Page's allowance. A threshold of 80 then is a false alarm in about 1 % of quiet
# months of 10,000 answers, and 1,200 answers until the alarm (benchmarks/reports).
ALLOWANCE, THRESHOLD = 0.065, 80.0
BURN_IN = 100


class Alarm(NamedTuple):
    """From `day` on, `host` answers this question differently; both figures are of days around.

    Worse is a higher TTFB or error rate, or a lower rate.
    """

    host: str
    question: Question
    day: str
    before: Figure
    after: Figure
    worse: bool


def alarms(reports: Iterable[Counted]) -> tuple[Alarm, ...]:
    """Return every change in `reports`, by host, question and day."""
    ordered = sorted((each for each in reports), key=lambda each: (each[0].host, each[0].day))
    found: list[Alarm] = []
    for host, own in groupby(ordered, key=lambda each: each[0].host):
        days = [(day, list(each)) for day, each in groupby(own, key=lambda each: each[0].day)]
        for question in QUESTIONS:
            told = [(day, answers(each, question)) for day, each in days]
            found += _changes(host, question, [each for each in told if each[1].total])
    return tuple(found)


def _changes(host: str, question: Question, days: Sequence[tuple[str, Answers]]) -> list[Alarm]:
    """Return the alarms of one host and question, in the order of days."""
    if not days:
        return []
    found: list[Alarm] = []
    began, test, noise = 0, _page(), _noise([each for _, each in days])
    for now, (day, told) in enumerate(days):
        if not _rings(test, told, day, noise) or now == began:
            continue
        change = _likeliest_change([each for _, each in days[began : now + 1]]) + began
        before = pooled([each for _, each in days[began:change]])
        after = pooled([each for _, each in days[change : now + 1]])
        worse = (after.mean(_scores(question)) > before.mean(_scores(question))) != (
            question == "rate"
        )
        found.append(Alarm(host, question, days[change][0], _level(before), _level(after), worse))
        began, test = change, _page()
    return found


def _page() -> PageHinkley:
    # Not above: it brings scipy along, which takes a second to import and no other part needs.
    from river.drift import PageHinkley

    return PageHinkley(
        min_instances=BURN_IN, delta=ALLOWANCE, threshold=THRESHOLD, alpha=1.0, mode="both"
    )


def _rings(test: PageHinkley, told: Answers, day: str, noise: float) -> bool:
    """Say whether the test rings on one day's answers, each unbiased and in units of `noise`."""
    scores = _scores(told.question)
    unbiased = [
        float(score) / honesty(len(scores), epsilon) / noise
        for epsilon, counts in told.counts.items()
        for score, count in zip(scores - scores.mean(), counts, strict=True)
        for _ in range(int(count))
    ]
    Random(day).shuffle(unbiased)  # noqa: S311 - the same order every time is the point
    rings = False
    for each in unbiased:
        test.update(each)  # type: ignore[no-untyped-call]
        rings = rings or test.drift_detected
    return rings


def _noise(days: Sequence[Answers]) -> float:
    """Return the sd of one unbiased answer."""
    told = pooled(days)
    return told.mean(_scores(told.question))[1] * sqrt(told.total)


def _scores(question: Question) -> Floats:
    return np.arange(ANSWERS[question], dtype=float)


def _likeliest_change(days: Sequence[Answers]) -> int:
    """Return the first day after the change: where the means before and after differ most."""

    def contrast(change: int) -> float:
        scores = _scores(days[0].question)
        (one, one_error), (other, other_error) = (
            pooled(part).mean(scores) for part in (days[:change], days[change:])
        )
        return abs(one - other) / sqrt(one_error**2 + other_error**2)

    return max(range(1, len(days)), key=contrast)


def _level(told: Answers) -> Figure:
    return error_rate(told) if told.question == "error" else typical(told)
