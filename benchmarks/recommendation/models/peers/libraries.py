"""Recommenders from other people's libraries, behind thin adapters."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.recommendation.models.peers.scoring import Scored
from benchmarks.recommendation.models.recommender import Ask
from benchmarks.recommendation.streams.stream import DAY_S, Floats, Ints, Stream


class BiasedMf(Scored):
    """River's BiasedMF, online; each watch is 1, and random videos that are out are 0."""

    negatives, factors, rate = 10, 5, 0.02

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        reco, optim = import_module("river.reco"), import_module("river.optim")
        self._model: Any = reco.BiasedMF(
            n_factors=self.factors,
            bias_optimizer=optim.SGD(self.rate),
            latent_optimizer=optim.SGD(self.rate),
            seed=1,
        )
        self._rng = np.random.default_rng(1)
        self._out: list[int] = []
        self._bias = np.zeros(stream.videos)
        self._latent = np.zeros((stream.videos, self.factors))

    def publish(self, video: int) -> None:
        self._out.append(video)

    def learn(self, viewer: int, video: int, engaged: int, at_s: float) -> None:
        super().learn(viewer, video, engaged, at_s)
        drawn = self._rng.integers(0, len(self._out), self.negatives).tolist()
        others = [self._out[each] for each in drawn]
        for each, truth in [(video, float(engaged)), *((other, 0.0) for other in others)]:
            self._model.learn_one(viewer, each, truth)
            self._bias[each] = self._model.i_biases[each]
            self._latent[each] = self._model.i_latents[each]

    def scores(self, ask: Ask) -> Floats:
        """Score as `predict_one` does, for all videos at once; its unknown ids are zeros."""
        if ask.viewer not in self.history:
            return self._bias
        return np.asarray(self._bias + self._latent @ self._model.u_latents[ask.viewer])


class Refitted(Scored):
    """A batch model that is fitted again and again to all events, with exponential decay."""

    every = 4000
    """Events between two fits: about two days of 3,000 viewers; fewer at first."""
    decay_days = 10.0
    unengaged = 0.2
    """Weight of a watch that did not engage."""
    rank_decay = 0.9
    """Decay of a viewer's watches by rank, newest first, when a list is made."""
    first_fit = 250

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._events: list[tuple[int, int, int, float]] = []
        self._next = self.first_fit

    def learn(self, viewer: int, video: int, engaged: int, at_s: float) -> None:
        super().learn(viewer, video, engaged, at_s)
        self._events.append((viewer, video, engaged, at_s))
        if len(self._events) >= self._next:
            viewers, videos, bits, times = map(np.array, zip(*self._events, strict=True))
            weights = self._weights(bits, at_s - times)
            kept = weights > 0.01
            self.fit(viewers[kept], videos[kept], weights[kept])
            self._next = min(2 * self._next, self._next + self.every)

    def _weights(self, engaged: Ints, age_s: Floats) -> Floats:
        worth = np.where(engaged == 1, 1.0, self.unengaged)
        return np.asarray(worth * np.exp(-age_s / (DAY_S * self.decay_days)))

    def mine(self, ask: Ask) -> tuple[Ints, Floats]:
        """Return the viewer's videos and their weights now."""
        told = self.history.get(ask.viewer, [])
        videos, times, bits = (np.array([each[k] for each in told]) for k in range(3))
        newest_first = np.arange(len(told))[::-1]
        weights = self._weights(bits, ask.now_s - times) * self.rank_decay**newest_first
        return videos.astype(np.int64), weights

    def fit(self, viewers: Ints, videos: Ints, weights: Floats) -> None:
        """Fit to the weighted events."""
        raise NotImplementedError


class Als(Refitted):
    """implicit's AlternatingLeastSquares; a viewer's factors are computed when asked."""

    factors, regularization, alpha = 16, 0.05, 10.0

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._model: Any = None
        self._sparse: Any = import_module("scipy.sparse")

    def fit(self, viewers: Ints, videos: Ints, weights: Floats) -> None:
        als = import_module("implicit.als").AlternatingLeastSquares
        self._model = als(
            factors=self.factors,
            regularization=self.regularization,
            alpha=self.alpha,
            iterations=10,
            num_threads=1,
            random_state=1,
        )
        shape = (self.stream.viewers, self.stream.videos)
        matrix = self._sparse.csr_matrix((weights, (viewers, videos)), shape=shape)
        self._model.fit(matrix.astype(np.float32), show_progress=False)

    def scores(self, ask: Ask) -> Floats:
        videos, weights = self.mine(ask)
        if self._model is None or not len(videos):
            return np.zeros(self.stream.videos)
        rows = np.zeros(len(videos), dtype=np.int64)
        mine = self._sparse.csr_matrix((weights, (rows, videos)), shape=(1, self.stream.videos))
        factors = self._model.recalculate_user(0, mine.astype(np.float32))
        return np.asarray(self._model.item_factors @ factors.ravel(), dtype=np.float64)


class Ease(Refitted):
    """cornac's EASE on the most watched videos, because it inverts a dense matrix."""

    rank_decay = 1.0
    every, videos_at_most, ridge = 8000, 2000, 80.0

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._row = np.full(stream.videos, -1)
        self._known = np.zeros(0, dtype=np.int64)
        self._weights_of_pairs = np.zeros((0, 0))

    def fit(self, viewers: Ints, videos: Ints, weights: Floats) -> None:
        models, data = import_module("cornac.models"), import_module("cornac.data")
        total = np.bincount(videos, weights, minlength=self.stream.videos)
        chosen = np.isin(videos, np.argsort(-total, kind="stable")[: self.videos_at_most])
        columns = (each[chosen].tolist() for each in (viewers, videos, weights))
        events = data.Dataset.from_uir(list(zip(*columns, strict=True)))
        model = models.EASE(lamb=self.ridge, posB=False, verbose=False)
        model.fit(events)
        self._known = np.array(list(events.item_ids))
        self._row = np.full(self.stream.videos, -1)
        self._row[self._known] = np.arange(len(self._known))
        self._weights_of_pairs = np.asarray(model.B)

    def scores(self, ask: Ask) -> Floats:
        videos, weights = self.mine(ask)
        found = np.zeros(self.stream.videos)
        if len(videos):
            rows = self._row[videos]
            found[self._known] = weights[rows >= 0] @ self._weights_of_pairs[rows[rows >= 0]]
        return found
