"""Online learning to rank: the weights of the features, by logistic regression with River.

A viewer played video w and could have played others. The rival x̄ is the mean of a random sample
of the others, weighted by softmax(v·x), the probability of each to be picked. Then

    P(w before its rival) = σ(v · (x_w − x̄)),

a logistic regression without intercept on differences. One step follows the gradient of the
sampled softmax (Bengio and Senécal, 2008): it improves the top of the list, not the order of the
thousands of videos further down.
"""

from collections.abc import Mapping

import numpy as np

from ..data.arrays import Floats
from .features import FEATURES, POPULARITY, START_WEIGHTS

LEARNING_RATE = 0.02
UNPOPULAR = np.array([name not in POPULARITY for name in FEATURES])


class Ranker:
    """A weight per feature; `vector` holds them in the order of `FEATURES`."""

    vector: Floats

    def __init__(self) -> None:
        # Imported late: River imports SciPy, which a service without recommendations does not need.
        from river.linear_model import LogisticRegression
        from river.optim import SGD

        self._model = LogisticRegression(SGD(LEARNING_RATE), intercept_lr=0.0)
        self.weights = START_WEIGHTS

    @property
    def weights(self) -> dict[str, float]:
        """The weights by feature."""
        return dict(self._model.weights)

    @weights.setter
    def weights(self, weights: Mapping[str, float]) -> None:
        from river.utils import VectorDict

        # River has no public way to start from known weights.
        self._model._weights = VectorDict(dict(weights))
        self.vector = np.array([weights[name] for name in FEATURES])

    def learn(self, played: Floats, others: Floats) -> dict[str, float]:
        """Learn from one play; return x_w − x̄ by feature.

        `others` has one row per feature, one column per video that was not played.
        """
        scores = self.vector @ others
        likely = np.exp(scores - scores.max())
        difference = played - others @ likely / likely.sum()
        excess = dict(zip(FEATURES, difference.tolist(), strict=True))
        self._model.learn_one(excess, True)
        self.weights = self._model.weights
        return excess
