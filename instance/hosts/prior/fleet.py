"""The fleet's prior: mean and standard deviation for every host and context, from reports.

There are two ways of predicting, `plain` and `contextual`. Cross-validation chooses for each
question: the contextual way is served only where it has predicted held-back reports better than
the plain way, beyond chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import Literal, NamedTuple

import numpy as np

from instance.hosts.prior.contextual import deviations
from instance.hosts.prior.labels import Cell, Label, by_host, labels, pool, scores
from instance.hosts.prior.plain import DEFAULTS, Level, error_of_fetch, level, noise_var
from instance.hosts.quality.answers import answers
from instance.hosts.quality.counts import Counted, Counts
from selector.bandit import HostPrior
from selector.bandit.beliefs.rate import VIEWER_VAR
from selector.bandit.memory import PRIOR_RANGES
from selector.telemetry import CONTEXTS, Context, Question

Way = Literal["plain", "contextual"]

SD_MIN = 0.35
"""Lower bound: at .35 the engine still unlearns a wrong prior (scenario "wrong prior")."""
BEYOND_CHANCE = 1.64
"""Standard errors; one-sided 95 %."""
LEARNED: tuple[Question, ...] = ("ttfb", "rate", "error")
FOLDS = 4
"""Cross-validation by days: every fourth day is held back in turn."""


class Choice(NamedTuple):
    """Which way is served for a question, and why.

    `gain` is the squared error that the contextual way saves on held-back reports, `gain_sd`
    its standard error; both are None with fewer than four days of reports. `trust` is the
    part of a predicted deviation that held-back reports bear out; the rest is left out.
    """

    question: Question
    served: Way
    gain: float | None
    gain_sd: float | None
    trust: float


@dataclass(frozen=True)
class FleetPrior:
    """Priors of every host that reports name, for every context."""

    choices: tuple[Choice, ...]
    table: Mapping[Cell, HostPrior]

    def priors(self, context: Context) -> dict[str, HostPrior]:
        """Return the priors for viewers in `context`, by host."""
        return {cell.host: prior for cell, prior in self.table.items() if cell.context == context}


class _Belief(NamedTuple):
    levels: Mapping[str, Level]
    deviations: Mapping[Cell, float]
    """Empty when the plain way is served."""
    weights: Mapping[tuple[str, int], float]
    """By host and zone."""
    spread_var: float
    """Between viewers of one host, beyond what the context, and the engine, explain."""


def fleet_prior(reports: Iterable[Counted]) -> FleetPrior:
    """Learn the fleet's prior from `reports`; it is deterministic, whatever their order.

    >>> fleet_prior([]).table
    {}
    """
    counted = Counts.of(reports).sorted()
    hosts = counted.hosts
    learned = {question: _learn(counted, question) for question in LEARNED}
    beliefs = {question: belief for question, (_, belief) in learned.items()}
    cells = (Cell(host, context) for host in hosts for context in CONTEXTS)
    return FleetPrior(
        tuple(choice for choice, _ in learned.values()),
        {cell: _host_prior(cell, beliefs) for cell in cells},
    )


def _learn(counted: Counts, question: Question) -> tuple[Choice, _Belief]:
    cells = labels(counted, question)
    choice = _choose(counted, question)
    levels = _levels(cells, question)
    contextual = choice.served == "contextual"
    moved = _deviations(cells, levels, sorted(levels)) if contextual else {}
    # The engine adds the variance between viewers' rates by itself.
    explained = (choice.gain or 0.0) * contextual + (VIEWER_VAR if question == "rate" else 0.0)
    return choice, _Belief(
        levels,
        {cell: choice.trust * each for cell, each in moved.items()},
        _zone_weights(cells),
        max(0.0, _spread_var(counted, question) - explained),
    )


def _levels(cells: Mapping[Cell, Label], question: Question) -> dict[str, Level]:
    return {host: level(question, label) for host, label in by_host(cells).items()}


def _deviations(
    cells: Mapping[Cell, Label], levels: Mapping[str, Level], hosts: Sequence[str]
) -> dict[Cell, float]:
    return deviations(cells, {host: each.mean for host, each in levels.items()}, hosts)


def _choose(counted: Counts, question: Question) -> Choice:
    """Choose a way by cross-validation: predict every fourth day in turn from the other days."""
    days = counted.present("day")
    if len(days) < FOLDS:
        return Choice(question, "plain", None, None, 0.0)
    fold = np.searchsorted(days, counted.column("day")) % FOLDS
    rows: list[tuple[float, float, float]] = []
    for held in range(FOLDS):
        known = labels(counted.select(fold != held), question)
        asked = labels(counted.select(fold == held), question)
        rows += _predicted(known, asked, question)
    if not rows:
        return Choice(question, "plain", None, None, 0.0)
    weight, residual, predicted = np.array(rows).T
    scale = (weight * predicted) @ predicted
    trust = float(np.clip((weight * residual) @ predicted / scale, 0.0, 1.0)) if scale else 0.0
    saved = weight * (residual**2 - (residual - trust * predicted) ** 2) / weight.sum()
    gain, gain_sd = float(saved.sum()), float(np.linalg.norm(saved))
    better = gain > BEYOND_CHANCE * gain_sd
    return Choice(question, "contextual" if better else "plain", gain, gain_sd, trust)


def _predicted(
    known: Mapping[Cell, Label], asked: Mapping[Cell, Label], question: Question
) -> list[tuple[float, float, float]]:
    """Return weight, residual of the plain level, and predicted residual of held-back cells."""
    levels = _levels(known, question)
    moved = _deviations(known, levels, sorted(levels))
    return [
        (label.weight, label.mean - levels[cell.host].mean, moved[cell])
        for cell, label in asked.items()
        if cell.host in levels
    ]


def _zone_weights(cells: Mapping[Cell, Label]) -> dict[tuple[str, int], float]:
    weights: dict[tuple[str, int], float] = {}
    for cell, label in cells.items():
        key = cell.host, cell.context.zone
        weights[key] = weights.get(key, 0.0) + label.weight
    return weights


def _spread_var(counted: Counts, question: Question) -> float:
    """Return the variance between viewers of the same host, hosts weighted by their reports."""
    said = scores(question)
    within: list[Label] = []
    for own in (answers(each, question) for _, each in counted.by_host()):
        if own.total:
            (mean, square), _ = own.means(np.array([said, said**2]))
            within.append(Label(float(square - mean**2), own.total))
    return pool(within).mean if within else 0.0


def _host_prior(cell: Cell, beliefs: Mapping[Question, _Belief]) -> HostPrior:
    rate, ttfb, error = (
        _belief(cell, question, beliefs[question]) for question in ("rate", "ttfb", "error")
    )
    prior = HostPrior(
        rate_mbps=exp(rate.mean),
        rate_sd=_sd(rate.var, "rate"),
        ttfb_s=exp(ttfb.mean),
        ttfb_sd=_sd(ttfb.var, "ttfb"),
        error_rate=error_of_fetch(error.mean),
    )
    kept = (
        min(max(value, low), high)
        for value, (low, high) in zip(prior, PRIOR_RANGES.values(), strict=True)
    )
    return HostPrior(*kept)


def _belief(cell: Cell, question: Question, belief: _Belief) -> Level:
    """Return the mean and the variance of one viewer's level around it."""
    default = DEFAULTS[question]
    if cell.host not in belief.levels:
        return default
    known = belief.levels[cell.host]
    var = known.var
    if belief.deviations:
        near = belief.weights.get((cell.host, cell.context.zone), 0.0)
        var = 1.0 / (1.0 / default.var + near / noise_var(question))
    return Level(known.mean + belief.deviations.get(cell, 0.0), var + belief.spread_var)


def _sd(var: float, question: Question) -> float:
    return min(max(sqrt(max(var, 0.0)), SD_MIN), sqrt(DEFAULTS[question].var))
