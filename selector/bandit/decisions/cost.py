"""The expected cost of fetching a segment from a host, in seconds.

c = E[TTFB] + 8e-6·bytes / rate · e^{.15·var} + p / (1 − p) · ê + λ·bytes

where rate = e^{E[ln rate]}, var = Var[ln rate], p = P(failure), p / (1 − p) is the number of
failures to expect before a success, ê the smoothed cost of recent failures, and λ the price of a
byte of a host that is to be spared. The mean of a log-normal distribution would have a factor of
.5; .15 was tuned in simulation, because caution about an unknown rate keeps the host unknown.
"""

from collections.abc import Sequence
from math import exp, sqrt
from typing import NamedTuple

from ..beliefs.host import HostState
from ..beliefs.prior import Doubts
from ..beliefs.ttfb import COLD_FACTOR
from ..beliefs.ttfb import NOISE_VAR as TTFB_NOISE_VAR
from ..messages import Host

RATE_CAUTION = 0.15
# With a larger variance a log-normal's mean says more about its tail than about the next fetch.
TTFB_VAR_MAX = 1.0

ERROR_COST_S = 1.2
ERROR_COST_GAIN = 0.2
ERROR_COST_MIN_S, ERROR_COST_MAX_S = 0.6, 2.5

# A host that is likelier to fail gets no part of a range and is not explored: other hosts can serve
# instead. Without this, half of all failed parts had gone to hosts that had just failed.
SOUND_P_FAIL_MAX = 0.2

# 95th percentile of a normal distribution.
Z95 = 1.645


class Forecast(NamedTuple):
    """The expected course of one fetch from one host."""

    host: Host
    cost_s: float
    ttfb_s: float
    body_s: float
    errors_s: float
    p_fail: float
    # Medians and predictive standard deviations of the logarithms.
    ttfb_median_s: float
    ttfb_sd: float
    rate_mbps: float
    rate_sd: float
    # Cost of a later fetch if this one succeeds: the host is then connected, and known to be up.
    later_s: float
    # Standard deviation of the step by which this fetch will move `later_s`.
    update_sd_s: float
    # Chosen a moment ago, without an outcome since.
    being_tried: bool
    # Bytes still to come of each of this viewer's other fetches from it.
    queue: tuple[float, ...]
    # Cautious rate of the host while it serves no other fetch.
    bytes_per_s: float
    # What one byte costs where the host is to be spared, as if it took that much longer.
    byte_price_s: float
    # Of the whole fetch; part of `cost_s`.
    price_s: float

    @property
    def time_s(self) -> float:
        """Expected cost to the viewer alone."""
        return self.cost_s - self.price_s

    @property
    def is_sound(self) -> bool:
        """Whether it is reliable enough for requests that another host could serve as well."""
        return self.p_fail < SOUND_P_FAIL_MAX

    @property
    def ttfb_95_s(self) -> float:
        """95th percentile of the TTFB."""
        return self.ttfb_median_s * exp(Z95 * self.ttfb_sd)

    @property
    def body_95_s(self) -> float:
        """95th percentile of the body's duration."""
        return self.body_s * exp(Z95 * self.rate_sd)


def forecast(
    host: HostState,
    time_s: float,
    segment_bytes: float,
    error_cost_s: float,
    doubts: Doubts,
    others: Sequence[float] = (),
    byte_price_s: float = 0.0,
) -> Forecast:
    """Return the forecast of fetching `segment_bytes` from `host` at engine time `time_s`.

    `others` are the bytes still to come of this viewer's other fetches from that host.
    """
    rate = host.rate_at(time_s, doubts)
    ttfb = host.ttfb_at(time_s, doubts)
    rate_var, ttfb_var = rate.var, ttfb.var
    rate_mbps = exp(rate.ln)
    cold = COLD_FACTOR if host.cold_at(time_s) else 1.0
    ttfb_median_s = cold * exp(ttfb.ln)
    warm_s = exp(ttfb.ln + min(ttfb_var + TTFB_NOISE_VAR, TTFB_VAR_MAX) / 2)
    ttfb_s = cold * warm_s
    shared_bytes = segment_bytes + sum(min(segment_bytes, left) for left in others)
    bytes_per_s = rate_mbps / 8e-6 / exp(RATE_CAUTION * rate_var)
    body_s = shared_bytes / bytes_per_s
    p_fail = host.outage.at(time_s).p_fail(host.error_prior)
    errors_s = p_fail / (1.0 - p_fail) * error_cost_s
    price_s = byte_price_s * segment_bytes
    update_sd_s = sqrt((body_s * rate.update_sd()) ** 2 + (warm_s * ttfb.update_sd()) ** 2)
    return Forecast(
        host.name,
        ttfb_s + body_s + errors_s + price_s,
        ttfb_s,
        body_s,
        errors_s,
        p_fail,
        ttfb_median_s,
        sqrt(ttfb_var + TTFB_NOISE_VAR),
        rate_mbps,
        sqrt(rate_var),
        warm_s + body_s + price_s,
        update_sd_s,
        host.being_tried_at(time_s),
        tuple(others),
        bytes_per_s,
        byte_price_s,
        price_s,
    )


def smoothed_error_cost(before_s: float, failed_after_s: float, odds_growth: float) -> float:
    """Return ê, the exponentially smoothed cost of a failure, after one of `failed_after_s`.

    A quick failure lowers ê, but never so far that the host that has just failed, whose odds of
    failure grew by the factor `odds_growth`, costs less than before.

    >>> smoothed_error_cost(1.2, 2.2, odds_growth=1.5)
    1.4
    >>> round(smoothed_error_cost(1.2, 0.05, odds_growth=1.02), 3)
    1.176
    """
    took_s = min(max(failed_after_s, ERROR_COST_MIN_S), ERROR_COST_MAX_S)
    after_s = before_s + ERROR_COST_GAIN * (took_s - before_s)
    return max(after_s, before_s / odds_growth)
