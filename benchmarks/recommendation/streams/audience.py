"""The audience of a simulated federation: tastes, their drift, and how viewers find videos.

A viewer comes for a session, finds a first video, and goes on to others. A video is found in one
of these ways, and the viewer then picks from what is shown, by taste and by its place in the list:

- browsing and searching: some sixty videos, the more visible the likelier;
- the trending page: what was watched most of late, by everybody;
- channels that this viewer follows: their newest videos;
- a link from elsewhere: a video that is talked about everywhere for a day;
- after a video: PeerTube's own list beside it (same tag, newest first), or the next of the same
  series or channel.

So a model is judged on videos that viewers were shown by other means: a video that nobody was shown
may have been a good recommendation, but counts as a miss. This is true of every recorded stream.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from benchmarks.recommendation.streams.federation import (
    LANGUAGES,
    START_S,
    TOPICS,
    VEIN,
    Catalogue,
    Size,
    publish,
    zipf,
)
from benchmarks.recommendation.streams.stream import DAY_S, ENGAGED, Bools, Floats, Ints, Stream

FIRST_WAYS = {"browse": 0.55, "trending": 0.15, "followed": 0.25, "linked": 0.05}
NEXT_WAYS = {"related": 0.4, "channel": 0.35, "browse": 0.25}
EVENTS_PER_VIEWER = 43.0
EVENTS_PER_SESSION = 1.8
BROWSED, LISTED = 60, 20
FRESH_DAYS, POPULAR_DAYS = 20.0, 3.0
LIKES = 0.12
"""Share of engaged viewers who give a thumb up."""


@dataclass
class Audience:
    """The viewers and their tastes, as arrays by viewer."""

    home: Ints
    speaks: Bools
    """Viewers × languages."""
    taste: Floats
    """Viewers × topics; the favourite topic has 1."""
    vein: Floats
    sessions_a_day: Floats

    def drift(self, rng: np.random.Generator) -> None:
        """Simulate one day of drift: 1 % of the viewers get a new taste besides the old one."""
        moved = np.flatnonzero(rng.random(len(self.home)) < 0.01)
        self.taste[moved] = 0.5 * self.taste[moved] + _tastes(len(moved), rng)
        self.taste[moved] /= self.taste[moved].max(axis=1, keepdims=True)
        self.vein = np.sqrt(0.999) * self.vein + np.sqrt(0.001) * rng.normal(size=self.vein.shape)


def gather(size: Size, catalogue: Catalogue, rng: np.random.Generator) -> Audience:
    """Draw the viewers; each speaks the main language at home, and perhaps English."""
    n = size.viewers
    home = rng.choice(size.instances, n, p=zipf(size.instances, 0.8))
    speaks = rng.random((n, len(LANGUAGES))) < 0.06
    speaks[:, LANGUAGES.index("en")] |= rng.random(n) < 0.4
    for instance in range(size.instances):
        spoken = np.bincount(catalogue.language[catalogue.instance == instance], minlength=1)
        speaks[home == instance, int(spoken.argmax())] = True
    activity = np.exp(rng.normal(0.0, 1.04, n))
    sessions = EVENTS_PER_VIEWER / EVENTS_PER_SESSION / 60 * activity / np.exp(1.04**2 / 2)
    return Audience(home, speaks, _tastes(n, rng), rng.normal(size=(n, VEIN)), sessions)


def _tastes(number: int, rng: np.random.Generator) -> Floats:
    taste = rng.dirichlet(np.full(TOPICS, 0.12), number)
    return np.asarray(taste / taste.max(axis=1, keepdims=True))


@dataclass
class _Day:
    """The state of one day that is the same for all viewers."""

    visible: Floats
    """Cumulative sum of the videos' visibility."""
    trending: Ints
    linked: Ints


