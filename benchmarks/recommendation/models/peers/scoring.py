"""Base class of models that give every video a score."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from benchmarks.recommendation.models.recommender import Ask, best
from benchmarks.recommendation.streams.stream import DAY_S, Floats, Stream


class Scored:
    """Ranks by `scores`; ties are broken by decayed popularity.

    So every model recommends popular videos to a viewer of whom it knows nothing.
    """

    popular_days = 1.0
    """Mean lifetime of a watch in the popularity."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._popular = np.zeros(stream.videos)
        self._decayed_s = float(stream.at_s[0])
        self.history: defaultdict[int, list[tuple[int, float, int]]] = defaultdict(list)
        """By viewer: video, time, engaged."""

    def publish(self, video: int) -> None:
        """Nothing to prepare."""

    def rank(self, ask: Ask) -> list[int]:
        scores = self.scores(ask)
        popular = self.popularity(ask.now_s)
        scale = max(1e-12, float(np.abs(scores).max()))
        return best(scores / scale + 1e-9 * popular / max(1e-12, float(popular.max())), ask.open)

    def learn(self, viewer: int, video: int, engaged: int, at_s: float) -> None:
        self._popular = self.popularity(at_s)
        self._decayed_s = at_s
        self._popular[video] += 1.0
        self.history[viewer].append((video, at_s, engaged))

    def popularity(self, now_s: float) -> Floats:
        """Return decayed watches by video."""
        decay = np.exp((self._decayed_s - now_s) / (DAY_S * self.popular_days))
        return np.asarray(self._popular * decay)

    def scores(self, ask: Ask) -> Floats:
        """Return a score by video."""
        raise NotImplementedError
