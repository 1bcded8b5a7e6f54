"""The log: one viewer's watch history, in the order in which the model learned it."""

from array import array
from collections.abc import Sequence

import numpy as np

from .arrays import Ints

# The co-watch window: a play is counted together with at most so many earlier ones of the same
# viewer, and none that is older than this.
WINDOW_PLAYS = 20
WINDOW_S = 14 * 86_400.0


DAY_S = 86_400.0


def is_day(at_s: float) -> bool:
    """Say whether a time is only known to be on the day that begins then.

    >>> is_day(20_000 * DAY_S), is_day(20_000 * DAY_S + 1.0)
    (True, False)
    """
    return at_s % DAY_S == 0.0


class Log:
    """One viewer's plays: video number, weight in 1/64, time in s. Each video occurs once.

    `expired` is the number of plays that retention has deleted.

    >>> log = Log()
    >>> for video, at_s in ((7, 0.0), (8, 60.0), (9, 9e6)):
    ...     log.append(video, 64, at_s)
    >>> list(log.co_watched(1)[0]), list(log.co_watched(2)[0])
    ([7], [])
    """

    __slots__ = ("expired", "seen", "times_s", "videos", "weights")

    def __init__(self, plays: Sequence[tuple[int, int, float]] = (), expired: int = 0) -> None:
        self.videos = array("i")
        self.weights = array("i")
        self.times_s = array("d")
        self.seen: set[int] = set()
        self.expired = expired
        for play in plays:
            self.append(*play)

    def __len__(self) -> int:
        return len(self.videos)

    def append(self, video: int, weight: int, at_s: float) -> None:
        """Add a play."""
        self.videos.append(video)
        self.weights.append(weight)
        self.times_s.append(at_s)
        self.seen.add(video)

    def pop(self, position: int) -> None:
        """Remove a play."""
        self.seen.discard(self.videos.pop(position))
        self.weights.pop(position)
        self.times_s.pop(position)

    def co_watched(self, position: int) -> tuple["array[int]", "array[int]"]:
        """Return videos and weights of the plays in the window before the play at `position`."""
        first, times_s = max(0, position - WINDOW_PLAYS), self.times_s
        oldest_s = times_s[position] - WINDOW_S
        while times_s[first] < oldest_s:
            first += 1
        return self.videos[first:position], self.weights[first:position]

    def newest(self, count: int) -> tuple[Ints, Ints]:
        """Return videos and weights of the last plays, newest first."""
        videos, weights = self.videos[-count:], self.weights[-count:]
        return np.array(videos[::-1], np.int32), np.array(weights[::-1], np.int32)
