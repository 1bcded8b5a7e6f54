"""The wall clock, in UTC: the only place where the service reads the date and the time of day.

Parts that need the time are handed a clock, so that a test can hand them another. Durations are
measured with `time.monotonic` instead, which no correction of the clock moves.
"""

from datetime import UTC, date, datetime
from time import time

DAY_S = 86_400.0


class Clock:
    """The machine's clock. A subclass that overrides `now_s` is another clock.

    >>> class Stopped(Clock):
    ...     def now_s(self) -> float:
    ...         return 1_773_576_000.0
    >>> Stopped().today(), Stopped().now().isoformat()
    (datetime.date(2026, 3, 15), '2026-03-15T12:00:00+00:00')
    """

    def now_s(self) -> float:
        """Return the time in seconds since 1970."""
        return time()

    def now(self) -> datetime:
        """Return the date and time in UTC."""
        return datetime.fromtimestamp(self.now_s(), UTC)

    def today(self) -> date:
        """Return the day in UTC."""
        return self.now().date()


WALL_CLOCK = Clock()
