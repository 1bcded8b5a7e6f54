"""Item-to-item neighbours: the videos most similar to each video, by who watched both.

    s_ij = C²/(C + β) / √(N_i·N_j),   C = C_ij, in viewers, decayed

is the cosine similarity of the two audiences, shrunk where counts are small. Counts are capped to
what can be true: C ≤ `PAIR_CAP` per source; C ≤ min(N_i, N_j); and a remote source cannot know
more viewers of a video than its public view counter.
"""

from typing import NamedTuple

import numpy as np

from .arrays import FIRST_ROOM, Floats, Ints, grown
from .catalogue import Catalogue
from .ledger import HERE, UNIT, Ledger, decay_weight, summed, week_of
from .log import Log

MAX_NEIGHBOURS = 50
# Shrinkage β, in viewers.
SHRINK = 2.0
# A pair counts for at most so many viewers per source.
PAIR_CAP = 200.0
# A list is computed again when its counts have grown by a tenth.
STALE_SHARE = 0.1


class NeighbourList(NamedTuple):
    """The neighbours of one video, most similar first.

    `viewers` watched both, `here` of them on this instance. `remote` is the number of the remote
    source that more than half of the count comes from, else 0.
    """

    videos: Ints
    similarity: Floats
    remote: Ints
    viewers: Floats
    here: Floats


class Neighbours:
    """A cache of neighbour lists: computed on demand, and again when they are stale."""

    def __init__(self, catalogue: Catalogue, ledger: Ledger) -> None:
        self._catalogue, self._ledger = catalogue, ledger
        self.week = 0
        self.clear()

    def clear(self) -> None:
        """Clear the cache, because counts were removed from the ledger."""
        self._lists: dict[int, NeighbourList] = {}
        self._plays: dict[str, Floats] = {}
        self._counts: Ints = np.zeros(FIRST_ROOM, np.int32)
        self._due: Ints = np.zeros(FIRST_ROOM, np.int32)

    def count_play(self, source: str, log: Log) -> None:
        """Count the newest play of a log, which the ledger has counted, towards staleness."""
        position = len(log) - 1
        video = log.videos[position]
        if source in self._plays:
            weight = decay_weight(self.week - week_of(log.times_s[position]))
            plays = self._plays[source] = grown(self._plays[source], video + 1)
            plays[video] += log.weights[position] * weight / UNIT
        met = np.array(log.co_watched(position)[0], np.int32)
        self._counts = grown(self._counts, len(self._catalogue))
        self._counts[met] += 1
        self._counts[video] += len(met)

    def read_as_of(self, week: int) -> None:
        """Read the ledger with decay as of `week`; an earlier week than before is ignored."""
        if week > self.week:
            self.clear()
            self.week = week

    def of(self, video: int) -> NeighbourList:
        """Return the neighbours of a video as of this week."""
        neighbours = self._lists.get(video)
        rows = len(self._catalogue)
        if len(self._due) < rows:
            self._due, self._counts = grown(self._due, rows), grown(self._counts, rows)
        if neighbours is None or self._counts[video] >= self._due[video]:
            neighbours = self._lists[video] = self._make(video)
            self._due[video] = 1 + int(self._counts[video] * (1 + STALE_SHARE))
        return neighbours

    def plays(self, source: str, videos: Ints) -> Floats:
        """Return the capped N of a source for each video, in viewers."""
        plays = self._plays.get(source)
        rows = len(self._catalogue)
        if plays is None:
            plays = self._ledger.plays(source, self.week, rows)
        plays = self._plays[source] = grown(plays, rows)
        own = plays[videos]
        return own if source == HERE else np.minimum(own, self._catalogue.views[videos])

    def co_watches(self, source: str, video: int) -> tuple[Ints, Floats]:
        """Return the videos watched together with one, and the capped C of a source, in viewers."""
        videos, together = self._ledger.row(source, video, self.week)
        most = np.minimum(self.plays(source, videos), self.plays(source, np.array([video])))
        return videos, np.minimum(together, np.minimum(most, PAIR_CAP))

    def _make(self, video: int) -> NeighbourList:
        videos, together, here, remote = self._merged(video)
        asked = np.append(videos, np.int32(video))
        plays = np.sum([self.plays(source, asked) for source in self._ledger.sources], axis=0)
        both = np.sqrt(np.maximum(plays[:-1] * plays[-1], 1e-9))
        similarity = together * together / (together + SHRINK) / both
        best = (
            np.argpartition(-similarity, MAX_NEIGHBOURS)[:MAX_NEIGHBOURS]
            if len(videos) > MAX_NEIGHBOURS
            else slice(None)
        )
        order = np.arange(len(videos))[best]
        order = order[np.lexsort((videos[order], -similarity[order]))]
        return NeighbourList(
            videos[order], similarity[order], remote[order], together[order], here[order]
        )

    def _merged(self, video: int) -> tuple[Ints, Floats, Floats, Ints]:
        """Return co-watched videos, their C of all sources, C here, and main remote source."""
        rows = [self.co_watches(source, video) for source in self._ledger.sources]
        if len(rows) == 1:
            ((videos, together),) = rows
            return videos, together, together, np.zeros(len(videos), np.int32)
        videos, total = summed(rows)
        by_source = np.zeros((len(rows), len(videos)))
        for row, (videos_of_source, together) in zip(by_source, rows, strict=True):
            row[np.searchsorted(videos, videos_of_source)] = together
        # Source number 0 is this instance.
        main = np.where(by_source.max(0) > total / 2, by_source.argmax(0), 0).astype(np.int32)
        return videos, total, by_source[0], main
