"""The belief about a host's rate, as ln(Mbit/s): a Kalman filter with two components.

One segment reads y = ln(8e-6·bytes / (total − TTFB)) = level + dip + ε, ε ~ N(0, .26²):

- `level` wanders around the host's slow `mean` (Ornstein–Uhlenbeck, sd .22, τ 600 s);
- `dip` is a passing deviation (Ornstein–Uhlenbeck around 0, sd .17, τ 33 s).

A reading's innovation is split between them by their variances. No gain depends on the reading,
so a slower reading can only lower the belief. The constants were tuned in simulation over FCC,
Oboe, Norway 3G, Belgium 4G, Irish 5G and Puffer throughput traces.
"""

from math import exp, log, sqrt
from typing import NamedTuple

from ..messages import HostPrior
from .decay import decay_factor, decay_variance

NOISE_VAR = 0.26**2
LEVEL_VAR, LEVEL_TAU_S = 0.22**2, 600.0
DIP_VAR, DIP_TAU_S = 0.17**2, 33.0
MEAN_GAIN = 0.08
# Added to the variance of every prior: the fleet's mean is not this viewer's.
VIEWER_VAR = 0.2
# A smaller body says only how TCP's slow start went, unless it took half a second.
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
        """Return the belief that the fleet's prior amounts to."""
        ln = log(prior.rate_mbps)
        return cls(ln, ln, prior.rate_sd**2 + VIEWER_VAR, 0.0, DIP_VAR, 0.0)

    def doubted(self, doubt: float, time_s: float) -> "RateBelief":
        """Return this prior at `time_s`, its variance multiplied by `doubt`."""
        return self._replace(level_var=self.level_var * doubt, at_s=time_s)

    @property
    def ln(self) -> float:
        """Expected reading of the next body."""
        return self.level + self.dip

    @property
    def var(self) -> float:
        """Variance of `ln`, without the noise of one reading."""
        return self.level_var + self.dip_var

    def z2(self, ln_mbps: float) -> float:
        """Return the squared distance of a reading from the belief, in variances."""
        return (ln_mbps - self.ln) ** 2 / (self.var + NOISE_VAR)

    def at(self, time_s: float, prior: "RateBelief") -> "RateBelief":
        """Return the belief at `time_s`, without a reading since `at_s`.

        The level returns to the mean, the dip to 0, and over days everything to the
        prior. Time alone never lowers the variance.
        """
        age_s = time_s - self.at_s
        if age_s <= 0.0:
            return self
        mean, level, level_var, dip, dip_var, _ = self
        keep = decay_factor(age_s)
        level_decay = exp(-age_s / LEVEL_TAU_S)
        dip_decay = exp(-age_s / DIP_TAU_S)
        mean_now = prior.mean + keep * (mean - prior.mean)
        if level_var < LEVEL_VAR:
            level_var += (LEVEL_VAR - level_var) * (1.0 - level_decay * level_decay)
        level_var += decay_variance(age_s)
        return RateBelief(
            mean_now,
            mean_now + level_decay * (level - mean),
            keep * level_var + (1.0 - keep) * prior.level_var,
            dip * dip_decay,
            dip_var + (DIP_VAR - dip_var) * (1.0 - dip_decay * dip_decay),
            time_s,
        )

    def observe(self, ln_mbps: float) -> "RateBelief":
        """Update on the rate of one body, read at `at_s`.

        A body that shared the access link with bodies from other hosts is read as it is: the
        next body will probably share it as well. In simulation, trusting such readings less
        gained nothing, and reading them as higher lost .1 of QoE.
        """
        mean, level, level_var, dip, dip_var, at_s = self
        surprise = ln_mbps - level - dip
        spread = level_var + dip_var + NOISE_VAR
        level += level_var / spread * surprise
        # A fresh belief's variance is mostly uncertainty about the mean itself.
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
        """Update on an upper bound that lies below the belief; the variances stay."""
        after = self.observe(ln_mbps)
        return after._replace(level_var=self.level_var, dip_var=self.dip_var)

    def update_sd(self) -> float:
        """Return the standard deviation of the step by which one reading will move the level."""
        return self.level_var / sqrt(self.level_var + self.dip_var + NOISE_VAR)
