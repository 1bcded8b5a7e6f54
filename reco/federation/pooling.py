"""Pooling: what the statements of several sources say together, with no source above others.

A source's mean leaning tells by how much the weights that suit its viewers differ from the start
weights; its noise, which the statement states, and its number of viewers tell how surely. The pool
is the median over sources, feature by feature, weighed by how sure each is, up to a cap: so one
source, or a minority of them, moves it no further than the honest ones lie apart.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..data.arrays import Floats
from ..scoring.ranker import NAMES, START_VARIANCES, START_WEIGHTS, vector
from .calibration import MOST_SHIFT, RESPONSE, SPREAD, VIEWER_VARIANCES
from .leanings import FORESEEN, TOLD, UNIT
from .statement import Statement

START = vector(START_WEIGHTS)
# Old weeks say less: their evidence is halved every so many weeks.
HALF_LIFE_WEEKS = 8.0
# No source counts for more viewers than these in a week, nor for more than this share of a pool.
MOST_VIEWERS, MOST_SHARE = 2_000, 1 / 3

PLACES = np.array([NAMES.index(name) for name in TOLD])
# Without leanings, the weights that foresee best are those that leanings are measured from.
UNLEANED = np.array([FORESEEN[name] - START_WEIGHTS[name] for name in TOLD])


class Estimate(NamedTuple):
    """How far the weights that suit a source's viewers are from the start weights, by `TOLD`."""

    shift: Floats
    variance: Floats


class Prior(NamedTuple):
    """What is believed of the weights before any play here: means and variances, by `NAMES`."""

    means: Floats
    variances: Floats


ALONE = Prior(START, START_VARIANCES)


def estimate(weeks: Mapping[int, Statement]) -> Estimate | None:
    """Return what a source says with all its weeks, or None if that is nothing."""
    said = {week: each for week, each in weeks.items() if each.sums and each.viewers > 0}
    sums, noise, viewers, evidence = np.zeros(len(TOLD)), 0.0, 0.0, 0.0
    for week, each in sorted(said.items()):
        aged = 0.5 ** ((max(said) - week) / HALF_LIFE_WEEKS)
        believed = min(1.0, MOST_VIEWERS / each.viewers)
        sums += aged * believed * np.array([each.sums[name] for name in TOLD])
        # A discrete Laplace distribution has about the variance 2·scale².
        noise += 2.0 * (aged * believed * each.scale) ** 2
        viewers += aged * believed * each.viewers
        evidence += aged**2 * believed * each.viewers
    if not viewers:
        return None
    mean = sums / (UNIT * viewers)
    variance = (noise / UNIT**2 + evidence * VIEWER_VARIANCES) / viewers**2
    shift = np.clip(UNLEANED + RESPONSE @ mean, -MOST_SHIFT, MOST_SHIFT)
    return Estimate(shift, RESPONSE**2 @ variance)


def pooled(estimates: Sequence[Estimate]) -> tuple[Prior, Floats]:
    """Return the prior that sources make together, and each one's share in it."""
    shifts = np.stack([each.shift for each in estimates])
    precisions = 1.0 / (np.stack([each.variance for each in estimates]) + SPREAD)
    shares = _capped(precisions / precisions.sum(axis=0))
    median = _weighted_medians(shifts, shares)
    # The variance of a median is π/2 times that of a mean.
    variance = SPREAD + np.pi / 2 * (shares**2 / precisions).sum(axis=0)
    # As far as the sources are unsure, the start weights are believed.
    believed = SPREAD / variance
    means, variances = START.copy(), START_VARIANCES.copy()
    means[PLACES] += believed * median
    variances[PLACES] = np.minimum(variances[PLACES], variance)
    return Prior(means, variances), shares.mean(axis=1)


def posterior(weights: Floats, covariance: Floats, prior: Prior) -> Floats:
    """Return the weights that the same plays would have taught from another prior.

    The Newton step's state is a normal posterior: its precision is the prior's plus what the plays
    add. So the start's part can be taken out and another put in.
    """
    if prior is ALONE:
        return weights
    precision = np.linalg.inv(covariance)
    told = precision @ weights - START / START_VARIANCES + prior.means / prior.variances
    changed: Floats = np.linalg.solve(
        precision + np.diag(1.0 / prior.variances - 1.0 / START_VARIANCES), told
    )
    return changed


def _capped(shares: Floats) -> Floats:
    """Cap each source's share by column; with few sources, all count alike."""
    most = max(MOST_SHARE, 1.0 / len(shares))
    for _ in range(len(shares)):
        shares = np.minimum(shares, most)
        free = shares < most
        room = 1.0 - np.where(free, 0.0, shares).sum(axis=0)
        rest = np.where(free, shares, 0.0).sum(axis=0)
        shares = np.where(free, shares * (room / np.maximum(rest, 1e-12)), shares)
    capped: Floats = shares / shares.sum(axis=0)
    return capped


def _weighted_medians(values: Floats, shares: Floats) -> Floats:
    """Return by column the value in the middle of the shares, between neighbours interpolated."""
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    weights = np.take_along_axis(shares, order, axis=0)
    middles = np.cumsum(weights, axis=0) - weights / 2.0
    columns = zip(middles.T, ordered.T, strict=True)
    return np.array([np.interp(0.5, middle, column) for middle, column in columns])
