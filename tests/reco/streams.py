"""Small simulated streams for the tests of the recommender."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from reco import Event, Model, Video

DAY_S = 86_400.0
START_S = 1_700_000_000.0
CIRCLES = 4


class World(NamedTuple):
    """Videos and the plays of viewers, who like one circle of videos each."""

    videos: Sequence[Video]
    events: Sequence[Event]

    @property
    def end_s(self) -> float:
        """A moment after the last play."""
        return self.events[-1].at_s + 60.0


def world(viewers: int = 40, videos: int = 240, plays: int = 800, seed: int = 1) -> World:
    """Return a world; video k, its channel and its tag belong to circle k % CIRCLES.

    The last twenty videos are new and nobody has played them.
    """
    rng = np.random.default_rng(seed)
    known = [
        Video(
            f"v{k}",
            f"channel {k % (10 * CIRCLES)}",
            (f"tag {k % CIRCLES}", f"tag {CIRCLES + k % 7}"),
            ("en", "de", "")[k % 3],
            published_s=START_S + DAY_S * (20 if k >= videos - 20 else -int(rng.integers(1, 60))),
            views=int(rng.integers(0, 500)),
        )
        for k in range(videos)
    ]
    events, seen = [], set()
    for at in range(plays):
        viewer = int(rng.integers(viewers))
        video = int(rng.integers((videos - 20) // CIRCLES)) * CIRCLES + viewer % CIRCLES
        if rng.random() < 0.1:
            video = int(rng.integers(videos - 20))
        if (viewer, video) not in seen:
            seen.add((viewer, video))
            engaged = int(rng.random() < 0.8)
            events.append(Event(f"u{viewer}", f"v{video}", engaged, START_S + at * 3_600.0))
    return World(known, events)


def taught(videos: Sequence[Video], events: Sequence[Event]) -> Model:
    """Return a model that knows the videos and has learned the events."""
    model = Model()
    for video in videos:
        model.put(video, START_S)
    for event in events:
        model.learn(event)
    return model
