"""Prequential evaluation: at each event a model ranks first, then learns.

Before an event is learned, the model may be asked which videos it would have shown to that viewer
at that moment, among all published videos that the viewer had not watched. All models are asked at
the same events and choose from the same videos.
"""

from __future__ import annotations

from time import perf_counter
from typing import NamedTuple

import numpy as np

from benchmarks.recommendation.models.recommender import SHOWN, Ask, Recommender
from benchmarks.recommendation.streams.stream import Ints, Stream


class Run(NamedTuple):
    """The lists that one model showed on one stream, and its mean times."""

    event: Ints
    """The events at which it was asked."""
    shown: Ints
    """Asks × SHOWN, -1 where nothing was shown."""
    rank_s: float
    """Mean time to rank."""
    learn_s: float
    """Mean time to learn."""

    def only(self, events: Ints) -> Run:
        """Return the part of the run at these events."""
        rows = np.isin(self.event, events)
        return self._replace(event=self.event[rows], shown=self.shown[rows])


def asks(stream: Stream, number: int, seed: int) -> Ints:
    """Draw the events at which all models are asked; first plays at publication are left out.

    In streams that call a video's first play its publication these would be found by their date.
    """
    rng = np.random.default_rng(seed)
    fair = np.flatnonzero(~stream.leaks)
    return np.sort(rng.choice(fair, min(number, len(fair)), replace=False))


def play(
    stream: Stream,
    model: Recommender,
    asked: Ints,
    told: Ints | None = None,
) -> Run:
    """Play a stream; `told` are the noised bits, -1 for an event that is not reported."""
    engaged = (stream.engaged if told is None else told).tolist()
    coming = np.argsort(stream.published_s, kind="stable").tolist()
    published = np.zeros(stream.videos, dtype=np.bool_)
    seen = np.zeros((stream.viewers, stream.videos), dtype=np.bool_)
    last = np.full(stream.viewers, -1)
    wanted, shown, out = set(asked.tolist()), np.full((len(asked), SHOWN), -1), 0
    rank_s = learn_s = 0.0
    events = zip(stream.viewer.tolist(), stream.video.tolist(), stream.at_s.tolist(), strict=True)
    for event, (viewer, video, at_s) in enumerate(events):
        while out < len(coming) and stream.published_s[coming[out]] <= at_s:
            model.publish(coming[out])
            published[coming[out]] = True
            out += 1
        if event in wanted:
            ask = Ask(viewer, at_s, int(last[viewer]), published & ~seen[viewer])
            began_s = perf_counter()
            found = list(model.rank(ask))[:SHOWN]
            rank_s += perf_counter() - began_s
            shown[np.searchsorted(asked, event), : len(found)] = found
        began_s = perf_counter()
        if engaged[event] >= 0:
            model.learn(viewer, video, engaged[event], at_s)
        learn_s += perf_counter() - began_s
        seen[viewer, video], last[viewer] = True, video
    return Run(asked, shown, rank_s / max(1, len(asked)), learn_s / len(stream))
