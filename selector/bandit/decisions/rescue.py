"""Rescue: when to continue the rest of a slow body on another host.

The rest is moved in two cases. First, ln(rate) is more than .38 below its expectation, and the
rest would take more than 1.4 times the expected cost on the best other host, plus .3 s (1.5 times
when the buffer would run dry, because a second mistake would stall). Second, the rest would take
more than three times that cost plus .3 s, whatever was expected. A segment is moved at most twice,
and a byte range never to a host that was asked for it before, so that two slow hosts cannot pass
it back and forth. Before the first byte, the hedge decides instead.

TCP's slow start looks like a slow host: a window of 14.6 kB that doubles every round trip
needs rtt·log2(1 + rate·rtt / window) to reach the path's rate. This time is subtracted from the
duration of the body before its rate is judged. Without that, in simulation, one segment in four
was rescued needlessly from hosts at .2 s, and QoE there fell from 2.7 to 1.7.
"""

from collections.abc import Sequence
from math import exp, log, log2

from ..messages import Advice, FetchSoFar
from .cost import Forecast

MAX_SURPRISE = -0.38
FACTOR, URGENT_FACTOR, HOPELESS_FACTOR = 1.4, 1.5, 3.0
MARGIN_S = 0.3
MAX_RESCUES = 2
# Ten packets of 1460 bytes (RFC 6928).
WINDOW_MBIT = 0.117
# An upper bound: a TTFB may be long for other reasons than the round trip.
SLOW_START_MAX_S = 1.0
# Time after slow start from which on the rate of a body is judged.
MIN_STEADY_S = 0.3


def rescue(fetch: FetchSoFar, expected_ln_mbps: float, untried: Sequence[Forecast]) -> Advice:
    """Advise on `fetch`; `untried` are forecasts of its *rest* on other hosts, cheapest first."""
    if not untried:
        return Advice(None, "no other host is left")
    if fetch.rescues >= MAX_RESCUES:
        return Advice(None, f"rescued {fetch.rescues} times already")
    # Half of the TTFB is taken as the round trip; the server or a new connection took the rest.
    rtt_s = fetch.ttfb_s / 2
    slow_start_s = rtt_s * log2(1.0 + exp(expected_ln_mbps) * rtt_s / WINDOW_MBIT)
    steady_s = fetch.body_s - min(slow_start_s, SLOW_START_MAX_S)
    if steady_s < MIN_STEADY_S:
        return Advice(None, "too early to tell")
    mbps = 8e-6 * max(fetch.bytes, 1.0) / steady_s
    rest_s = 8e-6 * fetch.bytes_left / mbps
    surprise = log(mbps) - expected_ln_mbps
    urgent = rest_s > fetch.buffer_s
    # No host is spared at the cost of a stall.
    best = min(untried, key=lambda one: one.time_s) if urgent else untried[0]
    best_s = best.time_s if urgent else best.cost_s
    factor = URGENT_FACTOR if urgent else FACTOR
    slow = surprise < MAX_SURPRISE and rest_s > factor * best_s + MARGIN_S
    hopeless = rest_s > HOPELESS_FACTOR * best_s + MARGIN_S
    reason = (
        f"{mbps:.2f} Mbit/s, ln {surprise:+.2f} to what was expected; the rest takes "
        f"{rest_s:.1f} s here, {best_s:.1f} s on {best.host}"
    )
    return Advice(best.host if slow or hopeless else None, reason)
