"""When to ask a second host because the first is late.

Five first bytes in six come within TTFB·e^{.95σ}, σ being the predictive deviation of ln
TTFB. 30 ms later another is asked, if it is worth it: c_j < 1.9·c_k + .5 s. With two
segments in the buffer there is time, so half as long again is waited, at least .6 s, and
the .5 s are .2 s. Whatever is believed, after 2 s somebody else is asked. Figures: tuned in
simulation, where QoE fell by .45 without hedge and rescue when the best host changed. Racing two
hosts for the first segments, after .6·TTFB, is no better: the one that answers first is often near
but slow, and QoE was .012 to .014 lower, with half a request more a segment in short sessions.
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
    """Return how long the body may be silent: 1 to 3 s.

    A lost packet's retransmission takes a few round trips, so four TTFBs are no stall;
    and with much in the buffer a quarter of it can be spent on waiting.
    """
    return min(max(4.0 * first.ttfb_median_s, buffer_s / 4, 1.0), 3.0)
