"""How far the fleet's word can be trusted, learned at each first visit to a host.

The surprises z of first readings, in the prior's own standard deviations, say whether its
variances are honest: F = max(1, (4 + Σz²) / (4 + n)), the mean of z² under four
pseudo-counts of honesty, multiplies the variance of every host not yet tried. A prior that
is sure and wrong is the worst case there is; this unmasks it in a few segments.
"""

from typing import NamedTuple

HONEST_COUNT = 4.0
# One reading alone (a typing error in the fleet's numbers, say) must not decide.
Z2_MAX = 25.0


class Doubt(NamedTuple):
    """Sum and number of squared surprises.

    >>> Doubt().factor
    1.0
    >>> Doubt().seen(z2=9.0).seen(z2=16.0).factor
    4.833333333333333
    """

    z2_sum: float = 0.0
    readings: float = 0.0

    @property
    def factor(self) -> float:
        """F, at least 1."""
        return max(1.0, (HONEST_COUNT + self.z2_sum) / (HONEST_COUNT + self.readings))

    def seen(self, z2: float) -> "Doubt":
        """Count one first reading."""
        return Doubt(self.z2_sum + min(z2, Z2_MAX), self.readings + 1.0)


class Doubts(NamedTuple):
    """Doubts about what the fleet says of rates and, apart, of TTFBs.

    In simulation, honest TTFBs lent credit to wrong rates when both were counted together:
    QoE under a reversed prior was lower by .1.
    """

    rate: Doubt = Doubt()
    ttfb: Doubt = Doubt()
