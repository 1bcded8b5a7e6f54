"""The recommender: learns from plays online, recommends with reasons, and unlearns exactly."""

from collections.abc import Iterator, Sequence
from math import inf, isfinite
from typing import Any

import numpy as np

from . import snapshot
from .data.arrays import Bools, Floats, Ints
from .data.disclosure import Play
from .data.ledger import HERE, UNIT, week_of
from .data.log import WINDOW_PLAYS, Log, is_day
from .data.neighbours import CoWatches, Hidden
from .data.popularity import MINUTE_S
from .export import exported
from .federation.leanings import leaning_of, moment
from .federation.recent import Comparison
from .federation.statement import Statement
from .federation.trust import Trust
from .messages import Ask, Event, Reason, Recommendation, Refusal, Removed, Video
from .scoring.explanation import CHANCE, Explainer, leading
from .scoring.features import DAY_S, Tables
from .scoring.ranker import UNPOPULAR
from .scoring.viewer import Viewer, viewer_of
from .slate.filters import allowed
from .slate.slate import Scored, make_slate, new_videos
from .state import VIEWS, ModelState

# Weight of a play by whether the viewer was engaged: no, yes.
WEIGHTS = (32, UNIT)
# After so many plays, the ranker learns from every so many-th: a new instance has few to learn
# from, a large one more than it has time for. Of newcomers, who are few, it then learns from each.
TRAIN_EVERY = {0: 16, 100: 2, 4_000: 4, 8_000: 8}
NEWCOMER = 1
# Lists for a video, which do not depend on who asks but for what they have watched.
ABOUT_A_VIDEO = ("related", "same-channel")
SAMPLE = 100
# One wrong clock must not age everything: a play moves the model's time by a week at most, and one
# that is further ahead than a year is refused. So is one that is ahead of the receiver's clock.
STEP_S, MOST_AHEAD_S, RECEIVED_AHEAD_S = 7 * DAY_S, 400 * DAY_S, 2 * DAY_S
LATEST_S = 1e11


