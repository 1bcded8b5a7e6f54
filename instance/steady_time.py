"""The time that deletion goes by: a wall clock is believed when it has been steady for a day.

A clock that jumps ahead, even for seconds, would make everything look older than its retention.
So nothing is deleted by one reading. A clock is steady while it goes on as the monotonic clock
does. After a jump, or at a start far from the last time that was trusted (which is stored), it is
believed once it has been steady for `HOLD_S`; until then retention waits, which loses nothing.
"""

import logging
from collections.abc import Callable
from time import monotonic

from .clock import DAY_S, Clock
from .journal import Journal

HOLD_S = DAY_S
# How far a wall clock may drift from the monotonic one, or be set right, between two readings.
TOLERANCE_S = 3600.0
# A service that was off for longer waits for a day before it deletes anything.
LONGEST_OFF_S = 7 * DAY_S
STORE_S = 3600.0

log = logging.getLogger("mirrorwise")


class SteadyTime:
    """Says whether the wall clock may be believed, and stores the last time that was."""

    def __init__(
        self, journal: Journal, clock: Clock, monotonic_s: Callable[[], float] = monotonic
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._monotonic_s = monotonic_s
        # Wall clock less monotonic clock: constant while the wall clock is steady.
        self._trusted_offset_s: float | None = None
        self._candidate: tuple[float, float] | None = None
        self._stored_s = -STORE_S

    async def now_s(self) -> float | None:
        """Return the time in seconds since 1970; None while the clock cannot be believed.

        May raise `Unavailable`.
        """
        wall_s, elapsed_s = self._clock.now_s(), self._monotonic_s()
        if not await self._is_trusted(wall_s, elapsed_s):
            return None
        if elapsed_s - self._stored_s >= STORE_S:
            await self._journal.set_time_mark(wall_s)
            self._stored_s = elapsed_s
        return wall_s

    async def _is_trusted(self, wall_s: float, elapsed_s: float) -> bool:
        offset_s = wall_s - elapsed_s
        if self._trusted_offset_s is None and await self._follows_mark(wall_s):
            self._trusted_offset_s = offset_s
        if self._trusted_offset_s is not None and _near(offset_s, self._trusted_offset_s):
            self._trusted_offset_s, self._candidate = offset_s, None
            return True
        if self._candidate is None or not _near(offset_s, self._candidate[0]):
            self._candidate = offset_s, elapsed_s
            log.warning(
                "the clock says %s, which does not follow from what it said before; nothing is "
                "deleted by age until it has been steady for a day",
                self._clock.now().isoformat(timespec="minutes"),
            )
        if elapsed_s - self._candidate[1] < HOLD_S:
            return False
        self._trusted_offset_s, self._candidate = offset_s, None
        return True

    async def _follows_mark(self, wall_s: float) -> bool:
        """Say whether a reading at the start is near the last time that was trusted."""
        mark_s = await self._journal.time_mark()
        return mark_s is None or follows(wall_s, mark_s)


def follows(wall_s: float, mark_s: float) -> bool:
    """Say whether a reading is near enough to the last trusted time to be believed at once.

    >>> follows(1_000_000.0, 999_000.0), follows(9_000_000.0, 999_000.0), follows(0.0, 999_000.0)
    (True, False, False)
    """
    return -TOLERANCE_S <= wall_s - mark_s <= LONGEST_OFF_S


def _near(one_s: float, other_s: float) -> bool:
    return abs(one_s - other_s) <= TOLERANCE_S
