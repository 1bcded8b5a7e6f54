"""Online learning to rank: the weights of the features, by logistic regression with River.

A viewer played video w and could have played others. The rival x̄ is the mean of a random sample
of the others, weighted by softmax(v·x), the probability of each to be picked. Then

    P(w before its rival) = σ(v · (x_w − x̄)),

a logistic regression without intercept on differences. One step follows the gradient of the
sampled softmax (Bengio and Senécal, 2008): it improves the top of the list, not the order of the
thousands of videos further down.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..data.arrays import Floats
from .features import FEATURES, POPULARITY, START_WEIGHTS

LEARNING_RATE = 0.02
# The weights that rank are the mean over about so many last comparisons (Polyak and Juditsky,
# 1992), because those of single comparisons jitter.
AVERAGED = 100
# By which two may differ that have learned the same on different processors.
SAME = 1e-6
UNPOPULAR = np.array([name not in POPULARITY for name in FEATURES])


class Ranker:
    """A weight per feature; `vector` holds them in the order of `FEATURES`.

    These are averages; `learn` goes on from the last weights.
    """

    vector: Floats

    def __init__(self) -> None:
        # Imported late: River imports SciPy, which a service without recommendations does not need.
        from river.linear_model import LogisticRegression
        from river.optim import SGD

        self._model = LogisticRegression(SGD(LEARNING_RATE), intercept_lr=0.0)
        self.weights = START_WEIGHTS

    @property
    def weights(self) -> dict[str, float]:
        """The weights by feature; when set, they are those to go on from as well."""
        return dict(zip(FEATURES, self.vector.tolist(), strict=True))

    @weights.setter
    def weights(self, weights: Mapping[str, float]) -> None:
        self.restore({"last": dict(weights), "mean": dict(weights), "steps": 0})

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs, as plain JSON."""
        return {"last": dict(self._model.weights), "mean": self.weights, "steps": self._steps}

    def is_like(self, other: "Ranker") -> bool:
        """Say whether both have learned the same.

        Processors add up in different orders, so the last digits may differ.
        """
        ours, theirs = (np.array([each._last, each.vector]) for each in (self, other))
        return self._steps == other._steps and np.allclose(ours, theirs, rtol=SAME, atol=SAME)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        from river.utils import VectorDict

        # River has no public way to start from known weights.
        self._model._weights = VectorDict(dict(state["last"]))
        self._steps: int = state["steps"]
        self._last = _vector(state["last"])
        self.vector = _vector(state["mean"])

    def learn(self, played: Floats, others: Floats) -> dict[str, float]:
        """Learn from one play; return x_w − x̄ by feature.

        `others` has one row per feature, one column per video that was not played.
        """
        scores = self._last @ others
        likely = np.exp(scores - scores.max())
        difference = played - others @ likely / likely.sum()
        excess = dict(zip(FEATURES, difference.tolist(), strict=True))
        self._model.learn_one(excess, True)
        self._last = _vector(self._model.weights)
        self._steps += 1
        self.vector = self.vector + (self._last - self.vector) / min(self._steps, AVERAGED)
        return excess


def _vector(weights: Mapping[str, float]) -> Floats:
    return np.array([weights[name] for name in FEATURES])
