"""What may be told to everybody: counts of at least k people, in steps, folded in batches.

Exact counts that change with every play tell who asks before and after it what one person
watched. So whoever shows no viewer's token is answered from counts of at least `LEAST_PEOPLE`,
rounded down to steps, that a play enters only together with those of other people. That is
k-anonymity, not differential privacy: it keeps single people out, and promises no more.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from .arrays import Floats
from .ledger import Week
from .log import Log

LEAST_PEOPLE = 3.0
# Each step is half as high again as the one before: 3, 4.5, 6.75 …
STEP = 1.5
# So many different viewers' plays are folded together into what is public.
BATCH = 3


def coarse(people: Floats) -> Floats:
    """Round numbers of people down to a step; fewer than `LEAST_PEOPLE` are nobody.

    >>> coarse(np.array([2.9, 3.0, 4.4, 4.5, 100.0])).round(2).tolist()
    [0.0, 3.0, 3.0, 4.5, 76.89]
    """
    steps = np.floor(np.log(np.maximum(people, 1e-9) / LEAST_PEOPLE) / np.log(STEP) + 1e-9)
    return np.where(people < LEAST_PEOPLE, 0.0, LEAST_PEOPLE * STEP**steps)


class Play(NamedTuple):
    """A play that is not public yet."""

    source: str
    viewer: str
    video: int
    at_s: float


class Pending:
    """The plays that are not public yet, and their counts."""

    def __init__(self) -> None:
        self.plays: list[Play] = []
        self._counts: dict[str, Week] | None = None

    def add(self, play: Play) -> None:
        """Add a play."""
        self.plays.append(play)
        self._counts = None

    def batch(self) -> list[Play]:
        """Return all plays, which are public from now on; none until there are enough viewers."""
        if len({(play.source, play.viewer) for play in self.plays}) < BATCH:
            return []
        plays, self.plays, self._counts = self.plays, [], None
        return plays

    def keep(self, logs: Mapping[tuple[str, str], Log]) -> None:
        """Drop the plays that are in no log any more."""
        self._counts = None
        self.plays = [
            play
            for play in self.plays
            if (log := logs.get((play.source, play.viewer))) and play.video in log.seen
        ]

    def counts(self, logs: Mapping[tuple[str, str], Log]) -> dict[str, Week]:
        """Return by source what the ledger holds of these plays."""
        if self._counts is None:
            counts: dict[str, Week] = {}
            for source, viewer, video, _ in self.plays:
                log = logs[source, viewer]
                counts.setdefault(source, Week()).add(log, log.videos.index(video))
            self._counts = counts
        return self._counts
