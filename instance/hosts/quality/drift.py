"""Change detection: alarms when a host serves worse, or better, than it used to.

Page's test (Biometrika 1954), as River has it, watches the noised answers of one host to one
question in standard deviations of one answer. Within a day reports have no order, so they
are shuffled, always in the same way.

When a mirror fades, its viewers go to another, which then serves more distant viewers but is no
worse for that. So the test is stratified by zone and connection: an answer counts as its distance
from the mean of its stratum, and times are compared stratum by stratum.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import sqrt
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from instance.hosts.quality.answers import Answers, Floats
from instance.hosts.quality.counts import Bools, Counted, Counts
from instance.hosts.quality.figures import EDGES, Figure, geometric_mean, share_of_yes
from instance.hosts.quality.page_hinkley import PageHinkley
from selector.telemetry import ANSWERS, CONNECTIONS, QUESTIONS, Question, honesty
from selector.telemetry.report import ZONES

# A rise of errors from 2 % to 8 % moves an answer at ε = 2 by .13 standard deviations; half
# of that is Page's allowance. A threshold of 80 then is a false alarm in about 1 % of quiet
# months of 10,000 answers, and 1,200 answers until the alarm (benchmarks/reports).
ALLOWANCE, THRESHOLD = 0.065, 80.0
BURN_IN = 100
# Orders of shuffled answers that are kept: a month of twenty hosts. Most of an alarm's time goes
# into them, and those of past days stay what they are.
MOST_ORDERS = 2400


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


class Told(NamedTuple):
    """The answers of one host to one question.

    `table` counts them by ε, day, stratum (zone and connection of viewers) and answer.
    """

    question: Question
    epsilons: Sequence[float]
    days: Sequence[str]
    table: Floats

    @property
    def honesties(self) -> list[float]:
        """The probability that the truth was told, by ε."""
        return [honesty(ANSWERS[self.question], epsilon) for epsilon in self.epsilons]

    def pooled(self, days: slice, strata: Bools | slice = slice(None)) -> Answers:
        """Return the sum of the answers of some days and strata."""
        sums = self.table[:, days][:, :, strata].sum(axis=(1, 2))
        told = zip(self.epsilons, sums, strict=True)
        return Answers(self.question, {epsilon: own for epsilon, own in told if own.any()})


def alarms(reports: Iterable[Counted]) -> tuple[Alarm, ...]:
    """Return every change in `reports`, by host, question and day."""
    counts = Counts.of(reports).by(
        "day", "host", "epsilon", "connection", "zone", "question", "answer"
    )
    return tuple(
        alarm
        for host, own in counts.by_host()
        for question in QUESTIONS
        for alarm in _changes(host, _told(own.asked(question), question))
    )


def _told(counts: Counts, question: Question) -> Told:
    epsilons, days = counts.present("epsilon"), counts.present("day")
    table = counts.table("epsilon", "day", "zone", "connection", "answer")[epsilons][:, days]
    every = table.reshape(len(epsilons), len(days), ZONES * len(CONNECTIONS), table.shape[-1])
    strata = every[:, :, every.any(axis=(0, 1, 3)), : ANSWERS[question]]
    return Told(question, counts.epsilons, counts.days, strata)


def _changes(host: str, told: Told) -> list[Alarm]:
    """Return the alarms of one host and question, in the order of days."""
    if not told.days:
        return []
    found: list[Alarm] = []
    sums, noise = _sums(told), _noise(told)
    began, test = 0, PageHinkley(BURN_IN, ALLOWANCE, THRESHOLD)
    for now in range(len(told.days)):
        usual = _means(sums[:, began:].sum(axis=1))
        if not test.update(_distances(told, now, usual) / noise) or now == began:
            continue
        contrasts = _contrasts(sums[:, began : now + 1])
        change = began + 1 + int(np.argmax(np.abs(contrasts)))
        if contrast := contrasts[change - began - 1]:
            before, after = _levels(told, slice(began, change), slice(change, now + 1))
            worse = bool(contrast > 0.0) != (told.question == "rate")
            found.append(Alarm(host, told.question, told.days[change], before, after, worse))
        began, test = change, PageHinkley(BURN_IN, ALLOWANCE, THRESHOLD)
    return found


def _distances(told: Told, day: int, usual: Floats) -> Floats:
    """Return how far every answer of one day, made unbiased, is from what is usual; shuffled."""
    scores = _scores(told.question)
    counts = told.table[:, day].astype(np.int64)
    centred = np.array([(scores - scores.mean()) / each for each in told.honesties])
    unbiased = (centred + scores.mean())[None]
    # By stratum, ε and answer.
    distances = unbiased - usual[:, None, None]
    answers = np.repeat(distances.ravel(), counts.transpose(1, 0, 2).ravel())
    return answers[_order(told.days[day], len(answers))]


@lru_cache(MOST_ORDERS)
def _order(seed: str, length: int) -> NDArray[np.int32]:
    """Return the numbers below `length`, shuffled, always in the same way."""
    order = list(range(length))
    Random(seed).shuffle(order)  # noqa: S311 - the same order every time is the point
    return np.array(order, dtype=np.int32)


def _noise(told: Told) -> float:
    """Return the standard deviation of one unbiased answer."""
    all_days = told.pooled(slice(None))
    return all_days.mean(_scores(told.question))[1] * sqrt(all_days.total)


def _scores(question: Question) -> Floats:
    return np.arange(ANSWERS[question], dtype=float)


def _sums(told: Told) -> Floats:
    """Return, by day and stratum, the weight n·c² of answers and their weighted sum."""
    scores = _scores(told.question)
    weight = np.zeros(told.table.shape[1:3])
    value = np.zeros(told.table.shape[1:3])
    for counts, honest in zip(told.table, told.honesties, strict=True):
        n = counts.sum(axis=-1)
        weight += n * honest**2
        value += honest * (counts @ scores - n * (1.0 - honest) * scores.mean())
    return np.array([weight, weight * _means(np.array([weight, value]))])


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


def _levels(told: Told, before: slice, after: slice) -> tuple[Figure, Figure]:
    """Return the levels before and after, of the strata that have answers in both."""
    answers = told.table.sum(axis=(0, 3))
    both = answers[before].any(axis=0) & answers[after].any(axis=0)

    def level(days: slice) -> Figure:
        own = told.pooled(days, both)
        return geometric_mean(own) if told.question in EDGES else share_of_yes(own)

    return level(before), level(after)
