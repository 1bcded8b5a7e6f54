"""Rules without learned weights: PeerTube's own list, popularity, co-watch counts."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from benchmarks.recommendation.models.peers.scoring import Scored
from benchmarks.recommendation.models.recommender import Ask
from benchmarks.recommendation.streams.stream import DAY_S, Floats, Stream


class PeerTubeToday(Scored):
    """The list beside a video: those that share a tag, newest first; then the newest of all."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._of_tag: defaultdict[str, list[int]] = defaultdict(list)
        for video, tags in enumerate(stream.tags):
            for tag in tags:
                self._of_tag[tag].append(video)

    def scores(self, ask: Ask) -> Floats:
        published_s = self.stream.published_s
        age = (published_s - published_s.min()) / (1.0 + np.ptp(published_s))
        for tag in self.stream.tags[ask.watching] if ask.watching >= 0 else ():
            mine = self._of_tag[tag]
            age[mine] = 1.0 + age[mine] % 1.0
        return np.asarray(age)


class Popularity(Scored):
    """Exponentially decayed counts of watches."""

    def scores(self, ask: Ask) -> Floats:
        return self.popularity(ask.now_s)


class CoWatch(Scored):
    """Σ over the viewer's last watches of .97^age · C² / (C + β) / √(N_i · N_j).

    C counts viewers who were engaged by both videos within 14 days and 20 watches, N those engaged
    by one video. These are the recommender's candidates without its re-ranker.
    """

    recent, within_days, shrink = 20, 14.0, 2.0

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._pairs = np.zeros((stream.videos, stream.videos), dtype=np.float32)
        self._watches = np.zeros(stream.videos)

    def learn(self, viewer: int, video: int, engaged: int, at_s: float) -> None:
        if engaged:
            before = [
                other
                for other, then_s, liked in self.history[viewer][-self.recent :]
                if liked and at_s - then_s < self.within_days * DAY_S
            ]
            self._pairs[video, before] += 1.0
            self._pairs[before, video] += 1.0
            self._watches[video] += 1.0
        super().learn(viewer, video, engaged, at_s)

    def scores(self, ask: Ask) -> Floats:
        mine = self.history[ask.viewer][-self.recent :]
        videos = [video for video, _, liked in mine if liked]
        if not videos:
            return np.zeros(self.stream.videos)
        pairs = self._pairs[videos]
        decay = 0.97 ** np.arange(len(videos))[::-1] / np.sqrt(np.maximum(1, self._watches[videos]))
        found = decay @ (pairs * pairs / (pairs + self.shrink))
        return np.asarray(found / np.sqrt(np.maximum(1.0, self._watches)))
