"""The most that this viewer's access link carries, whatever the hosts could give.

Nothing is known of it until it is met, so it starts at twice the best host's rate. A split
whose parts together bring more raises it; one whose parts together bring less than their hosts
were expected to give lowers it, and over a minute or two it becomes optimistic again.
"""

from math import exp, log
from typing import NamedTuple

OPTIMISM = 9.0
OPTIMISM_TAU_S = 90.0
# Of what the hosts were believed to give: less than this was the link's doing.
SHORT = 0.85
GAIN = 0.5


class Ceiling(NamedTuple):
    """The highest rate met of late, in ln(Mbit/s), and when; None before any split."""

    ln: float | None = None
    at_s: float = 0.0

    def mbps(self, best_mbps: float, time_s: float) -> float:
        """Return the rate to expect of all parts together, at least the best host's alone."""
        hope = log(best_mbps) + OPTIMISM
        if self.ln is None:
            return exp(hope)
        fade = exp(-max(0.0, time_s - self.at_s) / OPTIMISM_TAU_S)
        return max(best_mbps, exp(fade * self.ln + (1.0 - fade) * max(hope, self.ln)))

    def met(self, mbps: float, expected_mbps: float, best_mbps: float, time_s: float) -> "Ceiling":
        """Learn that parts expected to bring `expected_mbps` together brought `mbps`."""
        before = log(self.mbps(best_mbps, time_s))
        if log(mbps) >= before:
            return Ceiling(log(mbps), time_s)
        if mbps < SHORT * min(expected_mbps, exp(before)):
            return Ceiling(before + GAIN * (log(mbps) - before), time_s)
        return self
