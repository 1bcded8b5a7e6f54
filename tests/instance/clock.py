"""The tests' clock: it stood at `NOW` when this process began, and ticks.

`MIRRORWISE_TEST_NOW` (ISO 8601, UTC) sets the instant, so that the suite can be run as if it were
the end of a month, a leap day or seconds before midnight. A test whose result depends on the day
runs at a stopped clock (`at_now`), which midnight does not reach.
"""

import os
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from instance.clock import Clock

VARIABLE = "MIRRORWISE_TEST_NOW"
NOW = datetime.fromisoformat(os.environ.get(VARIABLE) or "2026-03-15T12:00:00Z").astimezone(UTC)


class TickingClock(Clock):
    """Begins at an instant, and goes on from there as time passes."""

    def __init__(self, start: datetime) -> None:
        self._start_s = start.timestamp()
        self._began_s = monotonic()

    def now_s(self) -> float:
        """Return the time in seconds since 1970."""
        return self._start_s + monotonic() - self._began_s


class StoppedClock(Clock):
    """Always shows the same instant."""

    def __init__(self, at: datetime) -> None:
        self._at_s = at.timestamp()

    def now_s(self) -> float:
        """Return the time in seconds since 1970."""
        return self._at_s


CLOCK = TickingClock(NOW)
AT_NOW = StoppedClock(NOW)
# Gives a test the stopped clock, instead of the ticking one, as its fixture `clock`.
at_now = pytest.mark.parametrize("clock", [AT_NOW], ids=["at now"])


def day(offset: int = 0) -> str:
    """Return the day of `NOW`, or a day before or after."""
    return (NOW.date() + timedelta(days=offset)).isoformat()
