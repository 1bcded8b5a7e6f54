"""The ledger: co-watch counts of videos, as whole numbers per source and week.

When a viewer plays video j with weight a, every video i in the window before it (`Log.co_watched`),
played with weight b, gains a co-watch:  C_ij += a·b // 64,  and  N_j += a.  An engaged viewer's
play weighs 64. Sums of integers can be merged and subtracted again exactly; scaled numbers could
not. So old counts decay only when the ledger is read.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from hashlib import sha256
from operator import itemgetter
from typing import TypeAlias

import numpy as np

from .arrays import Floats, Ints, added_up
from .log import Log

HERE = ""
UNIT = 64
WEEK_S = 7 * 86_400.0
HALF_LIFE_WEEKS = 4.0
# Weeks of a lower weight, older than six half-lives, are not read any more.
MIN_WEIGHT = 1 / 64


def week_of(at_s: float) -> int:
    """Return the number of the week, since 1970, that contains a time."""
    return int(at_s // WEEK_S)


def decay_weight(weeks: int) -> float:
    """Return the weight of a count that is so many weeks old: exponential decay with half-life.

    >>> decay_weight(0), decay_weight(4)
    (1.0, 0.5)
    """
    return float(0.5 ** (weeks / HALF_LIFE_WEEKS))


class Week:
    """One source's counts in one week: N by video, and the symmetric matrix C as sparse rows."""

    def __init__(self) -> None:
        self.plays: defaultdict[int, int] = defaultdict(int)
        self.rows: defaultdict[int, dict[int, int]] = defaultdict(dict)

    def add(self, log: Log, position: int) -> None:
        """Count one play of a log."""
        video, weight = log.videos[position], log.weights[position]
        self.plays[video] += weight
        rows, own = self.rows, self.rows[video]
        for other, met in zip(*log.co_watched(position), strict=True):
            if by := weight * met // UNIT:
                own[other] = own.get(other, 0) + by
                row = rows[other]
                row[video] = row.get(video, 0) + by

    def subtract(self, log: Log, position: int) -> None:
        """Subtract one play; counts that become 0 are deleted."""
        video, weight = log.videos[position], log.weights[position]
        _lower(self.plays, video, weight)
        own = self.rows[video]
        for other, met in zip(*log.co_watched(position), strict=True):
            if by := weight * met // UNIT:
                _lower(own, other, by)
                _lower(self.rows[other], video, by)
                if not self.rows[other]:
                    del self.rows[other]
        if not own:
            del self.rows[video]

    def drop(self, video: int) -> None:
        """Drop one video's counts."""
        self.plays.pop(video, None)
        for other in self.rows.pop(video, {}):
            del self.rows[other][video]
            if not self.rows[other]:
                del self.rows[other]


def _lower(counts: dict[int, int], key: int, by: int) -> None:
    counts[key] -= by
    if not counts[key]:
        del counts[key]


def summed(rows: Sequence[tuple[Ints, Floats]]) -> tuple[Ints, Floats]:
    """Add up counts by video; return the videos in ascending order, and their sums.

    >>> summed([(np.array([5, 3]), np.array([1.0, 2.0])), (np.array([3]), np.array([4.0]))])
    (array([3, 5]), array([6., 1.]))
    """
    videos, place = np.unique(np.concatenate([keys for keys, _ in rows]), return_inverse=True)
    return videos, added_up(place, np.concatenate([counts for _, counts in rows]), len(videos))


Reading: TypeAlias = list[tuple[Week, float]]


class Ledger:
    """The counts of all sources by week, and their decayed sums.

    >>> log, ledger = Log([(1, UNIT, 0.0), (2, UNIT, 60.0), (3, UNIT, 120.0)]), Ledger()
    >>> for position in range(3):
    ...     ledger.add(HERE, log, position)
    >>> ledger.weeks[HERE, 0].rows[2]
    {1: 64, 3: 64}
    """

    def __init__(self) -> None:
        self.weeks: dict[tuple[str, int], Week] = {}
        self.sources: list[str] = [HERE]

    def add(self, source: str, log: Log, position: int) -> None:
        """Count one play of a viewer of `source`."""
        self._week(source, week_of(log.times_s[position])).add(log, position)

    def subtract(self, source: str, log: Log, position: int) -> None:
        """Subtract one play, if its week is still stored."""
        key = source, week_of(log.times_s[position])
        if key in self.weeks:
            self.weeks[key].subtract(log, position)
            if not self.weeks[key].plays:
                self._drop_week(key)

    def drop(self, unwanted: Callable[[str, int], bool]) -> None:
        """Drop all weeks for which `unwanted(source, week)` is true."""
        for key in [key for key in self.weeks if unwanted(*key)]:
            self._drop_week(key)

    def drop_video(self, video: int) -> None:
        """Drop all counts of a video, including those of plays that are in no log any more."""
        for key, week in list(self.weeks.items()):
            week.drop(video)
            if not week.plays:
                self._drop_week(key)

    def plays(self, source: str, now_week: int, videos: int) -> Floats:
        """Return the decayed N of a source by video number, in viewers."""
        total = np.zeros(videos)
        for week, weight in self.read(source, now_week):
            keys = np.fromiter(week.plays.keys(), np.int64, len(week.plays))
            total[keys] += weight * np.fromiter(week.plays.values(), float, len(keys))
        return total

    def plays_of(self, source: str, video: int, now_week: int) -> float:
        """Return the decayed N of one video, exactly as `plays` does."""
        total = 0.0
        for week, weight in self.read(source, now_week):
            total += weight * week.plays.get(video, 0)
        return total

    def row(self, source: str, video: int, now_week: int) -> tuple[Ints, Floats]:
        """Return the videos watched together with one, and the decayed C, in viewers."""
        found = []
        for week, weight in self.read(source, now_week):
            row = week.rows.get(video)
            if row:
                keys = np.fromiter(row.keys(), np.int32, len(row))
                found.append((keys, weight * np.fromiter(row.values(), float, len(row))))
        if not found:
            return np.empty(0, np.int32), np.empty(0)
        if len(found) == 1:
            return found[0]
        return summed(found)

    def read(self, source: str, now_week: int) -> Reading:
        """Return the recent weeks of a source, and the weight of one count in each."""
        found = []
        for (said_by, epoch), week in self.weeks.items():
            weight = decay_weight(max(0, now_week - epoch))
            if said_by == source and weight >= MIN_WEIGHT:
                found.append((week, weight / UNIT))
        return found

    def digest(self, name: Callable[[int], str]) -> str:
        """Return the sha256 of all counts by video name; it does not depend on video numbers."""
        total = sha256()
        for (source, epoch), week in sorted(self.weeks.items(), key=itemgetter(0)):
            total.update(repr((source, epoch)).encode())
            names = {video: name(video) for video in week.plays.keys() | week.rows.keys()}
            for video in sorted(names, key=names.__getitem__):
                row = week.rows.get(video, {})
                known = sorted((name(other), count) for other, count in row.items())
                total.update(repr((names[video], week.plays.get(video, 0), known)).encode())
        return total.hexdigest()

    def _drop_week(self, key: tuple[str, int]) -> None:
        """Drop a week, and its source with its last one."""
        del self.weeks[key]
        source = key[0]
        if source != HERE and all(source != other for other, _ in self.weeks):
            self.sources.remove(source)

    def _week(self, source: str, epoch: int) -> Week:
        week = self.weeks.get((source, epoch))
        if week is None:
            week = self.weeks[source, epoch] = Week()
            if source not in self.sources:
                self.sources.append(source)
        return week
