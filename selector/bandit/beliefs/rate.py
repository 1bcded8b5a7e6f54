"""How fast a host's body comes, believed as ln(Mbit/s).

One segment reads y = ln(8e-6·bytes / (total − TTFB)) = level + dip + ε, ε ~ N(0, .26²):

- `level` wanders around the host's slow `mean` (Ornstein–Uhlenbeck, sd .22, τ 600 s);
- `dip` is a passing deviation (Ornstein–Uhlenbeck around 0, sd .17, τ 33 s).

Both follow Kalman's filter with the innovation split by variance share. No gain depends
on what was read, so a slower reading can only lower the belief. Figures: tuned in
simulation over FCC, Oboe, Norway 3G, Belgium 4G, Irish 5G and Puffer throughput traces.
"""

from math import exp, log, sqrt
from typing import NamedTuple

from ..messages import HostPrior
from .decay import kept, unseen_var

NOISE_VAR = 0.26**2
LEVEL_VAR, LEVEL_TAU_S = 0.22**2, 600.0
DIP_VAR, DIP_TAU_S = 0.17**2, 33.0
MEAN_GAIN = 0.08
# The fleet's average is not this viewer's: added to the variance of every prior.
VIEWER_VAR = 0.2
# Slow start rules what comes before, but half a second for so little is slow by any measure.
MIN_BYTES, MIN_BODY_S = 20_000, 0.5
LN_MIN, LN_MAX = log(0.001), log(100_000.0)


def ln_rate(body_bytes: float, body_s: float) -> float:
    """Return ln(Mbit/s), kept between 1 kbit/s and 100 Gbit/s.

    Clocks in browsers step by .1 ms, so a body shorter than 1 ms counts as 1 ms.

    >>> round(exp(ln_rate(1_000_000, 2.0)), 3)
    4.0
    """
    mbps = 8e-6 * max(body_bytes, 1.0) / max(body_s, 0.001)
    return min(max(log(mbps), LN_MIN), LN_MAX)


class RateBelief(NamedTuple):
    """Means and variances of ln(Mbit/s) at engine time `at_s`.

    >>> fresh = RateBelief.from_prior(HostPrior(rate_mbps=8.0, rate_sd=1.0))
    >>> slow = fresh.observe(ln_rate(100_000, 2.5))
    >>> round(exp(fresh.ln), 2), round(exp(slow.ln), 2)
    (8.0, 0.38)
    """

    mean: float
    level: float
    level_var: float
    dip: float
    dip_var: float
    at_s: float

    @classmethod
    def from_prior(cls, prior: HostPrior) -> "RateBelief":
        """Believe the fleet."""
        ln = log(prior.rate_mbps)
        return cls(ln, ln, prior.rate_sd**2 + VIEWER_VAR, 0.0, DIP_VAR, 0.0)

    def doubted(self, doubt: float, time_s: float) -> "RateBelief":
        """Return a prior as held at `time_s` when priors have proved this doubtful."""
        return self._replace(level_var=self.level_var * doubt, at_s=time_s)

    @property
    def ln(self) -> float:
        """What the next body is expected to read."""
        return self.level + self.dip

    @property
    def var(self) -> float:
        """Variance of `ln`, without the noise of one reading."""
        return self.level_var + self.dip_var

    def z2(self, ln_mbps: float) -> float:
        """Return the squared surprise of a reading, in variances."""
        return (ln_mbps - self.ln) ** 2 / (self.var + NOISE_VAR)

    def at(self, time_s: float, prior: "RateBelief") -> "RateBelief":
        """Carry the belief forward to `time_s`; nothing was read meanwhile.

        The level returns to the mean, the dip to 0, and over days everything to the
        prior. Time alone never makes us surer.
        """
        age_s = time_s - self.at_s
        if age_s <= 0.0:
            return self
        mean, level, level_var, dip, dip_var, _ = self
        keep = kept(age_s)
        back = exp(-age_s / LEVEL_TAU_S)
        fade = exp(-age_s / DIP_TAU_S)
        mean_now = prior.mean + keep * (mean - prior.mean)
        if level_var < LEVEL_VAR:
            level_var += (LEVEL_VAR - level_var) * (1.0 - back * back)
        level_var += unseen_var(age_s)
        return RateBelief(
            mean_now,
            mean_now + back * (level - mean),
            keep * level_var + (1.0 - keep) * prior.level_var,
            dip * fade,
            dip_var + (DIP_VAR - dip_var) * (1.0 - fade * fade),
            time_s,
        )

    def observe(self, ln_mbps: float) -> "RateBelief":
        """Learn from one body, read at `at_s`.

        A body that met others of ours on the access link, but not on its host's path, is read
        as it is: what the host gives this viewer is what the next one will get. Counting such
        readings as less certain gained nothing in simulation, as higher ones lost .1 of QoE.
        """
        mean, level, level_var, dip, dip_var, at_s = self
        surprise = ln_mbps - level - dip
        spread = level_var + dip_var + NOISE_VAR
        level += level_var / spread * surprise
        # A fresh belief's variance is mostly ignorance of the mean itself.
        gain = max(MEAN_GAIN, 1.0 - LEVEL_VAR / level_var)
        return RateBelief(
            mean + gain * (level - mean),
            level,
            level_var * (1.0 - level_var / spread),
            dip + dip_var / spread * surprise,
            dip_var * (1.0 - dip_var / spread),
            at_s,
        )

    def at_most(self, ln_mbps: float) -> "RateBelief":
        """Learn of a body that was slower than this and than believed: no surer for that."""
        after = self.observe(ln_mbps)
        return after._replace(level_var=self.level_var, dip_var=self.dip_var)

    def swing(self) -> float:
        """Return the standard deviation of the step that one reading will move the level by."""
        return self.level_var / sqrt(self.level_var + self.dip_var + NOISE_VAR)
