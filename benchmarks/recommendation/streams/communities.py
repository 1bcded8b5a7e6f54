"""A second simulated federation, made otherwise: communities, feeds, series, bursts, lists.

Unlike `audience`, taste has no topics that tags could tell. A viewer belongs to one or two
communities, and finds videos by

- the feed of followed channels, newest first;
- the next episode of a series, in order;
- what the same community watched of late;
- a burst: a video that many come for from elsewhere, most of whom never come back;
- a recommender's list, which shows what is popular in the community of the last video. Its places
  are seen with probability 1/place: this is position bias. `Stream.place` tells the place, so that
  plays can be weighed by inverse propensity, or left out.

What it cannot show: why communities are as they are, that they grow and part, and plays of a video
that is watched again, which count once here as in the service.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from benchmarks.recommendation.streams.stream import DAY_S, Ints, Stream

START_S = 1_769_904_000.0
"""2026-02-01."""
COMMUNITIES, LANGUAGES = 12, ("en", "fr", "pt")
DAYS, BEFORE_DAYS = 40, 10
SHARES = {"feed": 0.35, "series": 0.15, "community": 0.25, "listed": 0.25}
TAGS = ("video", "peertube", "stream", "new", "show", "talk", "2026", "live")
"""Tags that say nothing."""


def communities(seed: int, viewers: int = 600) -> Stream:
    """Simulate such a federation; the same seed gives the same stream."""
    return _Communities(np.random.default_rng(seed), viewers).played()


class _Communities:
    def __init__(self, rng: np.random.Generator, viewers: int) -> None:
        self._rng = rng
        channels = 10 * COMMUNITIES
        self._videos = 24 * channels
        self._channel = rng.integers(0, channels, self._videos)
        self._community = self._channel % COMMUNITIES
        self._published_s = START_S + DAY_S * np.sort(rng.uniform(-BEFORE_DAYS, DAYS, self._videos))
        self._appeal = np.exp(rng.normal(0.0, 1.0, self._videos))
        self._spoken = rng.choice(len(LANGUAGES), COMMUNITIES, p=(0.5, 0.3, 0.2))
        self._of_channel = [np.flatnonzero(self._channel == each) for each in range(channels)]
        self._of_community = [
            np.flatnonzero(self._community == each) for each in range(COMMUNITIES)
        ]
        self._members = rng.integers(0, COMMUNITIES, (viewers, 2))
        self._members[rng.random(viewers) < 0.6, 1] = -1
        self._visits = np.exp(rng.normal(0.0, 1.0, viewers))
        self._follows: defaultdict[int, set[int]] = defaultdict(set)
        self._seen: defaultdict[int, set[int]] = defaultdict(set)
        self._lately = np.zeros(self._videos)
        self._events: list[tuple[float, int, int, float, int]] = []
        self._guests = viewers

    def played(self) -> Stream:
        for day in range(DAYS):
            began_s = START_S + DAY_S * day
            sessions = self._rng.poisson(0.5 * self._visits)
            who = np.repeat(np.arange(len(sessions)), sessions)
            when = began_s + DAY_S * self._rng.beta(3.0, 2.0, len(who))
            for viewer, at_s in sorted(zip(who.tolist(), when.tolist(), strict=True)):
                self._session(viewer, at_s)
            if self._rng.random() < 0.4:
                self._burst(began_s)
            self._lately *= 0.6
        columns = [np.array(column) for column in zip(*sorted(self._events), strict=True)]
        times_s, viewers, videos, watched, places = columns
        return Stream(
            viewer=viewers,
            video=videos,
            watched=watched,
            at_s=times_s,
            published_s=self._published_s,
            channel=self._channel,
            tags=tuple((TAGS[k % 8], TAGS[k * 7 % 5]) for k in range(self._videos)),
            language=tuple(LANGUAGES[each] for each in self._spoken[self._community].tolist()),
            liked=np.zeros(len(videos), dtype=np.bool_),
            place=places,
        )

    def _session(self, viewer: int, at_s: float) -> None:
        last = -1
        for _ in range(self._rng.geometric(0.45)):
            video, place = self._found(viewer, last, at_s)
            if video < 0:
                return
            last = video
            at_s += 60.0 + self._watch(viewer, video, at_s, place) * 900.0

    def _found(self, viewer: int, last: int, at_s: float) -> tuple[int, int]:
        """Return the next video, -1 for none, and its place in a recommender's list or -1."""
        way = self._rng.choice(list(SHARES), p=list(SHARES.values()))
        if way == "series" and last >= 0:
            later = self._open(viewer, self._of_channel[self._channel[last]], at_s)
            return (int(later[later > last][0]), -1) if (later > last).any() else (-1, -1)
        if way == "feed" and self._follows[viewer]:
            feed = np.concatenate(
                [self._of_channel[each] for each in sorted(self._follows[viewer])]
            )
            newest = np.sort(self._open(viewer, feed, at_s))[::-1][:8]
            return (int(self._rng.choice(newest)), -1) if len(newest) else (-1, -1)
        group = self._members[viewer, int(self._rng.random() < 0.3)]
        group = self._members[viewer, 0] if group < 0 else group
        group = self._community[last] if way == "listed" and last >= 0 else group
        videos = self._open(viewer, self._of_community[group], at_s)
        if not len(videos):
            return -1, -1
        age_days = (at_s - self._published_s[videos]) / DAY_S
        worth = self._appeal[videos] * (0.1 + np.exp(-age_days / 7.0)) * (1 + self._lately[videos])
        if way != "listed":
            return int(self._rng.choice(videos, p=worth / worth.sum())), -1
        shown = videos[np.argsort(-self._lately[videos], kind="stable")[:10]]
        seen = 1.0 / np.arange(1, len(shown) + 1)
        place = int(self._rng.choice(len(shown), p=seen / seen.sum()))
        return int(shown[place]), place + 1

    def _open(self, viewer: int, videos: Ints, at_s: float) -> Ints:
        out = videos[self._published_s[videos] < at_s]
        return out[[video not in self._seen[viewer] for video in out.tolist()]]

    def _watch(self, viewer: int, video: int, at_s: float, place: int) -> float:
        own = self._community[video] in self._members[viewer] if viewer < len(self._members) else 0
        watched = float(self._rng.beta(3.0, 1.5) if own else self._rng.beta(1.5, 3.0))
        if watched > 0.6 and self._rng.random() < 0.3:
            self._follows[viewer].add(int(self._channel[video]))
        self._seen[viewer].add(video)
        self._lately[video] += 1.0
        self._events.append((at_s, viewer, video, watched, place))
        return watched

    def _burst(self, began_s: float) -> None:
        """Let many come for one video, from elsewhere, who never come back."""
        out = np.flatnonzero(self._published_s < began_s)[-200:]
        video, guests = int(self._rng.choice(out)), int(self._rng.integers(10, 60))
        for at_s in began_s + DAY_S * np.sort(self._rng.random(guests)):
            self._watch(self._guests, video, float(at_s), -1)
            self._guests += 1
