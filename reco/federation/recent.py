"""The last comparisons that taught the ranker, by which it is judged whether others help.

Each holds the features of what was played and of some that were not, and what the ranker believed
just before it learned from them. So any statement, also one that has just come, can be judged by
how well the plays would have been foreseen with it. A source cannot earn trust first and lie later:
what it says now is judged by all of them.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

KEPT = 256
# Of about a hundred videos that were not played, every third is kept.
EVERY = 3

Small = NDArray[np.floating[Any]]


class Comparison(NamedTuple):
    """One play: the features of the videos, the played one last, and the ranker before it."""

    viewer: str
    at_s: float
    newcomer: float
    features: Small
    weights: Small
    covariance: Small


class Recent:
    """The last `KEPT` comparisons; those that are not public yet judge nothing."""

    def __init__(self) -> None:
        self.public: list[Comparison] = []
        self.pending: list[Comparison] = []

    def add(self, comparison: Comparison) -> None:
        """Keep a comparison, which is not public yet."""
        features = comparison.features
        fewer = np.column_stack([features[:, :-1:EVERY], features[:, -1]]).astype(np.float32)
        small = comparison.weights.astype(np.float32), comparison.covariance.astype(np.float32)
        kept = Comparison(*comparison[:3], fewer, *small)
        self.pending = [*self.pending, kept][-KEPT:]

    def publish(self) -> None:
        """Let all that were kept judge from now on."""
        self.public, self.pending = [*self.public, *self.pending][-KEPT:], []

    def forget(self, viewer: str) -> None:
        """Drop the comparisons of a viewer."""
        self._keep(lambda each: each.viewer != viewer)

    def expire(self, before_s: float) -> None:
        """Drop those from before a time."""
        self._keep(lambda each: each.at_s >= before_s)

    def _keep(self, wanted: Any) -> None:  # noqa: ANN401
        self.public = [each for each in self.public if wanted(each)]
        self.pending = [each for each in self.pending if wanted(each)]

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs besides `arrays`, as plain JSON."""
        every = [*self.public, *self.pending]
        return {
            "public": len(self.public),
            "rows": [[c.viewer, c.at_s, c.newcomer, c.features.shape[1]] for c in every],
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays of all comparisons, one after the other."""
        every = [*self.public, *self.pending]
        if not every:
            return {}
        return {
            "recent features": np.concatenate([c.features for c in every], axis=1),
            "recent weights": np.stack([c.weights for c in every]),
            "recent covariance": np.stack([c.covariance for c in every]),
        }

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from a state."""
        every, start = [], 0
        for row, (viewer, at_s, newcomer, columns) in enumerate(state["rows"]):
            features = arrays["recent features"][:, start : start + columns]
            learned = arrays["recent weights"][row], arrays["recent covariance"][row]
            every.append(Comparison(viewer, at_s, newcomer, features, *learned))
            start += columns
        self.public, self.pending = every[: state["public"]], every[state["public"] :]
