"""Retention and wrong clocks: nothing is deleted on the word of one reading."""

import pytest

from instance.clock import DAY_S, Clock
from instance.journal import Journal, batch
from instance.steady_time import HOLD_S, SteadyTime
from tests.instance.clock import NOW
from tests.instance.journal.backends import Backend

NOW_S = NOW.timestamp()


class Time(Clock):
    """A machine's two clocks: the monotonic one, and a wall clock that may be set wrong."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0
        self.wrong_s = 0.0

    def now_s(self) -> float:
        """Return what the wall clock says."""
        return NOW_S + self.elapsed_s + self.wrong_s

    def steady(self, journal: Journal) -> SteadyTime:
        """Return the time by which a service deletes that starts now."""
        return SteadyTime(journal, self, lambda: self.elapsed_s)

    def restarted(self) -> None:
        """Restart the machine: the monotonic clock begins anew."""
        self.wrong_s += self.elapsed_s
        self.elapsed_s = 0.0


@pytest.mark.parametrize("days", [-400, -1, 1, 100, 4000])
async def test_a_clock_that_jumps_for_some_seconds_deletes_nothing(journal: Journal, days: int):
    time = Time()
    steady = time.steady(journal)
    assert await steady.now_s() == NOW_S
    time.elapsed_s, time.wrong_s = 3600.0, days * DAY_S
    for _ in range(45):
        time.elapsed_s += 1.0
        assert await steady.now_s() is None
    time.wrong_s = 0.0
    assert await steady.now_s() == time.now_s(), "it is believed again at once"


async def test_a_new_time_is_believed_after_a_day_without_a_jump(
    journal: Journal, caplog: pytest.LogCaptureFixture
):
    time = Time()
    steady = time.steady(journal)
    await steady.now_s()
    time.wrong_s = 100 * DAY_S
    for _ in range(23):
        assert await steady.now_s() is None
        time.elapsed_s += 3600.0
    time.wrong_s = 50 * DAY_S
    assert await steady.now_s() is None, "the day begins anew"
    time.elapsed_s += HOLD_S / 2
    assert await steady.now_s() is None
    time.elapsed_s += HOLD_S / 2
    assert await steady.now_s() == time.now_s()
    assert len(caplog.records) == 2, "each jump is said once"


@pytest.mark.parametrize(("days", "believed"), [(0, True), (6, True), (100, False), (-3, False)])
async def test_after_a_restart_the_clock_must_follow_the_last_time_that_was_trusted(
    backend: Backend, days: int, believed: bool
):
    time = Time()
    journal = await backend.open()
    assert await time.steady(journal).now_s() == NOW_S
    time.restarted()
    time.wrong_s += days * DAY_S
    # What is accepted meanwhile bears the wrong time, and proves nothing.
    await journal.append([batch("one", [{"a": 1}], time.now_s())])
    steady = time.steady(await backend.open())
    assert (await steady.now_s() is not None) == believed
    time.elapsed_s = HOLD_S
    assert await steady.now_s() == time.now_s()


async def test_an_older_database_is_believed_as_far_as_its_newest_entry(journal: Journal):
    time = Time()
    await journal.append([batch("one", [{"a": 1}], NOW_S - 200 * DAY_S)])
    assert await time.steady(journal).now_s() is None


async def test_a_small_correction_is_no_jump(journal: Journal):
    time = Time()
    steady = time.steady(journal)
    for _ in range(50):
        time.elapsed_s += 3600.0
        time.wrong_s -= 20.0
        assert await steady.now_s() == time.now_s()
