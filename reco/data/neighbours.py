"""The videos most alike each video, by who watched both.

    s_ij = C²/(C + β) / √(N_i·N_j),   C = C_ij, in viewers, faded

is the cosine of the two audiences, shrunk where few say so. The ledger is believed only as
far as it can be true: C ≤ `PAIR_CAP` per source; C ≤ min(N_i, N_j); and a remote source
cannot know more viewers of a video than its public view counter.
"""

from typing import NamedTuple

import numpy as np

from .arrays import FIRST_ROOM, Floats, Ints, grown
from .catalogue import Catalogue
from .ledger import HERE, UNIT, Ledger, faded, summed, week_of
from .log import Log

MOST = 50
# Two viewers' worth of doubt.
SHRINK = 2.0
# No pair counts for more than so many viewers per source, however many say so.
PAIR_CAP = 200.0
# A list is made anew when a tenth of its counts came after it was made.
STALE_SHARE = 0.1


class Near(NamedTuple):
    """The neighbours of one video, most alike first.

    `viewers` watched both, `here` of them here. `remote` is the number of the remote source
    that says more than half of it, else 0.
    """

    videos: Ints
    similarity: Floats
    remote: Ints
    viewers: Floats
    here: Floats


class Neighbours:
    """Lists of neighbours, made when they are asked for and kept until they are stale."""

    def __init__(self, catalogue: Catalogue, ledger: Ledger) -> None:
        self._catalogue, self._ledger = catalogue, ledger
        self.week = 0
        self.forget()

    def forget(self) -> None:
        """Drop everything that was read from the ledger, because it lost counts."""
        self._near: dict[int, Near] = {}
        self._plays: dict[str, Floats] = {}
        self._counts: Ints = np.zeros(FIRST_ROOM, np.int32)
        self._due: Ints = np.zeros(FIRST_ROOM, np.int32)

    def added(self, source: str, log: Log) -> None:
        """Note that the ledger has counted the newest play of a log."""
        position = len(log) - 1
        video = log.videos[position]
        if source in self._plays:
            weight = faded(self.week - week_of(log.times_s[position]))
            plays = self._plays[source] = grown(self._plays[source], video + 1)
            plays[video] += log.weights[position] * weight / UNIT
        met = np.array(log.met_by(position)[0], np.int32)
        self._counts = grown(self._counts, len(self._catalogue))
        self._counts[met] += 1
        self._counts[video] += len(met)

    def turn(self, week: int) -> None:
        """Read the ledger as in `week` from now on, unless it was read in a later one."""
        if week > self.week:
            self.forget()
            self.week = week

    def of(self, video: int) -> Near:
        """Return the neighbours of a video as seen this week."""
        near = self._near.get(video)
        rows = len(self._catalogue)
        if len(self._due) < rows:
            self._due, self._counts = grown(self._due, rows), grown(self._counts, rows)
        if near is None or self._counts[video] >= self._due[video]:
            near = self._near[video] = self._make(video)
            self._due[video] = 1 + int(self._counts[video] * (1 + STALE_SHARE))
        return near

    def plays(self, source: str, videos: Ints) -> Floats:
        """Return how many viewers a source may claim for each video."""
        plays = self._plays.get(source)
        rows = len(self._catalogue)
        if plays is None:
            plays = self._ledger.plays(source, self.week, rows)
        plays = self._plays[source] = grown(plays, rows)
        own = plays[videos]
        return own if source == HERE else np.minimum(own, self._catalogue.views[videos])

    def together(self, source: str, video: int) -> tuple[Ints, Floats]:
        """Return the videos watched together with one, and by how many viewers of a source."""
        videos, together = self._ledger.row(source, video, self.week)
        most = np.minimum(self.plays(source, videos), self.plays(source, np.array([video])))
        return videos, np.minimum(together, np.minimum(most, PAIR_CAP))

    def _make(self, video: int) -> Near:
        videos, together, here, remote = self._joined(video)
        asked = np.append(videos, np.int32(video))
        plays = np.sum([self.plays(source, asked) for source in self._ledger.sources], axis=0)
        both = np.sqrt(np.maximum(plays[:-1] * plays[-1], 1e-9))
        similarity = together * together / (together + SHRINK) / both
        best = np.argpartition(-similarity, MOST)[:MOST] if len(videos) > MOST else slice(None)
        order = np.arange(len(videos))[best]
        order = order[np.lexsort((videos[order], -similarity[order]))]
        return Near(videos[order], similarity[order], remote[order], together[order], here[order])

    def _joined(self, video: int) -> tuple[Ints, Floats, Floats, Ints]:
        """Return what all sources say of a video, what is said here, and who says most of it."""
        rows = [self.together(source, video) for source in self._ledger.sources]
        if len(rows) == 1:
            ((videos, together),) = rows
            return videos, together, together, np.zeros(len(videos), np.int32)
        videos, total = summed(rows)
        said = np.zeros((len(rows), len(videos)))
        for by_source, (said_of, together) in zip(said, rows, strict=True):
            by_source[np.searchsorted(videos, said_of)] = together
        # Number 0 is here, which is no remote source.
        most = np.where(said.max(0) > total / 2, said.argmax(0), 0).astype(np.int32)
        return videos, total, said[0], most
