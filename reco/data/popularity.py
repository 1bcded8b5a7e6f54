"""Popularity: counts per video with exponential decay."""

from math import exp, log

import numpy as np

from .arrays import FIRST_ROOM, Floats, Ints, grown

# Beyond this exponent the counts are rescaled, long before they could overflow.
MAX_EXPONENT = 50.0
MINUTE_S = 60.0


class DecayedCounter:
    """level(t) = Σ count · 2^(−(t − t_count) / half-life), by video number.

    Counts are stored relative to `at_s`, so that decay costs nothing. Levels are computed for the
    beginning of the minute, so that the logarithms of all videos can be cached for a minute.

    >>> plays = DecayedCounter(half_life_s=60.0)
    >>> plays.add(0, 1.0, at_s=0.0)
    >>> plays.add(0, 1.0, at_s=60.0)
    >>> round(float(plays.levels(120.0, np.array([0]))[0]), 6)
    0.75
    """

    def __init__(self, half_life_s: float) -> None:
        self.tau_s = half_life_s / log(2.0)
        self.at_s = 0.0
        self.counts: Floats = np.zeros(FIRST_ROOM)
        self._logs: tuple[float, Floats] = (0.0, np.empty(0))
        self._ranked: tuple[float, int, float] = (0.0, 0, 0.0)

    def add(self, number: int, count: float, at_s: float) -> None:
        """Add `count` events of a video at `at_s`."""
        if at_s - self.at_s > MAX_EXPONENT * self.tau_s:
            self.counts *= self._weight(at_s)
            self.at_s, self._logs = at_s, (0.0, np.empty(0))
        self.counts = grown(self.counts, number + 1)
        self.counts[number] += count * exp((at_s - self.at_s) / self.tau_s)
        self._changed(number)

    def clear(self, number: int) -> None:
        """Set the count of a video to 0."""
        if number < len(self.counts):
            self.counts[number] = 0.0
            self._changed(number)

    def levels(self, now_s: float, numbers: Ints | slice) -> Floats:
        """Return the levels of some videos at `now_s`; a slice must end at the number of videos."""
        rows = numbers.stop if isinstance(numbers, slice) else 1 + int(numbers.max(initial=0))
        self.counts = grown(self.counts, rows)
        return self.counts[numbers] * self._weight(now_s)

    def logs(self, now_s: float, numbers: Ints | slice) -> Floats:
        """Return ln(1 + level) of some videos; a slice must be all videos."""
        if not isinstance(numbers, slice):
            return np.log(1.0 + self.levels(now_s, numbers))
        minute_s, logs = self._logs
        if minute_s != _minute(now_s) or len(logs) < numbers.stop:
            logs = np.log(1.0 + self.levels(now_s, numbers))
            self._logs = _minute(now_s), logs
        return logs[numbers]

    def log_of_rank(self, now_s: float, rank: int) -> float:
        """Return ln(1 + level) of the video with the rank-th highest level; 0 if there is none."""
        at_s, cached, log_level = self._ranked
        if (at_s, cached) != (_minute(now_s), rank):
            highest = np.partition(self.counts, -rank)[-rank] if rank <= len(self.counts) else 0.0
            log_level = log(1.0 + float(highest) * self._weight(now_s))
            self._ranked = _minute(now_s), rank, log_level
        return log_level

    def _changed(self, number: int) -> None:
        self._ranked = (0.0, 0, 0.0)
        now_s, logs = self._logs
        if number < len(logs):
            logs[number] = log(1.0 + self.counts[number] * self._weight(now_s))

    def _weight(self, now_s: float) -> float:
        return exp(max(-700.0, min((self.at_s - _minute(now_s)) / self.tau_s, 0.0)))


def _minute(at_s: float) -> float:
    return at_s // MINUTE_S * MINUTE_S
