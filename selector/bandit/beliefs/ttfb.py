"""How long a host takes to send its first byte, believed as ln(s) on an open connection.

One fetch reads ln TTFB = base + rise + ε, ε ~ N(0, .35²):

- `base` is a random walk, sd .02 in a minute;
- `rise` is passing queueing (Ornstein–Uhlenbeck around 0, sd .25, τ 60 s).

Surprises beyond √7 standard deviations are mostly queueing: of the part beyond, 25 % are
taken as noise and 75 % are split by variance share, at least 15 % to the base. Gains never
depend on what was read, and the base never gets less than its share (else the rise would
take from it when it fades), so a later first byte can only raise the belief, for ever.
Figures: tuned in simulation over Seattle and PlanetLab round trips.
"""

from math import erfc, exp, log, sqrt
from typing import NamedTuple

from ..messages import HostPrior
from .decay import kept, unseen_var

NOISE_VAR = 0.35**2
WALK_VAR_PER_S = 0.02**2 / 60.0
RISE_VAR, RISE_TAU_S = 0.25**2, 60.0
OUTLIER_SD = sqrt(7.0)
EXCESS, BASE_EXCESS_MIN = 0.75, 0.15
LN_MIN, LN_MAX = log(0.001), log(60.0)

# DNS, TCP and TLS come first on a new connection: measured 2.4 times the TTFB.
COLD_FACTOR = 2.4
# PeerTube's nginx closes connections idle for 10 s (keepalive_timeout).
KEEP_ALIVE_S = 10.0


def ln_ttfb(ttfb_s: float, cold: bool) -> float:
    """Return ln(TTFB / s) as it would have been on an open connection.

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
        """Believe the fleet."""
        return cls(log(prior.ttfb_s), prior.ttfb_sd**2, 0.0, RISE_VAR, 0.0)

    def doubted(self, doubt: float, time_s: float) -> "TtfbBelief":
        """Return a prior as held at `time_s` when priors have proved this doubtful."""
        return self._replace(base_var=self.base_var * doubt, at_s=time_s)

    @property
    def ln(self) -> float:
        """What the next fetch is expected to read."""
        return self.base + self.rise

    @property
    def var(self) -> float:
        """Variance of `ln`, without the noise of one reading."""
        return self.base_var + self.rise_var

    def z2(self, ln_s: float) -> float:
        """Return the squared surprise of a reading, in variances."""
        return (ln_s - self.ln) ** 2 / (self.var + NOISE_VAR)

    def p_later(self, ln_s: float) -> float:
        """Return P(TTFB is longer than this), of a host that is up."""
        return erfc((ln_s - self.ln) / sqrt(2 * (self.var + NOISE_VAR))) / 2

    def at(self, time_s: float, prior: "TtfbBelief") -> "TtfbBelief":
        """Carry the belief forward to `time_s`; see `RateBelief.at`."""
        age_s = time_s - self.at_s
        if age_s <= 0.0:
            return self
        base, base_var, rise, rise_var, _ = self
        keep = kept(age_s)
        fade = exp(-age_s / RISE_TAU_S)
        base_var += WALK_VAR_PER_S * age_s + unseen_var(age_s)
        return TtfbBelief(
            prior.base + keep * (base - prior.base),
            keep * base_var + (1.0 - keep) * prior.base_var,
            rise * fade,
            rise_var + (RISE_VAR - rise_var) * (1.0 - fade * fade),
            time_s,
        )

    def observe(self, ln_s: float) -> "TtfbBelief":
        """Learn from one first byte, read at `at_s`.

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
        """Learn of a fetch that was later than this and than believed: no surer for that."""
        after = self.observe(ln_s)
        return after._replace(base_var=self.base_var, rise_var=self.rise_var)

    def swing(self) -> float:
        """Return the standard deviation of the step that one reading will move the base by."""
        return self.base_var / sqrt(self.base_var + self.rise_var + NOISE_VAR)
