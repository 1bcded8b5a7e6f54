"""Online learning to rank: the weights of the features, by a Newton step with River.

A viewer played video w and could have played others, a random sample. With x the features of a
video and v the weights, the probability that w is picked is taken to be

    P(w) = exp(v·x_w) / Σ exp(v·x),

a sampled softmax (Bengio and Senécal, 2008). One step follows the gradient of ln P(w), which is
x_w less the mean of all x weighed by P: it improves the top of the list, not the order of the
thousands of videos further down. How far it goes in each direction depends on what is known there:
the online Newton step (Hazan, Agarwal and Kale, 2007) adds up g·gᵀ of all gradients g, and so
shrinks towards the start weights where there is little evidence.

The weights that rank change only when `publish` says so, and then only if several viewers' plays
have moved them since: reasons show weight times feature, and a weight that one play has moved would
tell of that play.

Each feature has two weights, one for newcomers and one for those who are known. With n plays of a
viewer the first counts s = 1/(1 + n), the second 1 − s.
"""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from ..data.arrays import Floats
from ..data.disclosure import BATCH
from .features import FEATURES, POPULARITY, SCALES

# By how much start weights may be wrong, as variances: for viewers who are known, and for
# newcomers, in whom instances differ most.
KNOWN_VARIANCE, NEWCOMERS_VARIANCE = 0.1, 1.0
START_VARIANCES = np.repeat([KNOWN_VARIANCE, NEWCOMERS_VARIANCE], len(FEATURES))
# By which two may differ that have learned the same on different processors.
SAME = 1e-6
UNPOPULAR = np.array([name not in POPULARITY for name in FEATURES])
NAMES = (*FEATURES, *(f"{name} for newcomers" for name in FEATURES))
START_WEIGHTS = dict(
    zip(NAMES, (scale[group] for group in (1, 2) for scale in SCALES.values()), strict=True)
)


class Ranker:
    """Two weights per feature, by the names in `NAMES`; `weights` are those that rank."""

    weights: dict[str, float]

    def __init__(self) -> None:
        self.start_from(START_WEIGHTS)

    def start_from(self, weights: Mapping[str, float]) -> None:
        """Go on from weights that are believed as much as start weights are."""
        # Imported late: River imports SciPy, which a service without recommendations does not need.
        from river.optim import Newton

        self.weights = dict(weights)
        self._last: dict[Hashable, float] = dict(weights.items())
        self._taught_by: set[str] = set()
        self._optimizer = Newton(lr=1.0)
        self._optimizer._ensure_features(NAMES)
        self._covariance[:] = np.diag(START_VARIANCES)
        self.public_covariance: Floats = self._covariance.copy()

    def publish(self) -> None:
        """Rank from now on by what was learned up to now, unless of too few viewers."""
        if len(self._taught_by) < BATCH:
            return
        self._taught_by.clear()
        self.weights = dict(zip(NAMES, vector(self._last).tolist(), strict=True))
        self.public_covariance = self._covariance.copy()

    def forget(self, viewer: str) -> None:
        """Forget that a viewer's play was among the last; what it has taught stays."""
        self._taught_by.discard(viewer)

    def for_viewer(self, newcomer: float) -> Floats:
        """Return the weight of each feature for a viewer, who is a newcomer to this degree."""
        return mixed(vector(self.weights), newcomer)

    @property
    def belief(self) -> tuple[Floats, Floats]:
        """What was learned up to now, also what is not public yet: weights and covariance."""
        return vector(self._last), self._covariance.copy()

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs, as plain JSON."""
        covariance = self._covariance.tolist()
        return {
            "weights": self.weights,
            "last": self._last,
            "covariance": covariance,
            "taught by": sorted(self._taught_by),
            "public covariance": self.public_covariance.tolist(),
        }

    def is_like(self, other: "Ranker") -> bool:
        """Say whether both have learned the same."""
        ours, theirs = (vector(each._last) for each in (self, other))
        alike = np.allclose(ours, theirs, rtol=SAME, atol=SAME)
        return alike and np.allclose(self._covariance, other._covariance, rtol=SAME, atol=SAME)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.start_from(state["last"])
        self.weights = dict(state["weights"])
        self._covariance[:] = state["covariance"]
        self._taught_by.update(state["taught by"])
        # Earlier snapshots have none.
        self.public_covariance = np.array(state.get("public covariance", state["covariance"]))

    @property
    def _covariance(self) -> Floats:
        # River has no public way to store an optimiser, or to go on from one that was stored.
        kept: Floats = self._optimizer._H_inv[: len(NAMES), : len(NAMES)]
        return kept

    def learn(
        self, viewer: str, played: Floats, others: Floats, newcomer: float
    ) -> dict[str, float]:
        """Learn from a viewer's play; return by feature what it exceeds the others by.

        `others` has one row per feature, one column per video that was not played.
        """
        every = np.column_stack([played, others])
        scores = mixed(vector(self._last), newcomer) @ every
        likely = np.exp(scores - scores.max())
        self._taught_by.add(viewer)
        excess = played - every @ (likely / likely.sum())
        gradient = np.concatenate([(newcomer - 1.0) * excess, -newcomer * excess])
        self._optimizer.step(self._last, dict(zip(NAMES, gradient.tolist(), strict=True)))
        return dict(zip(FEATURES, excess.tolist(), strict=True))


def vector(weights: Mapping[Any, float]) -> Floats:
    """Return weights in the order of `NAMES`."""
    return np.array([weights[name] for name in NAMES])


def mixed(weights: Floats, newcomer: float) -> Floats:
    """Return the weight of each feature for a viewer, who is a newcomer to this degree."""
    known, new = np.split(weights, 2)
    both: Floats = (1.0 - newcomer) * known + newcomer * new
    return both
