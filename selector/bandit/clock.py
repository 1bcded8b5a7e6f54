"""Engine time: a monotonic clock made of wall-clock times.

Beliefs need ages, and a wall clock that is set back would make them negative until it has caught
up. Engine time never runs backwards; when the wall clock is set back it stands still once.
"""

from math import isfinite

# Messages of two fetches may arrive in the wrong order.
REORDER_S = 30.0
# The year 2286; later times are rejected.
LATEST_S = 1e10


def is_time(now_s: float) -> bool:
    """Say whether `now_s` can be seconds since 1970."""
    return isfinite(now_s) and 0.0 <= now_s <= LATEST_S


class Clock:
    """Engine time in s: the sum of the wall clock's steps forward.

    >>> clock = Clock()
    >>> for now_s in (1000.0, 1004.0, 1003.0, 10.0, 12.0):
    ...     clock.advance(now_s)
    >>> clock.time_s
    6.0
    """

    __slots__ = ("time_s", "wall_s")

    def __init__(self, wall_s: float | None = None, time_s: float = 0.0) -> None:
        self.wall_s = wall_s
        self.time_s = time_s

    def time_at(self, now_s: float) -> float:
        """Return the engine time at `now_s` without moving the clock."""
        return self.time_s + max(0.0, now_s - self.wall_s) if self.wall_s is not None else 0.0

    def advance(self, now_s: float) -> None:
        """Move on to `now_s`; raise ValueError if it is not a time."""
        if not is_time(now_s):
            raise ValueError("now_s must be a time in seconds since 1970")
        self.time_s = self.time_at(now_s)
        if self.wall_s is None or now_s > self.wall_s or self.set_back_s(now_s):
            self.wall_s = now_s

    def set_back_s(self, now_s: float) -> float:
        """Return by how much the wall clock was set back at `now_s`; 0 if it was not."""
        if self.wall_s is None or now_s >= self.wall_s - REORDER_S:
            return 0.0
        return self.wall_s - now_s
