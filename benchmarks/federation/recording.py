"""A recording: one instance played alone, with all that any way of merging can be judged by.

What features a video has does not depend on weights. So each instance is played once through the
real model; what its lists would be with other weights is computed from the recorded features.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from benchmarks.recommendation.streams.stream import DAY_S, Floats, Ints, Stream
from reco import Event, Model, Video
from reco.data.log import Log
from reco.federation.leanings import Leaning
from reco.federation.recent import Comparison
from reco.scoring.viewer import viewer_of

HOUR_S = 3_600.0
# So many of the best videos and of others stand for all.
BEST, OTHERS = 300, 100


class Asked(NamedTuple):
    """A moment at which a list was wanted; the last column of `features` was played."""

    at_s: float
    viewer: int
    plays_before: int
    features: Floats
    newcomer: float
    weights: Floats
    covariance: Floats
    recent: list[Comparison]


@dataclass
class Recording:
    """What one instance went through."""

    viewers: int
    asked: list[Asked] = field(default_factory=list)
    weeks: dict[int, dict[str, Leaning]] = field(default_factory=dict)
    learned: tuple[Floats, Floats] = field(default=(np.empty(0), np.empty(0)))


def record(stream: Stream, home: Ints, instance: int, asks: int, seed: int) -> Recording:
    """Play the viewers of an instance; public counters tell of all viewers, once an hour."""
    own = home[stream.viewer] == instance
    found = Recording(int((home == instance).sum()))
    events = np.flatnonzero(own & ~stream.leaks)
    dice = np.random.default_rng(seed)
    wanted = set(dice.choice(events, min(asks, len(events)), replace=False).tolist())
    model = Model()
    views = np.zeros(stream.videos, np.int64)
    changed: dict[int, None] = {}
    coming, out, hour = np.argsort(stream.published_s, kind="stable").tolist(), 0, 0
    at = zip(stream.viewer.tolist(), stream.video.tolist(), stream.at_s.tolist(), strict=True)
    engaged = stream.engaged.tolist()
    for number, (viewer, video, at_s) in enumerate(at):
        while out < len(coming) and stream.published_s[coming[out]] <= at_s:
            model.put(_told(stream, coming[out], views))
            out += 1
        if number in wanted:
            _ask(model, found, viewer, video, at_s, dice)
        if own[number]:
            event = Event(str(viewer), str(video), engaged[number], at_s // DAY_S * DAY_S)
            model.learn(event, now_s=at_s)
        views[video] += 1
        changed[video] = None
        if at_s // HOUR_S > hour:
            hour = int(at_s // HOUR_S)
            for each in changed:
                model.put(_told(stream, each, views), at_s)
            changed.clear()
        found.weeks |= model.leanings.weeks
    found.learned = model.ranker.belief
    return found


def _ask(
    model: Model,
    found: Recording,
    viewer: int,
    video: int,
    at_s: float,
    dice: np.random.Generator,
) -> None:
    log = model.logs.get(("", str(viewer))) or Log()
    profile = viewer_of(model.catalogue, log, frozenset(), at_s)
    played = model.catalogue.index[str(video)]
    open_now = model.catalogue.listed[: len(model.catalogue)].copy()
    open_now[log.videos] = open_now[played] = False
    others = np.flatnonzero(open_now).astype(np.int32)
    tables = model.features.tables(profile, model.features.co_watches(profile))
    features = model.features.of(tables, np.append(others, np.int32(played)), at_s)
    scores = model.ranker.for_viewer(profile.newcomer) @ features[:, :-1]
    best = np.argsort(-scores, kind="stable")
    kept = np.concatenate([best[:BEST], dice.permutation(best[BEST:])[:OTHERS]])
    found.asked.append(
        Asked(
            at_s,
            viewer,
            len(log),
            features[:, np.append(kept, len(others))].astype(np.float32),
            profile.newcomer,
            np.array([*model.ranker.weights.values()]),
            model.ranker.public_covariance,
            model.recent.public,
        )
    )


def _told(stream: Stream, video: int, views: Ints) -> Video:
    channel = int(stream.channel[video])
    return Video(
        id=str(video),
        channel=str(channel) if channel >= 0 else "",
        tags=stream.tags[video],
        language=stream.language[video],
        published_s=float(stream.published_s[video]),
        views=int(views[video]),
    )
