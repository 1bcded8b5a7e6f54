"""Item-to-item neighbours: the videos most similar to each video, by who watched both.

    s_ij = C²/(C + β) / √(N_i·N_j),   C = C_ij, in viewers, decayed

is the cosine similarity of the two audiences, shrunk where counts are small. Counts are capped to
what can be true: C ≤ `PAIR_CAP` per source; C ≤ min(N_i, N_j); and a remote source cannot know
more viewers of a video than its public view counter.

All is read from the ledger as it is now. What is cached are rows of the ledger as arrays, each
dropped when one of its counts changes: so an answer never depends on what was asked before.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .arrays import Floats, Ints, added_up, grown
from .catalogue import Catalogue
from .disclosure import coarse
from .ledger import HERE, UNIT, Ledger, Week
from .log import Log

MAX_NEIGHBOURS = 50
# Shrinkage β, in viewers.
SHRINK = 2.0
# A pair counts for at most so many viewers per source.
PAIR_CAP = 200.0
# Rows that are cached at most: 100 kB for a hundred of them.
MOST_ROWS = 4_096
Hidden: TypeAlias = dict[str, Week] | None


class CoWatches(NamedTuple):
    """Who watched other videos together with some videos: a row per pair of videos.

    `of` is the place of the one in the videos that were asked for, `videos` the other. `viewers`
    watched both, `here` of them on this instance. `remote` is the number of the remote source that
    more than half of the count comes from, else 0.
    """

    of: Ints
    videos: Ints
    similarity: Floats
    remote: Ints
    viewers: Floats
    here: Floats

    def rows(self, order: NDArray[np.intp]) -> "CoWatches":
        """Return some rows."""
        return CoWatches(
            self.of[order],
            self.videos[order],
            self.similarity[order],
            self.remote[order],
            self.viewers[order],
            self.here[order],
        )


class Neighbours:
    """Reads similarities from the ledger, with decay as of `week`."""

    def __init__(self, catalogue: Catalogue, ledger: Ledger) -> None:
        self._catalogue, self._ledger = catalogue, ledger
        self.week = 0
        self.clear()

    def clear(self) -> None:
        """Clear the caches, because counts were removed from the ledger."""
        self._rows: dict[tuple[str, int], tuple[Ints, Floats]] = {}
        self._plays: dict[str, Floats] = {}

    def read_as_of(self, week: int) -> None:
        """Read the ledger with decay as of `week`."""
        if week != self.week:
            self.week = week
            self.clear()

    def count_play(self, source: str, log: Log) -> None:
        """Drop what the newest play of a log, which the ledger has counted, has changed."""
        position = len(log) - 1
        video = log.videos[position]
        for changed in (video, *log.co_watched(position)[0]):
            self._rows.pop((source, changed), None)
        if source in self._plays:
            plays = self._plays[source] = grown(self._plays[source], video + 1)
            plays[video] = self._ledger.plays_of(source, video, self.week)

    def of(self, video: int, hidden: Hidden = None) -> CoWatches:
        """Return the most similar videos to one, most similar first."""
        found = self.co_watches(np.array([video], np.int32), hidden)
        return found.rows(np.lexsort((found.videos, -found.similarity))[:MAX_NEIGHBOURS])

    def co_watches(self, videos: Ints, hidden: Hidden = None) -> CoWatches:
        """Return all that was watched together with some videos.

        For an answer to everybody, `hidden` are the counts by source that are not public yet: then
        all counts are without these, and coarse.
        """
        own = [self._capped(source, videos, hidden) for source in self._ledger.sources]
        of, others, viewers, here, remote = own[0] if len(own) == 1 else self._merged(own)
        asked, together = self._total_plays(videos, hidden), self._total_plays(others, hidden)
        if hidden is not None:
            viewers, here, asked, together = map(coarse, (viewers, here, asked, together))
            told = viewers > 0.0
            of, others, remote, together = of[told], others[told], remote[told], together[told]
            viewers, here = viewers[told], here[told]
        both = np.sqrt(np.maximum(asked[of] * together, 1e-9))
        similarity = viewers * viewers / (viewers + SHRINK) / both
        return CoWatches(of, others, similarity, remote, viewers, here)

    def plays(self, source: str, videos: Ints) -> Floats:
        """Return the capped N of a source for each video, in viewers."""
        plays = self._plays.get(source)
        rows = len(self._catalogue)
        if plays is None:
            plays = self._ledger.plays(source, self.week, rows)
        plays = self._plays[source] = grown(plays, rows)
        own = plays[videos]
        return own if source == HERE else np.minimum(own, self._catalogue.views[videos])

    def together(self, source: str, video: int) -> tuple[Ints, Floats]:
        """Return the videos watched together with one, and the capped C of a source, in viewers."""
        _, others, viewers, _, _ = self._capped(source, np.array([video], np.int32))
        return others, viewers

    def _total_plays(self, videos: Ints, hidden: Hidden) -> Floats:
        total: Floats = np.sum([self.plays(each, videos) for each in self._ledger.sources], axis=0)
        for week in (hidden or {}).values():
            total -= np.array([week.plays.get(video, 0) / UNIT for video in videos.tolist()])
        return total

    def _capped(self, source: str, videos: Ints, hidden: Hidden = None) -> "_Pairs":
        """Return one source's pairs, with C capped to what can be true."""
        rows = [self._row(source, video) for video in videos.tolist()]
        if hidden and source in hidden:
            rows = [
                _less(row, hidden[source].rows.get(video))
                for row, video in zip(rows, videos.tolist(), strict=True)
            ]
        of = np.repeat(np.arange(len(rows), dtype=np.int32), [len(others) for others, _ in rows])
        others = np.concatenate([np.empty(0, np.int32), *(others for others, _ in rows)])
        together = np.concatenate([np.empty(0), *(counts for _, counts in rows)])
        most = np.minimum(self.plays(source, others), self.plays(source, videos)[of])
        viewers = np.minimum(together, np.minimum(most, PAIR_CAP))
        return _Pairs(of, others, viewers, viewers, np.zeros(len(of), np.int32))

    def _row(self, source: str, video: int) -> tuple[Ints, Floats]:
        row = self._rows.get((source, video))
        if row is None:
            if len(self._rows) >= MOST_ROWS:
                self._rows.clear()
            row = self._rows[source, video] = self._ledger.row(source, video, self.week)
        return row

    def _merged(self, by_source: list["_Pairs"]) -> "_Pairs":
        """Return the pairs of all sources, with C added up, and the main remote source of each."""
        width = len(self._catalogue)
        keys = [pairs.of.astype(np.int64) * width + pairs.videos for pairs in by_source]
        every, place = np.unique(np.concatenate(keys), return_inverse=True)
        total = added_up(place, np.concatenate([each.viewers for each in by_source]), len(every))
        main, here = np.zeros(len(every), np.int32), np.zeros(len(every))
        for number, (key, pairs) in enumerate(zip(keys, by_source, strict=True)):
            at = np.searchsorted(every, key)
            if number:  # source number 0 is this instance
                main[at[pairs.viewers > total[at] / 2]] = number
            else:
                here[at] = pairs.viewers
        of, videos = (part.astype(np.int32) for part in np.divmod(every, width))
        return _Pairs(of, videos, total, here, main)


def _less(row: tuple[Ints, Floats], hidden: dict[int, int] | None) -> tuple[Ints, Floats]:
    """Return a row without the counts that are hidden."""
    if not hidden:
        return row
    others, counts = row
    return others, counts - np.array([hidden.get(each, 0) / UNIT for each in others.tolist()])


class _Pairs(NamedTuple):
    """Pairs of videos with their C; the columns are those of `CoWatches`."""

    of: Ints
    videos: Ints
    viewers: Floats
    here: Floats
    remote: Ints
