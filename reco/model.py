"""The recommender."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

import numpy as np

from . import snapshot
from .data.arrays import Bools, Ints
from .data.ledger import HERE, UNIT
from .data.log import MEETS_AT_MOST, Log
from .export import exported
from .messages import Ask, Event, Reason, Recommendation, Refusal, Removed, Video
from .scoring.explain import CHANCE, Explainer
from .scoring.features import Tables
from .scoring.ranker import UNPOPULAR
from .scoring.viewer import Viewer, viewer_of
from .slate.filters import allowed
from .slate.slate import Scored, are_new, listed
from .state import ModelState

# What a play weighs when the viewer was not engaged, and when they were.
WEIGHTS = (32, UNIT)
TRAIN_EVERY = 16
SAMPLE = 100


class Model(ModelState):
    """Learns from plays, recommends with reasons, and forgets exactly."""

    def put(self, video: Video, now_s: float | None = None) -> None:
        """Add a video, or what changed about it; `now_s` is when its counters were read."""
        known = self.catalogue.index.get(video.id)
        before = self.catalogue.views[known] if known is not None else 0.0
        number = self.catalogue.put(video)
        if video.views > before:
            at_s = video.published_s if now_s is None else now_s
            self.popular[2].add(number, float(video.views - before), at_s)

    def learn(self, event: Event, source: str = HERE) -> Refusal:
        """Count one play and learn from it; return why not, or the empty word."""
        video = self.catalogue.index.get(event.video)
        if video is None:
            return "unknown video"
        if not isfinite(event.at_s) or event.at_s < 0.0:
            return "impossible time"
        log = self.logs.get((source, event.viewer)) or Log()
        if video in log.seen:
            return "already counted"
        if source == HERE:
            self._train(log, video, event.at_s)
        log.append(video, WEIGHTS[event.engaged], event.at_s)
        self.logs[source, event.viewer] = log
        self.ledger.add(source, log, len(log) - 1)
        self.near.added(source, log)
        return ""

    def recommend(self, ask: Ask) -> list[Recommendation]:
        """Return what to watch next, best first; nothing if the strategy lacks its video."""
        log = self.logs.get((HERE, ask.viewer)) or Log()
        viewer = self._viewer(ask, log)
        may_be_shown = allowed(self.catalogue, ask, log)
        if viewer is None or not may_be_shown.any():
            return []
        together = self.features.together(viewer, ask.now_s)
        tables = self.features.tables(viewer, together)
        scored = self._scored(tables, self.features.remote(together), may_be_shown, ask.now_s)
        places = listed(self.catalogue, ask, scored)[ask.start :]
        shown = np.array([place.video for place in places], np.int32)
        points = self.ranker.vector[:, None] * self.features.of(tables, shown, ask.now_s)
        explainer = Explainer(self.catalogue, viewer, together, ask.now_s)
        recommended = []
        for video, own, (_, chance) in zip(shown.tolist(), points.T, places, strict=True):
            reasons = explainer.reasons(video, own)
            if chance:
                reasons.insert(0, Reason(CHANCE, {}, 0.0))
            name = self.catalogue.name(video)
            recommended.append(Recommendation(name, float(own.sum()), reasons))
        return recommended

    def _scored(self, tables: Tables, remote: Ints, may_be_shown: Bools, now_s: float) -> Scored:
        """Return the scores of the videos that may be shown."""
        # A slice is not copied, and most videos may be shown.
        every, vector = slice(len(self.catalogue)), self.ranker.vector
        scores = self.features.weighed(tables, vector, every, now_s)
        scores[~may_be_shown] = -np.inf
        new = are_new(self.catalogue, may_be_shown, self.popular[1], now_s)
        fit = self.features.weighed(tables, vector * UNPOPULAR, new, now_s)
        return Scored(scores, remote, new, fit)

    def remove(self, video_id: str) -> Removed:
        """Forget a video that is deleted or no longer public: it was never watched."""
        video = self.catalogue.index.get(video_id)
        plays = viewers = 0
        if video is not None:
            for (source, viewer), log in list(self.logs.items()):
                if video in log.seen:
                    self._take_out(source, log, log.videos.index(video))
                    plays += 1
                    if not log:
                        viewers += 1
                        del self.logs[source, viewer]
            self.ledger.drop_video(video)
            for fading in self.popular:
                fading.clear(video)
            self.catalogue.remove(video)
            self.near.forget()
        return Removed(plays, viewers)

    def expire(self, before_s: float) -> None:
        """Forget who watched what before a time; the ledger keeps the sums."""
        for key, log in list(self.logs.items()):
            while log.times_s and log.times_s[0] < before_s:
                log.pop(0)
            if not log:
                del self.logs[key]

    def forget_viewer(self, viewer: str, source: str = HERE) -> Removed:
        """Forget a viewer: the ledger is as if they had never watched."""
        log = self.logs.pop((source, viewer), None)
        if log is None:
            return Removed(0, 0)
        for position in range(len(log)):
            self.ledger.subtract(source, log, position)
        self.near.forget()
        return Removed(len(log), 1)

    def forget_source(self, source: str) -> Removed:
        """Forget everything that a source said."""
        gone = [key for key in self.logs if key[0] == source]
        plays = sum(len(self.logs.pop(key)) for key in gone)
        self.ledger.drop(lambda said_by, _: said_by == source)
        self.near.forget()
        return Removed(plays, len(gone))

    def export(self, ask: Ask) -> dict[str, Any]:
        """Return, as plain JSON, all that decides what `recommend` answers to this."""
        log = self.logs.get((HERE, ask.viewer)) or Log()
        viewer = self._viewer(ask, log)
        return exported(self, ask, log, viewer) if viewer else {}

    def retrain(self) -> None:
        """Learn weights, popularity here and shifts of taste again from the plays that are kept.

        The ledger forgets exactly by subtraction; what River learned cannot be subtracted. Plays
        are learned in order of time, those of viewers who were forgotten are not among them.
        """
        again = Model()
        again.catalogue.fill(self.catalogue.videos)
        for at_s, source, viewer, video, weight in sorted(self._plays()):
            name = again.catalogue.name(video)
            again.learn(Event(viewer, name, WEIGHTS.index(weight), at_s), source)
        self.ranker, self.drift, self.learned = again.ranker, again.drift, again.learned
        self.rng, self.popular[:2] = again.rng, again.popular[:2]

    def _plays(self) -> Iterator[tuple[float, str, str, int, int]]:
        for (source, viewer), log in self.logs.items():
            for at_s, video, weight in zip(log.times_s, log.videos, log.weights, strict=True):
                yield at_s, source, viewer, video, weight

    def digest(self) -> str:
        """Return the sha256 of the ledger: equal counts, equal digest."""
        return self.ledger.digest(self.catalogue.name)

    def snapshot(self) -> bytes:
        """Return the model as bytes.

        What is worked out only now and then is worked out now, so that the model and the one
        that is restored from it say the same.
        """
        self.near.forget()
        self.catalogue.describe()
        return snapshot.pack(self)

    @classmethod
    def restore(cls, data: bytes) -> "Model":
        """Return the model that `snapshot` wrote; raises SnapshotError, which says what to do."""
        model = cls()
        snapshot.unpack(data, model)
        return model

    def _train(self, log: Log, video: int, at_s: float) -> None:
        self.learned += 1
        if self.learned % TRAIN_EVERY == 0:
            drawn = np.unique(self.rng.integers(0, len(self.catalogue), SAMPLE))
            public = self.catalogue.listed[drawn] & (self.catalogue.published_s[drawn] <= at_s)
            others = drawn[public & (drawn != video) & ~np.isin(drawn, log.videos)]
            if len(others):
                self._compare(log, np.append(others, video), at_s)
        for fading in self.popular[:2]:
            fading.add(video, 1.0, at_s)

    def _compare(self, log: Log, videos: Ints, at_s: float) -> None:
        """Learn that the last video was played, and the others not."""
        self.catalogue.refresh()
        viewer = viewer_of(self.catalogue, log, frozenset(), at_s)
        tables = self.features.tables(viewer, self.features.together(viewer, at_s))
        features = self.features.of(tables, videos, at_s)
        self.drift.observe(self.ranker.learn(features[:, -1], features[:, :-1]), at_s)

    def _take_out(self, source: str, log: Log, position: int) -> None:
        """Take one play out of a log, and count those again that met it."""
        last = min(len(log), position + MEETS_AT_MOST + 1)
        for later in range(position, last):
            self.ledger.subtract(source, log, later)
        log.pop(position)
        for later in range(position, last - 1):
            self.ledger.add(source, log, later)

    def _viewer(self, ask: Ask, log: Log) -> Viewer | None:
        """Return who asks; or, if the strategy is about a video, one who just plays that."""
        if ask.strategy in ("related", "same-channel"):
            video = self.catalogue.index.get(ask.video)
            if video is None:
                return None
            log = Log([(video, UNIT, ask.now_s)])
        self.catalogue.refresh()
        return viewer_of(self.catalogue, log, ask.subscribed, ask.now_s)
