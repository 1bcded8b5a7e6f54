"""Simulated months of one instance: coverage of the intervals, and detection of gains.

Each viewer has a level of TTFB, a level of rate and a probability of errors for the whole month;
reports do not identify viewers. The true value of a figure is that over all viewer-days of the
month with that host, asked or not; the true gain is the factor that the simulation used.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from benchmarks.reports.devices import Ints, buckets, reports
from instance.hosts.quality.answers import Floats, answers
from instance.hosts.quality.comparison import compare
from instance.hosts.quality.counts import Counted
from instance.hosts.quality.figures import (
    Figure,
    NotEnough,
    geometric_mean,
    histogram,
    quantile,
    share_of_yes,
)
from instance.hosts.quality.hosts import share
from selector.telemetry import Question

HOSTS = ["https://a.example", "https://b.example", "https://c.example"]
DAYS, EPSILON, CONTROL = 30, 2.0, 0.05


@dataclass(frozen=True)
class Coverage:
    """Counts by kind of figure: intervals shown, intervals that covered the truth, and withheld."""

    shown: Counter[str]
    covered: Counter[str]
    withheld: Counter[str]

    def add(self, kind: str, figure: Figure, truth: float) -> None:
        """Count one figure."""
        if isinstance(figure, NotEnough):
            self.withheld[kind] += 1
        else:
            self.shown[kind] += 1
            self.covered[kind] += figure.low <= truth <= figure.high


class Month(NamedTuple):
    """One month's reports, and the true answers, ln TTFB, ln rate and host of every viewer-day."""

    told: list[Counted]
    truths: dict[Question, Ints]
    ln_ttfb: Floats
    ln_rate: Floats
    host: Ints


def coverage(viewers: int, months: int, gain: float) -> tuple[Coverage, Counter[str]]:
    """Return the coverage over `months`, and how often each verdict was given on the gain."""
    rng = np.random.default_rng(viewers)
    found = Coverage(Counter(), Counter(), Counter())
    verdicts: Counter[str] = Counter()
    for _ in range(months):
        _judge(month(viewers, gain, rng), gain, found, verdicts)
    return found, verdicts


def month(viewers: int, gain: float, rng: np.random.Generator) -> Month:
    """Simulate one month."""
    size = viewers * DAYS
    viewer = np.repeat(np.arange(viewers), DAYS)
    host = rng.choice(3, size, p=[0.5, 0.3, 0.2])
    control = (rng.random(size) < CONTROL).astype(np.int64)
    learned = 1 - control
    ln_ttfb = (
        np.log([0.09, 0.18, 0.3])[host]
        + rng.normal(0, 0.5, viewers)[viewer]
        + rng.normal(0, 0.4, size)
        + np.log(1 - gain) * learned
    )
    ln_rate = (
        np.log([12e6, 8e6, 5e6])[host]
        + rng.normal(0, 0.5, viewers)[viewer]
        + rng.normal(0, 0.4, size)
        + np.log(1 + gain) * learned
    )
    liable = rng.beta(0.5, 9.5, viewers)[viewer]
    truths: dict[Question, Ints] = {
        "ttfb": buckets("ttfb", ln_ttfb),
        "rate": buckets("rate", ln_rate),
        "error": (rng.random(size) < liable).astype(np.int64),
    }
    nowhere = np.zeros(size, dtype=np.int64)
    columns = {
        "day": nowhere,
        "host": host,
        "control": control,
        "connection": nowhere,
        "zone": nowhere,
        "hours": nowhere,
    }
    return Month(reports(truths, columns, HOSTS, EPSILON, rng), truths, ln_ttfb, ln_rate, host)


def _judge(a_month: Month, gain: float, found: Coverage, verdicts: Counter[str]) -> None:
    told, truths, ln_ttfb, ln_rate, host = a_month
    own = [each for each in told if each[0].host == HOSTS[1]]
    here = host == 1
    ttfb, rate, error = (answers(own, question) for question in ("ttfb", "rate", "error"))
    true_bucket = np.bincount(truths["ttfb"][here], minlength=8) / here.sum()
    found.add("error rate", share_of_yes(error), float(truths["error"][here].mean()))
    for bucket in (1, 3, 6):
        found.add(f"share in TTFB bucket {bucket}", histogram(ttfb)[bucket], true_bucket[bucket])
    found.add("typical TTFB", geometric_mean(ttfb), float(np.exp(ln_ttfb[here].mean())))
    found.add("typical rate", geometric_mean(rate), float(np.exp(ln_rate[here].mean())))
    found.add("P50 of TTFB", quantile(ttfb, 0.5), float(np.exp(np.quantile(ln_ttfb[here], 0.5))))
    found.add("P95 of TTFB", quantile(ttfb, 0.95), float(np.exp(np.quantile(ln_ttfb[here], 0.95))))
    found.add("share of viewers", share(sum(n for _, n in own), sum(n for _, n in told)), 0.3)
    gains: dict[Question, float] = {"ttfb": -gain, "rate": gain}
    for question, truth in gains.items():
        effect = compare(told, question)
        found.add(f"learned − control, {question}", effect.change, truth)
        verdicts[f"{question}: {effect.verdict}"] += 1