@dataclass
class _Watching:
    """Simulates the sessions of all viewers, in order, and collects their events."""

    catalogue: Catalogue
    audience: Audience
    rng: np.random.Generator
    events: list[tuple[int, int, float, float, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        videos = self.catalogue
        self._seen = np.zeros((len(self.audience.home), len(videos)), dtype=np.bool_)
        self._recent = np.zeros(len(videos))
        self._follows: defaultdict[int, dict[int, None]] = defaultdict(dict)
        self._of_channel = _groups(videos.channel.tolist())
        by_tag: defaultdict[str, list[int]] = defaultdict(list)
        for video, tags in enumerate(videos.tags):
            for tag in tags:
                by_tag[tag].append(video)
        self._of_tag = {tag: np.array(members) for tag, members in by_tag.items()}

    def day(self, number: int) -> None:
        """Play one day's sessions."""
        began_s = START_S + DAY_S * number
        self.audience.drift(self.rng)
        today = self._today(began_s)
        sessions = self.rng.poisson(self.audience.sessions_a_day)
        starts = began_s + DAY_S * self.rng.beta(4.0, 2.0, sessions.sum())
        for viewer, start_s in zip(
            np.repeat(np.arange(len(sessions)), sessions).tolist(), starts.tolist(), strict=True
        ):
            self._session(viewer, start_s, today)
        self._recent *= np.exp(-1.0 / POPULAR_DAYS)

    def _today(self, now_s: float) -> _Day:
        videos = self.catalogue
        out = int(np.searchsorted(videos.published_s, now_s + DAY_S))
        age_days = np.maximum(0.0, now_s - videos.published_s[:out]) / DAY_S
        fresh = 0.15 + np.exp(-age_days / FRESH_DAYS)
        visible = np.exp(videos.quality[:out]) * fresh * np.sqrt(1.0 + self._recent[:out])
        talked_of = self.rng.integers(max(0, out - 400), out, 2)
        trending = np.argsort(-self._recent[:out], kind="stable")[:LISTED]
        return _Day(np.cumsum(visible), trending, talked_of)

    def _session(self, viewer: int, now_s: float, today: _Day) -> None:
        video = -1
        for _ in range(self.rng.geometric(1.0 / EVENTS_PER_SESSION)):
            video = self._find(viewer, video, now_s, today)
            if video < 0:
                return
            watched = self._watch(viewer, video, now_s)
            now_s += 30.0 + watched * self.catalogue.length_s[video]

    def _find(self, viewer: int, after: int, now_s: float, today: _Day) -> int:
        """Return the next video, -1 for none."""
        ways = NEXT_WAYS if after >= 0 else FIRST_WAYS
        way = self._draw(ways)
        for shown in (self._shown(way, viewer, after, now_s, today), self._browsed(today)):
            open_now = self.catalogue.published_s[shown] <= now_s
            left = shown[open_now & ~self._seen[viewer, shown]]
            if len(left):
                return self._pick(viewer, left, listed=way not in ("browse", "linked"))
        return -1

    def _draw(self, ways: dict[str, float]) -> str:
        at = self.rng.random()
        for way, share in ways.items():
            at -= share
            if at < 0.0:
                return way
        return "browse"

    def _shown(self, way: str, viewer: int, after: int, now_s: float, today: _Day) -> Ints:
        if way == "related":
            return self._related(after, now_s)
        if way == "channel":
            return self._same_channel(after, now_s)
        if way == "followed":
            return self._followed(viewer, now_s)
        fixed = {"trending": today.trending, "linked": today.linked}
        return fixed[way] if way in fixed else self._browsed(today)

    def _browsed(self, today: _Day) -> Ints:
        draws = self.rng.random(BROWSED) * today.visible[-1]
        return np.unique(np.searchsorted(today.visible, draws))

    def _related(self, video: int, now_s: float) -> Ints:
        """Return PeerTube's list: videos that share a tag, newest first."""
        groups = [self._newest(self._of_tag[tag], now_s) for tag in self.catalogue.tags[video]]
        return np.unique(np.concatenate([*groups, np.array([], dtype=np.int64)]))[::-1][:LISTED]

    def _same_channel(self, video: int, now_s: float) -> Ints:
        """Return the next episodes first, then the channel's newest."""
        videos = self._of_channel[int(self.catalogue.channel[video])]
        newest = self._newest(videos, now_s)
        if self.catalogue.series[video] < 0:
            return newest
        later = videos[(videos > video) & (self.catalogue.series[videos] >= 0)][:3]
        return np.concatenate([later, newest])

    def _followed(self, viewer: int, now_s: float) -> Ints:
        groups = [self._newest(self._of_channel[c], now_s)[:5] for c in self._follows[viewer]]
        return np.sort(np.concatenate([*groups, np.array([], dtype=np.int64)]))[::-1]

    def _newest(self, videos: Ints, now_s: float) -> Ints:
        out = np.searchsorted(self.catalogue.published_s[videos], now_s)
        return videos[max(0, out - LISTED) : out][::-1]

    def _utility(self, viewer: int, shown: Ints) -> Floats:
        """Return a viewer's utility of each video, from topic, vein, quality, language, home."""
        videos, people = self.catalogue, self.audience
        utility = 3.0 * people.taste[viewer, videos.topic[shown]]
        utility += 0.5 * videos.vein[shown] @ people.vein[viewer]
        utility += videos.quality[shown] + 0.5 * (videos.instance[shown] == people.home[viewer])
        return np.asarray(utility - 4.0 * ~people.speaks[viewer, videos.language[shown]])

    def _pick(self, viewer: int, shown: Ints, listed: bool) -> int:
        """Choose by utility plus Gumbel noise, with position bias in lists."""
        worth = self._utility(viewer, shown) + self.rng.gumbel(size=len(shown))
        if listed:
            worth -= np.log(np.arange(1, len(shown) + 1))
        return int(shown[worth.argmax()])

    def _watch(self, viewer: int, video: int, now_s: float) -> float:
        utility = float(self._utility(viewer, np.array([video]))[0])
        mean = 0.15 + 0.8 / (1.0 + np.exp(-utility))
        watched = float(self.rng.beta(4.0 * mean, 4.0 * (1.0 - mean)))
        liked = watched >= ENGAGED and self.rng.random() < LIKES
        if liked or (watched > 0.8 and self.rng.random() < 0.1):
            self._follows[viewer][int(self.catalogue.channel[video])] = None
        self._seen[viewer, video] = True
        self._recent[video] += 1.0
        self.events.append((viewer, video, watched, now_s, liked))
        return watched


def _groups(keys: list[int]) -> dict[int, Ints]:
    members: defaultdict[int, list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        members[key].append(position)
    return {key: np.array(positions) for key, positions in members.items()}


def federation(seed: int, size: Size | None = None) -> Stream:
    """Simulate a federation and its viewers; the same seed gives the same stream."""
    size, rng = size or Size(), np.random.default_rng(seed)
    catalogue = publish(size, rng)
    watching = _Watching(catalogue, gather(size, catalogue, rng), rng)
    for day in range(size.days):
        watching.day(day)
    viewer, video, watched, at_s, liked = map(
        np.array, zip(*sorted(watching.events, key=lambda event: event[3]), strict=True)
    )
    return Stream(
        viewer=viewer,
        video=video,
        watched=watched,
        at_s=at_s,
        published_s=catalogue.published_s,
        channel=catalogue.channel,
        tags=catalogue.tags,
        language=tuple(LANGUAGES[each] for each in catalogue.language.tolist()),
        liked=liked,
    )
