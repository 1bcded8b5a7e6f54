"""Accuracy at a given ε: P95 of TTFB, tests for a change of error rate, alarms, liars."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.reports.devices import Ints, asked, buckets
from instance.hosts.quality.answers import Floats
from instance.hosts.quality.comparison import change, verdict
from instance.hosts.quality.drift import alarms
from instance.hosts.quality.figures import NotEnough, quantile
from selector.telemetry import Question, Report

EPSILON = 2.0


def _days(n: int, rng: np.random.Generator) -> Iterator[tuple[Ints, int]]:
    """Yield TTFB buckets of `n` viewer-days and the bucket of the true P95, world by world.

    Log-normal with medians of 30 to 500 ms and sd .3 to 1; in every second world up to 10 %
    are 4.5 times slower.
    """
    while True:
        ln_ttfb = rng.normal(rng.uniform(np.log(0.03), np.log(0.5)), rng.uniform(0.3, 1.0), 20_000)
        slow = rng.uniform(0.0, 0.1) * rng.integers(0, 2)
        ln_ttfb += np.log(4.5) * (rng.random(20_000) < slow)
        p95 = int(buckets("ttfb", np.quantile(ln_ttfb, [0.95]))[0])
        yield buckets("ttfb", ln_ttfb[:n]), p95


def p95(n: int, runs: int, epsilon: float = EPSILON) -> tuple[float, float]:
    """Return the share of runs with an estimate, and of these the share right to one bucket."""
    rng = np.random.default_rng(n)
    shown = right = 0
    for _, (truth, p95_bucket) in zip(range(runs), _days(n, rng), strict=False):
        figure = quantile(asked("ttfb", truth, epsilon, rng), 0.95)
        if not isinstance(figure, NotEnough):
            shown += 1
            found = int(buckets("ttfb", np.log([figure.value]))[0])
            right += abs(found - p95_bucket) <= 1
    return shown / runs, right / max(shown, 1)


def _failed(n: int, rate: float, rng: np.random.Generator) -> Ints:
    return (rng.random(n) < rate).astype(np.int64)


def power(before: int, after: int, rate: float, runs: int, epsilon: float = EPSILON) -> float:
    """Return the power of the test for a change of the error rate from 2 % to `rate`."""
    rng = np.random.default_rng(after)
    said = [
        verdict(
            change(
                asked("error", _failed(after, rate, rng), epsilon, rng),
                asked("error", _failed(before, 0.02, rng), epsilon, rng),
            )
        )
        for _ in range(runs)
    ]
    return sum(each == "more" for each in said) / runs


def alarm(a_day: int, rate: float, runs: int) -> tuple[float, Floats]:
    """Change the error rate from 2 % to `rate` after 15 of 30 days.

    Return the share of months with an alarm, and the errors of the alarms' days.
    """
    rng = np.random.default_rng(a_day)
    found = [alarms(_month(a_day, rate, rng)) for _ in range(runs)]
    missed = [int(rings[0].day[-2:]) - 16.0 for rings in found if rings]
    return len(missed) / runs, np.array(missed)


def _month(a_day: int, rate: float, rng: np.random.Generator) -> Iterator[tuple[Report, int]]:
    question: Question = "error"
    for day in range(30):
        truth = _failed(a_day, 0.02 if day < 15 else rate, rng)
        told = asked(question, truth, EPSILON, rng).counts[EPSILON]
        blank = Report(f"2026-05-{day + 1:02}", "https://a.example", EPSILON, 1, 4, 2, 0)
        yield from ((blank.answered(question, each), int(told[each])) for each in (0, 1))


def liars(n: int, share: float, runs: int) -> dict[str, tuple[float, float]]:
    """Replace a share of `n` answers by lies, all of them "slowest" or "failed".

    Return, by question, the largest shift of the estimated share, and its proven bound.
    """
    rng = np.random.default_rng(n)
    found: dict[str, tuple[float, float]] = {}
    questions: tuple[Question, ...] = ("ttfb", "error")
    for question in questions:
        worst, bound = 0.0, 0.0
        for _ in range(runs):
            last = 7 if question == "ttfb" else 1
            truth = rng.integers(1, 4, n) if last == 7 else _failed(n, 0.02, rng)
            honest = asked(question, truth, EPSILON, rng)
            counts = honest.counts[EPSILON].copy()
            lies = int(share * n)
            taken = rng.multivariate_hypergeometric(counts.astype(int), lies)
            counts = counts - taken
            counts[last] += lies
            scores = np.eye(last + 1)[last]
            lied = type(honest)(question, {EPSILON: counts})
            worst = max(worst, lied.mean(scores)[0] - honest.mean(scores)[0])
            bound = honest.influence(lies)
        found[question] = worst, bound
    return found
