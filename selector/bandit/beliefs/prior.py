"""Variance inflation: priors that prove wrong are doubted, for all hosts not yet tried.

z is how far the first reading of a host lies from its prior, in the prior's own standard
deviations. F = max(1, (4 + Σz²) / (4 + n)), the mean of z² with four pseudo-counts of 1,
multiplies the variance of every prior that is still in use. A prior that is certain and wrong is
the worst case there is; this finds it out within a few segments.
"""

from typing import NamedTuple

HONEST_COUNT = 4.0
# One reading alone must not decide: the fleet's number for that host may be a typing error.
Z2_MAX = 25.0


class Doubt(NamedTuple):
    """Sum and number of z², and the factor that follows from them.

    >>> Doubt().factor
    1.0
    >>> Doubt().observe(z2=9.0).observe(z2=16.0).factor
    4.833333333333333
    """

    z2_sum: float = 0.0
    readings: float = 0.0

    @property
    def factor(self) -> float:
        """F, by which variances are multiplied; at least 1."""
        return max(1.0, (HONEST_COUNT + self.z2_sum) / (HONEST_COUNT + self.readings))

    def observe(self, z2: float) -> "Doubt":
        """Count the first reading of one host."""
        return Doubt(self.z2_sum + min(z2, Z2_MAX), self.readings + 1.0)


class Doubts(NamedTuple):
    """Doubts about the fleet's rates and, counted separately, about its TTFBs.

    Counted together, right TTFBs made wrong rates look right: QoE under a reversed prior was
    lower by .1 in simulation.
    """

    rate: Doubt = Doubt()
    ttfb: Doubt = Doubt()
