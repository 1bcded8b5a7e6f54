"""Rank, then learn: every model meets the same stream, event by event.

Before an event is learned, the model may be asked what it would have shown to that viewer at that
moment, among all videos that were out and that the viewer had not watched. All models are asked at
the same events and may choose from the same videos.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple, Protocol

import numpy as np

from benchmarks.recommendation.streams.stream import Bools, Floats, Ints, Stream

SHOWN = 10


@dataclass(frozen=True)
class Ask:
    """A viewer at a moment, and what may be shown."""

    viewer: int
    now_s: float
    watching: int
    """The viewer's last video; -1 at the very first."""
    open: Bools
    """By video: may be shown."""


class Recommender(Protocol):
    """Ranks videos and learns from events; it reads of a stream what is said about videos."""

    def publish(self, video: int) -> None:
        """Take in a video that came out."""

    def rank(self, ask: Ask) -> Sequence[int]:
        """Return up to SHOWN open videos, best first."""

    def learn(self, viewer: int, video: int, engaged: int, at_s: float) -> None:
        """Learn that somebody watched; `engaged` is the bit as told."""


class Run(NamedTuple):
    """What one model showed in one stream."""

    event: Ints
    """At which events it was asked."""
    shown: Ints
    """Asks × SHOWN, -1 where nothing was shown."""
    rank_s: float
    """Mean time to rank."""
    learn_s: float
    """Mean time to learn."""

    def only(self, events: Ints) -> Run:
        """Return the part that was asked at these events."""
        rows = np.isin(self.event, events)
        return self._replace(event=self.event[rows], shown=self.shown[rows])


def asks(stream: Stream, number: int, seed: int) -> Ints:
    """Draw at which events all models are asked."""
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(len(stream), min(number, len(stream)), replace=False))


def play(
    stream: Stream,
    model: Recommender,
    asked: Ints,
    told: Ints | None = None,
) -> Run:
    """Play a stream; `told` are the bits if not the true ones, -1 if nothing is told."""
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


def best(scores: Floats, open_now: Bools, count: int = SHOWN) -> list[int]:
    """Return the open videos with the highest scores.

    >>> best(np.array([1.0, 3.0, 2.0, 9.0]), np.array([True, True, True, False]), 2)
    [1, 2]
    """
    left = np.where(open_now, scores, -np.inf)
    top = np.argpartition(-left, min(count, len(left) - 1))[:count]
    return [video for video in top[np.argsort(-left[top])].tolist() if open_now[video]]
