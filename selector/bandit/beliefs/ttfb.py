"""The belief about a host's TTFB, as ln(s) on an open connection: a robust Kalman filter.

One fetch reads ln TTFB = base + rise + ε, ε ~ N(0, .35²):

- `base` is a random walk, sd .02 in a minute;
- `rise` is temporary queueing (Ornstein–Uhlenbeck around 0, sd .25, τ 60 s).

An innovation beyond √7 standard deviations is mostly queueing: 25 % of the part beyond are taken
as noise, and 75 % are split by variance, at least 15 % to the base. No gain depends on the
reading, and the base always gets its share, which the rise would otherwise take away again as
it decays. So a later first byte can only raise the belief, now and ever after. The constants
were tuned in simulation over Seattle and PlanetLab round trips.
"""

from math import erfc, exp, log, sqrt
from typing import NamedTuple

from ..messages import HostPrior
from .decay import decay_factor, decay_variance

NOISE_VAR = 0.35**2
WALK_VAR_PER_S = 0.02**2 / 60.0
RISE_VAR, RISE_TAU_S = 0.25**2, 60.0
OUTLIER_SD = sqrt(7.0)
EXCESS, BASE_EXCESS_MIN = 0.75, 0.15
LN_MIN, LN_MAX = log(0.001), log(60.0)

# On a new connection DNS, TCP and TLS come first: the TTFB was measured to be 2.4 times as long.
COLD_FACTOR = 2.4
# PeerTube's nginx closes connections idle for 10 s (keepalive_timeout).
KEEP_ALIVE_S = 10.0


def ln_ttfb(ttfb_s: float, cold: bool) -> float:
    """Return ln(TTFB in s) as it would have been on an open connection.

    >>> round(exp(ln_ttfb(0.24, cold=True)), 3)
    0.1
    """
    ln = log(max(ttfb_s, 0.001)) - (log(COLD_FACTOR) if cold else 0.0)
    return min(max(ln, LN_MIN), LN_MAX)


class TtfbBelief(NamedTuple):
    """Means and variances of ln TTFB at engine time `at_s`."""

    base: float
    base_var: float
    rise: float
    rise_var: float
    at_s: float

    @classmethod
    def from_prior(cls, prior: HostPrior) -> "TtfbBelief":
        """Return the belief that the fleet's prior amounts to."""
        return cls(log(prior.ttfb_s), prior.ttfb_sd**2, 0.0, RISE_VAR, 0.0)

    def doubted(self, doubt: float, time_s: float) -> "TtfbBelief":
        """Return this prior at `time_s`, its variance multiplied by `doubt`."""
        return self._replace(base_var=self.base_var * doubt, at_s=time_s)

    @property
    def ln(self) -> float:
        """Expected reading of the next fetch."""
        return self.base + self.rise

    @property
    def var(self) -> float:
        """Variance of `ln`, without the noise of one reading."""
        return self.base_var + self.rise_var

    def z2(self, ln_s: float) -> float:
        """Return the squared distance of a reading from the belief, in variances."""
        return (ln_s - self.ln) ** 2 / (self.var + NOISE_VAR)

    def p_later(self, ln_s: float) -> float:
        """Return P(TTFB > e^ln_s) of a host that is up."""
        return erfc((ln_s - self.ln) / sqrt(2 * (self.var + NOISE_VAR))) / 2

    def at(self, time_s: float, prior: "TtfbBelief") -> "TtfbBelief":
        """Return the belief at `time_s`, without a reading since `at_s`; see `RateBelief.at`."""
        age_s = time_s - self.at_s
        if age_s <= 0.0:
            return self
        base, base_var, rise, rise_var, _ = self
        keep = decay_factor(age_s)
        rise_decay = exp(-age_s / RISE_TAU_S)
        base_var += WALK_VAR_PER_S * age_s + decay_variance(age_s)
        return TtfbBelief(
            prior.base + keep * (base - prior.base),
            keep * base_var + (1.0 - keep) * prior.base_var,
            rise * rise_decay,
            rise_var + (RISE_VAR - rise_var) * (1.0 - rise_decay * rise_decay),
            time_s,
        )

    def observe(self, ln_s: float) -> "TtfbBelief":
        """Update on one TTFB, read at `at_s`.

        >>> calm = TtfbBelief.from_prior(HostPrior(ttfb_s=0.1, ttfb_sd=0.2))
        >>> late = calm.observe(ln_ttfb(2.0, cold=False))
        >>> round(exp(late.ln), 2), round(exp(late.at(120.0, calm).ln), 2)
        (0.65, 0.24)
        """
        base, base_var, rise, rise_var, at_s = self
        spread = base_var + rise_var + NOISE_VAR
        surprise = ln_s - base - rise
        limit = OUTLIER_SD * sqrt(spread)
        usual = min(max(surprise, -limit), limit)
        excess = surprise - usual
        base_excess = max(BASE_EXCESS_MIN, EXCESS * base_var / (base_var + rise_var))
        return TtfbBelief(
            base + base_var / spread * usual + base_excess * excess,
            base_var * (1.0 - base_var / spread),
            rise + rise_var / spread * usual + (EXCESS - base_excess) * excess,
            rise_var * (1.0 - rise_var / spread),
            at_s,
        )

    def at_least(self, ln_s: float) -> "TtfbBelief":
        """Update on a lower bound that lies above the belief; the variances stay."""
        after = self.observe(ln_s)
        return after._replace(base_var=self.base_var, rise_var=self.rise_var)

    def update_sd(self) -> float:
        """Return the standard deviation of the step by which one reading will move the base."""
        return self.base_var / sqrt(self.base_var + self.rise_var + NOISE_VAR)
