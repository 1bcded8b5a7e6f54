"""The plain way: every host has one level for all viewers, from its own histogram."""

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
    """Mean and variance of what is believed of a host."""

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


SILENT = HostPrior()
DEFAULTS: Mapping[Question, Level] = {
    "rate": Level(log(SILENT.rate_mbps), SILENT.rate_sd**2),
    "ttfb": Level(log(SILENT.ttfb_s), SILENT.ttfb_sd**2),
    "error": Level(error_of_day(SILENT.error_rate), 0.3**2),
}
"""What the engine believes while the fleet is silent; reports move it by their weight.

The .3 is wide on purpose, like the other two.
"""


def noise_var(question: Question) -> float:
    """Return the variance of one label of weight 1: that of the scores were all alike."""
    return float(scores(question).var())


def level(question: Question, label: Label) -> Level:
    """Return the default, moved by a label: the mean weighted by precision.

    >>> level("rate", Label(mean=3.0, weight=0.1)).mean
    2.1145...
    """
    default = DEFAULTS[question]
    precision = 1.0 / default.var + label.weight / noise_var(question)
    mean = default.mean / default.var + label.mean * label.weight / noise_var(question)
    return Level(mean / precision, 1.0 / precision)
