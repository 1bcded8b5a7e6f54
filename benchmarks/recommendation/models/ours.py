"""Ours: the recommender as it ships, used as the service uses it."""

from __future__ import annotations

import numpy as np

from benchmarks.recommendation.models.recommender import SHOWN, Ask
from benchmarks.recommendation.streams.stream import DAY_S, Stream
from reco import Ask as ModelAsk
from reco import Event, Model, Video

HOUR_S = 3_600.0


class Ours:
    """`reco.Model` with its defaults: diversity, the channel cap and the exploration slot are on.

    The public view counters are the counts of this stream, read hourly. Of a play the model learns
    only the day, as of the service.
    """

    surprise = 0.5
    """The default of the dial."""

    fakes_at = ""
    """The source of fake viewers, who are not in the stream; empty is this instance."""

    def __init__(self, stream: Stream) -> None:
        self.model = Model()
        self._stream = stream
        self._views = np.zeros(stream.videos, dtype=np.int64)
        self._changed: set[int] = set()
        self._hour = 0

    def publish(self, video: int) -> None:
        self.model.put(self._told(video))

    def rank(self, ask: Ask) -> list[int]:
        found = self.model.recommend(
            ModelAsk(
                now_s=ask.now_s,
                viewer=str(ask.viewer),
                video=str(ask.watching) if ask.watching >= 0 else "",
                count=SHOWN,
                surprise=self.surprise,
            )
        )
        shown = [int(each.video) for each in found]
        return [video for video in shown if ask.open[video]]

    def learn(self, viewer: int, video: int, engaged: int, at_s: float) -> None:
        event = Event(str(viewer), str(video), engaged, at_s // DAY_S * DAY_S)
        if viewer >= self._stream.viewers:  # a fake viewer, whose view PeerTube has not counted
            self.model.learn(event, self.fakes_at)
            return
        self.model.learn(event, now_s=at_s)
        self._views[video] += 1
        self._changed.add(video)
        if at_s // HOUR_S > self._hour:
            self._hour = int(at_s // HOUR_S)
            for each in self._changed:
                self.model.put(self._told(each), at_s)
            self._changed.clear()

    def _told(self, video: int) -> Video:
        """Return the present public metadata of a video."""
        stream = self._stream
        channel = int(stream.channel[video])
        return Video(
            id=str(video),
            channel=str(channel) if channel >= 0 else "",
            tags=stream.tags[video],
            language=stream.language[video],
            published_s=float(stream.published_s[video]),
            views=int(self._views[video]),
        )
