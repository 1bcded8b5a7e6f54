"""Vowpal Wabbit instead of our re-ranker, with the same features, candidates and lists."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.recommendation.models.ours import Ours
from benchmarks.recommendation.streams.stream import Floats, Stream
from reco.scoring.ranker import NAMES, Ranker


class VowpalWabbit(Ours):
    """Our model; Vowpal Wabbit learns the weights of its features."""

    rate, negatives = 0.1, 10

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self.model.ranker = _Ranker(self.rate, self.negatives)


class _Ranker(Ranker):
    """Logistic regression: the watched video is +1, some sampled others are −1.

    Its weights are copied, because predictions for thousands of videos one by one take seconds.
    """

    def __init__(self, rate: float, negatives: int) -> None:
        workspace = import_module("vowpalwabbit").Workspace
        super().__init__()
        self._vw: Any = workspace(f"--loss_function logistic --quiet -l {rate}")
        space = self._vw.hash_space("f")
        self._slots = [self._vw.hash_feature(name, space) for name in _NAMES]
        self._negatives = negatives

    def learn(
        self,
        viewer: str,  # noqa: ARG002 - its weights are never published
        played: Floats,
        others: Floats,
        newcomer: float,
    ) -> dict[str, float]:
        for label, row in [(1, played), *((-1, other) for other in others.T[: self._negatives])]:
            both = np.concatenate([(1.0 - newcomer) * row, newcomer * row])
            pairs = zip(_NAMES, both.tolist(), strict=True)
            self._vw.learn(f"{label} |f " + " ".join(f"{name}:{x:.6g}" for name, x in pairs))
        found = (self._vw.get_weight(slot) for slot in self._slots)
        self.start_from(dict(zip(NAMES, found, strict=True)))
        return {}


_NAMES = [f"f{number}" for number in range(len(NAMES))]
