"""Change detection: alarms when a host serves worse, or better, than it used to.

Page's test (Biometrika 1954), as River has it, watches the noised answers of one host to one
question in standard deviations of one answer. Within a day reports have no order, so they
are shuffled, always in the same way.

When a mirror fades, its viewers go to another, which then serves more distant viewers but is no
worse for that. So the test is stratified by zone and connection: an answer counts as its distance
from the mean of its stratum, and times are compared stratum by stratum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from math import sqrt
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from instance.hosts.quality.answers import Answers, Counted, Floats, answers, pooled
from instance.hosts.quality.figures import EDGES, Figure, geometric_mean, share_of_yes
from selector.telemetry import ANSWERS, QUESTIONS, Question, honesty

if TYPE_CHECKING:
    from river.drift import PageHinkley

# A rise of errors from 2 % to 8 % moves an answer at ε = 2 by .13 standard deviations; half
# of that is Page's allowance. A threshold of 80 then is a false alarm in about 1 % of quiet
# months of 10,000 answers, and 1,200 answers until the alarm (benchmarks/reports).
ALLOWANCE, THRESHOLD = 0.065, 80.0
BURN_IN = 100

Stratum = tuple[int, int]
"""Zone and connection of viewers."""


class Alarm(NamedTuple):
    """From `day` on, `host` answers this question differently; both figures are of days around.

    Worse is a higher TTFB, more errors or missing files, or a lower rate, for the same strata of
    viewers. The figures are of all viewers of the strata that the host has served before and after.
    """

    host: str
    question: Question
    day: str
    before: Figure
    after: Figure
    worse: bool


class Day(NamedTuple):
    """The answers of one day to one question."""

    day: str
    told: Mapping[Stratum, Answers]


def alarms(reports: Iterable[Counted]) -> tuple[Alarm, ...]:
    """Return every change in `reports`, by host, question and day."""
    ordered = sorted((each for each in reports), key=lambda each: (each[0].host, each[0].day))
    found: list[Alarm] = []
    for host, own in groupby(ordered, key=lambda each: each[0].host):
        days = [(day, list(each)) for day, each in groupby(own, key=lambda each: each[0].day)]
        for question in QUESTIONS:
            told = [Day(day, _by_stratum(each, question)) for day, each in days]
            found += _changes(host, question, [each for each in told if each.told])
    return tuple(found)


def _by_stratum(reports: Iterable[Counted], question: Question) -> dict[Stratum, Answers]:
    strata: dict[Stratum, list[Counted]] = defaultdict(list)
    for report, count in reports:
        if getattr(report, question) is not None:
            strata[report.zone, report.connection].append((report, count))
    return {stratum: answers(strata[stratum], question) for stratum in sorted(strata)}


def _changes(host: str, question: Question, days: Sequence[Day]) -> list[Alarm]:
    """Return the alarms of one host and question, in the order of days."""
    if not days:
        return []
    found: list[Alarm] = []
    strata = sorted({stratum for day in days for stratum in day.told})
    sums, noise = _sums(days, strata), _noise(days)
    began, test = 0, _page_hinkley()
    for now, day in enumerate(days):
        usual = dict(zip(strata, _means(sums[:, began:].sum(axis=1)), strict=True))
        if not _alarmed(test, day, usual, noise) or now == began:
            continue
        contrasts = _contrasts(sums[:, began : now + 1])
        change = began + 1 + int(np.argmax(np.abs(contrasts)))
        if contrast := contrasts[change - began - 1]:
            before, after = _levels(days[began:change], days[change : now + 1])
            worse = bool(contrast > 0.0) != (question == "rate")
            found.append(Alarm(host, question, days[change].day, before, after, worse))
        began, test = change, _page_hinkley()
    return found


def _page_hinkley() -> PageHinkley:
    # Imported here: it needs scipy, which takes a second to import and no other part needs.
    from river.drift import PageHinkley

    return PageHinkley(
        min_instances=BURN_IN, delta=ALLOWANCE, threshold=THRESHOLD, alpha=1.0, mode="both"
    )


def _alarmed(test: PageHinkley, day: Day, usual: Mapping[Stratum, float], noise: float) -> bool:
    """Feed the test with one day's answers, in units of `noise`; say whether it alarmed."""
    distances = [
        (score - usual[stratum]) / noise
        for stratum, told in day.told.items()
        for score in _unbiased(told)
    ]
    Random(day.day).shuffle(distances)  # noqa: S311 - the same order every time is the point
    alarmed = False
    for each in distances:
        test.update(each)  # type: ignore[no-untyped-call]
        alarmed = alarmed or test.drift_detected
    return alarmed


def _unbiased(told: Answers) -> Iterator[float]:
    """Yield the unbiased score of every answer."""
    scores = _scores(told.question)
    for epsilon, counts in told.counts.items():
        centred = (scores - scores.mean()) / honesty(len(scores), epsilon)
        for score, count in zip(centred + scores.mean(), counts, strict=True):
            yield from [float(score)] * int(count)


def _noise(days: Iterable[Day]) -> float:
    """Return the standard deviation of one unbiased answer."""
    told = pooled([own for day in days for own in day.told.values()])
    return told.mean(_scores(told.question))[1] * sqrt(told.total)


def _scores(question: Question) -> Floats:
    return np.arange(ANSWERS[question], dtype=float)


def _sums(days: Sequence[Day], strata: Sequence[Stratum]) -> Floats:
    """Return, by day and stratum, the weight n·c² of answers and their weighted sum."""
    sums = np.zeros((2, len(days), len(strata)))
    for row, day in enumerate(days):
        for stratum, told in day.told.items():
            weight = sum(
                counts.sum() * honesty(len(counts), epsilon) ** 2
                for epsilon, counts in told.counts.items()
            )
            mean, _ = told.mean(_scores(told.question))
            sums[:, row, strata.index(stratum)] = weight, weight * mean
    return sums


def _means(sums: Floats) -> Floats:
    """Return mean scores; 0 where there is no answer."""
    weight, total = sums
    means: Floats = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0.0)
    return means


def _contrasts(sums: Floats) -> Floats:
    """Return the rise of answers after each day but the last, in standard errors up to a factor.

    Each stratum's difference of means counts by its precision, 1 / (1/w + 1/w'), where w and w'
    are the weights before and after; it is 0 where either is 0.
    """
    before = np.cumsum(sums, axis=1)[:, :-1]
    after = sums.sum(axis=1, keepdims=True) - before
    after[0][after[0] < 1e-9] = 0.0  # rounding errors of an exact zero
    weight = _means(np.array([before[0] + after[0], before[0] * after[0]]))
    rise = (weight * (_means(after) - _means(before))).sum(axis=1)
    return _means(np.array([np.sqrt(weight.sum(axis=1)), rise]))


def _levels(before: Sequence[Day], after: Sequence[Day]) -> tuple[Figure, Figure]:
    """Return the levels before and after, of the strata that have answers in both."""
    both = {stratum for day in before for stratum in day.told} & {
        stratum for day in after for stratum in day.told
    }

    def level(days: Iterable[Day]) -> Figure:
        told = pooled([own for day in days for stratum, own in day.told.items() if stratum in both])
        return geometric_mean(told) if told.question in EDGES else share_of_yes(told)

    return level(before), level(after)
