"""Plain prediction: one level of each host for all viewers, a mean weighted by precision."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import NamedTuple

from instance.hosts.prior.labels import Label, scores
from selector.bandit import HostPrior
from selector.telemetry import Question

FETCHES_A_DAY = 20
"""Assumed, not measured: fetches of one viewer from one host on one day.

Reports tell on how many viewer-days any fetch failed; the engine asks how many fetches do.
"""


class Level(NamedTuple):
    """Mean and variance of the belief about a host."""

    mean: float
    var: float


def error_of_day(error_rate: float) -> float:
    """Return the chance that at least one fetch of a day fails.

    >>> round(error_of_fetch(error_of_day(0.02)), 6)
    0.02
    """
    return 1.0 - (1.0 - error_rate) ** FETCHES_A_DAY


def error_of_fetch(error_of_day: float) -> float:
    """Return the chance that one fetch fails, given that of a day with at least one failure."""
    return 1.0 - float((1.0 - min(max(error_of_day, 0.0), 0.999)) ** (1.0 / FETCHES_A_DAY))


DEFAULT_PRIOR = HostPrior()
DEFAULTS: Mapping[Question, Level] = {
    "rate": Level(log(DEFAULT_PRIOR.rate_mbps), DEFAULT_PRIOR.rate_sd**2),
    "ttfb": Level(log(DEFAULT_PRIOR.ttfb_s), DEFAULT_PRIOR.ttfb_sd**2),
    "error": Level(error_of_day(DEFAULT_PRIOR.error_rate), 0.3**2),
}
"""The engine's belief without any report; reports move it by their weight.

The .3 is wide on purpose, like the other two.
"""


def noise_var(question: Question) -> float:
    """Return the variance of one label of weight 1: that of uniformly distributed answers."""
    return float(scores(question).var())


def level(question: Question, label: Label) -> Level:
    """Return the posterior of the default and a label: the mean weighted by precision.

    >>> level("rate", Label(mean=3.0, weight=0.1)).mean
    2.1145...
    """
    default = DEFAULTS[question]
    precision = 1.0 / default.var + label.weight / noise_var(question)
    mean = default.mean / default.var + label.mean * label.weight / noise_var(question)
    return Level(mean / precision, 1.0 / precision)
