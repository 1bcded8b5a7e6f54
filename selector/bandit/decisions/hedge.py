"""Hedged requests: when to ask a second host because the first byte is late.

Five first bytes in six come within TTFB·e^{.95σ}, where σ is the predictive standard deviation of
ln TTFB. The hedge comes 30 ms after that, if the second host j is worth it: c_j < 1.9·c_k + .5 s.
With two segments in the buffer it waits half as long again, at least .6 s, and .5 s becomes .2 s.
After 2 s the second host is asked in any case. The constants were tuned in simulation, where QoE
fell by .45 without hedge and rescue when the best host changed. Racing two hosts for the first
segments, after .6·TTFB, is no better: the one that answers first is often near but slow, and QoE
was .012 to .014 lower, with half a request more a segment in short sessions.
"""

from math import exp

from ..messages import Hedge
from .cost import Forecast

LATE_SD = 0.95
MARGIN_S = 0.03
CALM_SEGMENTS, CALM_FACTOR, CALM_MIN_S = 2, 1.5, 0.6
COST_FACTOR, COST_MARGIN_S, CALM_COST_MARGIN_S = 1.9, 0.5, 0.2
HEDGE_MAX_S = 2.0


def hedge(first: Forecast, second: Forecast, buffer_s: float, segment_s: float) -> Hedge:
    """Return when to ask `second`, the best of the others, as well as `first`."""
    calm = buffer_s >= CALM_SEGMENTS * segment_s
    margin_s = CALM_COST_MARGIN_S if calm else COST_MARGIN_S
    if second.cost_s >= COST_FACTOR * first.cost_s + margin_s:
        return Hedge(second.host, HEDGE_MAX_S)
    late_s = first.ttfb_median_s * exp(LATE_SD * first.ttfb_sd) + MARGIN_S
    if calm:
        late_s = max(late_s * CALM_FACTOR, CALM_MIN_S)
    return Hedge(second.host, min(late_s, HEDGE_MAX_S))


def stall_s(first: Forecast, buffer_s: float) -> float:
    """Return after how many seconds without a byte a body counts as stalled: 1 to 3 s.

    Retransmitting a lost packet takes a few round trips, so four TTFBs are no stall; and a
    quarter of the buffer may be spent on waiting.
    """
    return min(max(4.0 * first.ttfb_median_s, buffer_s / 4, 1.0), 3.0)
