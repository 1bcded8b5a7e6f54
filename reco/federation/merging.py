"""Merging: the weights that rank, from what was learned here and what others say.

Nothing here is stored but results that can be computed again. What was learned here never sees what
others say; the two meet when a list is made. So to take a source back is to leave it out.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np

from ..data.arrays import Floats
from ..scoring.ranker import NAMES, mixed, vector
from .heard import Heard
from .pooling import Prior, estimate, pooled, posterior
from .recent import Comparison, Recent
from .trust import Trust, belief, trusted, voices

# Gains by comparison and prior; each comparison is held, so that its id means no other.
Gains: TypeAlias = dict[tuple[int, bytes], tuple[Comparison, float]]


class Learned(Protocol):
    """A ranker, as far as it is public: its weights and how sure they are."""

    weights: dict[str, float]
    public_covariance: Floats


class Merged(NamedTuple):
    """What this instance ranks by, and what each source has to do with it."""

    weights: dict[str, float]
    trust: dict[str, Trust]


class Merging:
    """Merges, and remembers the result until something that it rests on has changed."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._merged = Merged({}, {})
        self._gains: Gains = {}

    def of(self, ranker: Learned, heard: Heard, recent: Recent) -> Merged:
        """Return what to rank by now."""
        # Each of these is replaced, never changed.
        of = (ranker, ranker.weights, heard.version, recent.public)
        if len(of) != len(self._of) or any(a is not b for a, b in zip(of, self._of, strict=True)):
            self._merged = self._made(ranker, heard, recent.public)
            self._of = of
        return self._merged

    def _made(self, ranker: Learned, heard: Heard, public: Sequence[Comparison]) -> Merged:
        estimates = {source: said for source in heard if (said := estimate(heard[source]))}
        viewers = [each.viewer for each in public]
        trust = {source: Trust(0.0, 0.0, 0.0, 0.0) for source in heard}
        known = self._gains
        self._gains = {}
        for source, said in estimates.items():
            trust[source] = trusted(self._gained(pooled([said])[0], public, known), viewers)
        speaking = voices({source: trust[source] for source in estimates})
        if not speaking:
            return Merged(ranker.weights, trust)
        prior, shares = pooled([estimates[source] for source in speaking])
        believed = belief(self._gained(prior, public, known), viewers)
        for source, share in zip(speaking, shares.tolist(), strict=True):
            trust[source] = trust[source]._replace(influence=believed * share)
        alone = vector(ranker.weights)
        merged = posterior(alone, ranker.public_covariance, prior)
        weights = alone + believed * (merged - alone)
        return Merged(dict(zip(NAMES, weights.tolist(), strict=True)), trust)

    def _gained(self, prior: Prior, public: Sequence[Comparison], known: Gains) -> Floats:
        """Return by play the gain in log-likelihood with a prior against the start's."""
        name = prior.means.tobytes() + prior.variances.tobytes()
        for each in public:
            key = id(each), name
            if key not in self._gains:
                self._gains[key] = known[key] if key in known else (each, gain(each, prior))
        return np.array([self._gains[id(each), name][1] for each in public])


def gain(comparison: Comparison, prior: Prior) -> float:
    """Return by how much a play's log-likelihood rises with a prior, against the start's."""
    alone = comparison.weights.astype(np.float64)
    changed = posterior(alone, comparison.covariance.astype(np.float64), prior)
    return _log_likelihood(comparison, changed) - _log_likelihood(comparison, alone)


def _log_likelihood(comparison: Comparison, weights: Floats) -> float:
    scores = mixed(weights, comparison.newcomer) @ comparison.features.astype(np.float64)
    return float(scores[-1] - scores.max() - np.log(np.exp(scores - scores.max()).sum()))