class Model(ModelState):
    """A hybrid recommender: co-watch counts and content features, weighted by online learning."""

    def put(self, video: Video, now_s: float | None = None) -> None:
        """Add or update a video; `now_s` is the time at which its counters were read."""
        known = self.catalogue.index.get(video.id)
        before = self.catalogue.views[known] if known is not None else 0.0
        number = self.catalogue.put(video)
        if video.views > before:
            at_s = video.published_s if now_s is None else now_s
            self.popular[VIEWS].add(number, float(video.views - before), self._tick(at_s))

    def learn(self, event: Event, source: str = HERE, now_s: float = inf) -> Refusal:
        """Count one play and learn from it; return why it was refused, or the empty string.

        `now_s` is the receiver's clock when the play was accepted.
        """
        video = self.catalogue.index.get(event.video)
        if video is None:
            return "unknown video"
        if event.engaged not in (0, 1):
            return "impossible engagement"
        if not 0.0 <= event.at_s <= self._latest_s(now_s):
            return "impossible time"
        log = self.logs.get((source, event.viewer)) or Log()
        if video in log.seen:
            return "already counted"
        self._tick(event.at_s)
        self.neighbours.read_as_of(week_of(self.clock_s))
        if source == HERE:
            self._lean(event, log, video, now_s)
            self._train(event.viewer, log, video, self._moment(event.at_s))
        log.append(video, WEIGHTS[event.engaged], event.at_s)
        self.logs[source, event.viewer] = log
        self.ledger.add(source, log, len(log) - 1)
        self.neighbours.count_play(source, log)
        self.pending.add(Play(source, event.viewer, video, event.at_s))
        self._publish()
        return ""

    def _lean(self, event: Event, log: Log, video: int, now_s: float) -> None:
        """Note what a play says of its viewer's leanings, by nothing but their own plays."""
        at_s = moment(event.at_s, now_s)
        # A play that is dated ahead must not age the weeks of all others.
        if isfinite(now_s) and week_of(event.at_s) > week_of(now_s):
            return
        if at_s - float(self.catalogue.published_s[video]) > MINUTE_S:
            told = leaning_of(self.catalogue, self.features, event.viewer, log, video, at_s)
            if told is not None:
                self.leanings.add(week_of(event.at_s), event.viewer, told)

    def hear(self, source: str, week: int, statement: Statement) -> None:
        """Keep what another instance says of a week, instead of what it said before."""
        self.heard.put(source, week, statement)

    def unhear(self, source: str, week: int | None = None) -> int:
        """Drop a week of a source, or all of it; return how many statements that were.

        The model is then as if it had never heard them.
        """
        return self.heard.drop(source, week)

    def trust(self) -> dict[str, Trust]:
        """Return for each source by how much the next play here is foreseen better with it."""
        return dict(self.merged.trust)

    def _moment(self, at_s: float) -> float:
        """Return when a play was, as far as is known: of today's, only the day may be."""
        today = at_s // DAY_S == self.clock_s // DAY_S
        return self.clock_s if today and is_day(at_s) else min(at_s, self.clock_s)

    def _publish(self) -> None:
        """Let a batch of plays count in what everybody is told: popularity and weights."""
        plays = self.pending.batch()
        if plays:
            before = self.ranker.weights
            self.ranker.publish()
            if self.ranker.weights is not before:
                self.recent.publish()
        for play in plays:
            if play.source == HERE:
                for counter in self.popular_by_plays:
                    counter.add(play.video, 1.0, self._moment(play.at_s))

    def hidden(self, ask: Ask) -> Hidden:
        """Return the counts that this list must not tell of; None for a viewer's own list."""
        own = ask.viewer and ask.strategy not in ABOUT_A_VIDEO
        return None if own else self.pending.counts(self.logs)

    def nearest(self, video: int) -> CoWatches:
        """Return the neighbours of a video that everybody may be told, most similar first."""
        return self.neighbours.of(video, self.pending.counts(self.logs))

    def _latest_s(self, now_s: float) -> float:
        """Return up to when a play can have been."""
        known_s = self.clock_s + MOST_AHEAD_S if self.clock_s else LATEST_S
        return min(known_s, LATEST_S) if now_s == inf else now_s + RECEIVED_AHEAD_S

    def _tick(self, at_s: float) -> float:
        """Move the model's time on to `at_s`, by a week at most; return `at_s`, or that time."""
        if self.clock_s:
            at_s = min(at_s, self.clock_s + STEP_S)
        self.clock_s = max(self.clock_s, at_s)
        return at_s

    def recommend(self, ask: Ask) -> list[Recommendation]:
        """Return recommendations, best first.

        There are none if the strategy needs a video that is unknown, or the time is impossible.
        """
        if not abs(ask.now_s) <= LATEST_S:
            return []
        log = self.logs.get((HERE, ask.viewer)) or Log()
        viewer = self._viewer(ask, log)
        may_be_shown = allowed(self.catalogue, ask, log)
        if viewer is None or not may_be_shown.any():
            return []
        co_watches = self.features.co_watches(viewer, self.hidden(ask))
        tables = self.features.tables(viewer, co_watches)
        weights = self.weights_for(viewer.newcomer)
        scored = self._scored(
            tables, weights, self.features.remote(viewer, co_watches), may_be_shown, ask.now_s
        )
        slots = make_slate(self.catalogue, ask, scored)[ask.start :]
        shown = np.array([slot.video for slot in slots], np.int32)
        points = weights[:, None] * self.features.of(tables, shown, ask.now_s)
        explainer = Explainer(self.catalogue, viewer, co_watches, ask.now_s)
        each = [explainer.reasons(*of) for of in zip(shown.tolist(), points.T, strict=True)]
        recommended = []
        for video, own, slot, reasons in zip(
            shown.tolist(), points.T, slots, leading(each), strict=True
        ):
            chance = [Reason(CHANCE, {}, 0.0)] if slot.exploration else []
            name = self.catalogue.name(video)
            recommended.append(Recommendation(name, float(own.sum()), [*chance, *reasons]))
        return recommended

    def _scored(
        self, tables: Tables, weights: Floats, remote: Ints, may_be_shown: Bools, now_s: float
    ) -> Scored:
        """Return the scores of the videos that may be shown."""
        # A slice needs no copy, and most videos may be shown.
        every = slice(len(self.catalogue))
        scores = self.features.weighed(tables, weights, every, now_s)
        scores[~may_be_shown] = -np.inf
        new = new_videos(self.catalogue, may_be_shown, self.popular[1], now_s)
        fit = self.features.weighed(tables, weights * UNPOPULAR, new, now_s)
        return Scored(scores, remote, new, fit)

    def remove(self, video_id: str) -> Removed:
        """Remove a video that is deleted or no longer public, with all plays of it."""
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
            for counter in self.popular:
                counter.clear(video)
            self.catalogue.remove(video)
            self._counts_fell()
        return Removed(plays, viewers)

    def expire(self, before_s: float) -> None:
        """Delete who watched what before a time; the ledger keeps the sums.

        A pair of a play that is deleted and one that is kept leaves the ledger: it could not be
        found again when the viewer is forgotten.
        """
        for key, log in list(self.logs.items()):
            plays = list(zip(log.videos, log.weights, log.times_s, strict=True))
            kept = [play for play in plays if play[2] >= before_s]
            if len(kept) == len(plays):
                continue
            expired = Log([play for play in plays if play[2] < before_s])
            self._replace(key[0], log, [expired, left := Log(kept, log.expired + len(expired))])
            self.logs[key] = left
            if not kept:
                del self.logs[key]
        self.leanings.expire(before_s)
        self.recent.expire(before_s)
        self._counts_fell()

    def forget_viewer(self, viewer: str, source: str = HERE) -> Removed:
        """Unlearn a viewer: the ledger is then as if they had never watched."""
        log = self.logs.pop((source, viewer), None)
        if log is None:
            return Removed(0, 0)
        self.ranker.forget(viewer)
        if source == HERE:
            self.leanings.forget(viewer)
            self.recent.forget(viewer)
        self._replace(source, log, [])
        self._counts_fell()
        return Removed(len(log), 1)

    def forget_source(self, source: str) -> Removed:
        """Unlearn everything that came from a source."""
        gone = [self.logs.pop(key) for key in [*self.logs] if key[0] == source]
        self.ledger.drop(lambda said_by, _: said_by == source)
        self._counts_fell()
        return Removed(sum(map(len, gone)), len(gone))

    def export(self, ask: Ask) -> dict[str, Any]:
        """Return all inputs of `recommend` for this request, as plain JSON."""
        log = self.logs.get((HERE, ask.viewer)) or Log()
        viewer = self._viewer(ask, log)
        return exported(self, ask, log, viewer, self.hidden(ask)) if viewer else {}

    def retrain(self) -> None:
        """Learn weights, local popularity and shifts of taste again, from the plays that are kept.

        The ledger unlearns by subtraction; what River learned cannot be subtracted. Plays are
        learned in order of time; those of forgotten viewers are gone.
        """
        again = Model()
        again.catalogue.fill(self.catalogue.videos)
        for at_s, source, viewer, video, weight in sorted(self._plays()):
            name = again.catalogue.name(video)
            again.learn(Event(viewer, name, WEIGHTS.index(weight), at_s), source)
        self.ranker, self.drift, self.learned = again.ranker, again.drift, again.learned
        self.recent = again.recent
        again.popular[VIEWS] = self.popular[VIEWS]
        self.rng, self.popular[:] = again.rng, again.popular
        self.pending = again.pending

    def _plays(self) -> Iterator[tuple[float, str, str, int, int]]:
        for (source, viewer), log in self.logs.items():
            for at_s, video, weight in zip(log.times_s, log.videos, log.weights, strict=True):
                yield at_s, source, viewer, video, weight

    def digest(self) -> str:
        """Return the sha256 of the ledger's counts."""
        return self.ledger.digest(self.catalogue.name)

    def snapshot(self) -> bytes:
        """Return the model as bytes; meanwhile another thread may recommend, but not learn."""
        return snapshot.pack(self)

    @classmethod
    def restore(cls, data: bytes) -> "Model":
        """Return the model that `snapshot` wrote, or raise SnapshotError, which says what to do."""
        model = cls()
        snapshot.unpack(data, model)
        return model

    def _train(self, viewer: str, log: Log, video: int, at_s: float) -> None:
        self.learned += 1
        # Nobody chose from a list what was played in the minute of its publication. In streams
        # without publication dates these are all first plays.
        chosen = at_s - float(self.catalogue.published_s[video]) > MINUTE_S
        every = next(n for after, n in reversed(TRAIN_EVERY.items()) if self.learned >= after)
        if len(log) <= NEWCOMER and every < TRAIN_EVERY[0]:
            every = 1
        if self.learned % every == 0 and chosen:
            drawn = np.unique(self.rng.integers(0, len(self.catalogue), SAMPLE))
            public = self.catalogue.listed[drawn] & (self.catalogue.published_s[drawn] <= at_s)
            others = drawn[public & (drawn != video) & ~np.isin(drawn, log.videos)]
            if len(others):
                self._train_ranker(viewer, log, np.append(others, video), at_s)

    def _train_ranker(self, name: str, log: Log, videos: Ints, at_s: float) -> None:
        """Take one step of the ranker: the last video was played, the others were not."""
        viewer = viewer_of(self.catalogue, log, frozenset(), at_s)
        tables = self.features.tables(viewer, self.features.co_watches(viewer))
        features = self.features.of(tables, videos, at_s)
        self.recent.add(Comparison(name, at_s, viewer.newcomer, features, *self.ranker.belief))
        excess = self.ranker.learn(name, features[:, -1], features[:, :-1], viewer.newcomer)
        self.drift.observe(excess, at_s)

    def _replace(self, source: str, log: Log, by: Sequence[Log]) -> None:
        """Take all plays of a log out of the ledger, and count those of other logs instead."""
        for position in range(len(log)):
            self.ledger.subtract(source, log, position)
        for each in by:
            for position in range(len(each)):
                self.ledger.add(source, each, position)

    def _counts_fell(self) -> None:
        """Drop what was computed from counts that are no longer in the ledger."""
        self.neighbours.clear()
        self.pending.keep(self.logs)

    def _take_out(self, source: str, log: Log, position: int) -> None:
        """Remove one play from a log, and count the plays again that had it in their window."""
        last = min(len(log), position + WINDOW_PLAYS + 1)
        for later in range(position, last):
            self.ledger.subtract(source, log, later)
        log.pop(position)
        for later in range(position, last - 1):
            self.ledger.add(source, log, later)

    def _viewer(self, ask: Ask, log: Log) -> Viewer | None:
        """Return the viewer's profile; for a strategy about a video, of one who just plays it."""
        if ask.strategy in ABOUT_A_VIDEO:
            video = self.catalogue.index.get(ask.video)
            if video is None:
                return None
            log = Log([(video, UNIT, ask.now_s)])
        return viewer_of(self.catalogue, log, ask.subscribed, ask.now_s)
