"""A shilling attack: fake viewers push one video, and real viewers are shown it or not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.recommendation.models.recommender import Ask, Recommender
from benchmarks.recommendation.models.registry import ATTACKED
from benchmarks.recommendation.streams.stream import Stream

FAKES = (0, 10, 30, 100, 300, 1000)
ASKED = 300
HALF = 0.5
COVER = 4
"""Popular videos that a fake watches before the pushed one, up to five events a day."""


def pushed(stream: Stream, seed: int) -> dict[str, list[float]]:
    """Return, by model, the share of real viewers who are shown the pushed video, by FAKES.

    A model learns the first half of a stream. Then each fake watches four popular videos and the
    pushed one, all with the bit set, within a day. Last, lists are made for recently active
    viewers, except those who had watched the video.
    """
    return {name: _shares(stream, build(stream), seed) for name, build in ATTACKED.items()}


def _shares(stream: Stream, model: Recommender, seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    half = int(len(stream) * HALF)
    now_s = float(stream.at_s[half])
    published = stream.published_s <= now_s
    for video in np.flatnonzero(published).tolist():
        model.publish(video)
    events = zip(*(each[:half].tolist() for each in _columns(stream)), strict=True)
    for event in events:
        model.learn(*event)
    plays = np.bincount(stream.video[:half], minlength=stream.videos)
    target = int(rng.choice(np.flatnonzero(published & (plays <= np.median(plays[published])))))
    popular = np.argsort(-plays, kind="stable")[:50]
    asked = _asked(stream, half, target, rng)
    shares, fakes = [], 0
    for number in FAKES:
        for fake in range(fakes, number):
            watched = [*rng.choice(popular, COVER, replace=False).tolist(), target]
            for step, video in enumerate(watched):
                model.learn(stream.viewers + fake, video, 1, now_s - 600.0 + step)
        fakes = number
        shares.append(float(np.mean([target in model.rank(ask) for ask in asked])))
    return shares


def _columns(stream: Stream) -> Sequence[np.ndarray]:
    return stream.viewer, stream.video, stream.engaged, stream.at_s


def _asked(stream: Stream, half: int, target: int, rng: np.random.Generator) -> list[Ask]:
    """Return requests of viewers who were active in the last tenth before the attack."""
    late = np.unique(stream.viewer[int(half * 0.9) : half])
    now_s, published = float(stream.at_s[half]), stream.published_s <= stream.at_s[half]
    found = []
    for viewer in rng.permutation(late)[:ASKED].tolist():
        mine = stream.video[:half][stream.viewer[:half] == viewer]
        if target not in mine:
            left = published.copy()
            left[mine] = False
            found.append(Ask(viewer, now_s, int(mine[-1]), left))
    return found
