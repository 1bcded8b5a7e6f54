"""Work stealing between parts: a host that is done takes over the end of the slowest part.

It takes as many bytes x as make both end together:

(left − x) / rate_last = TTFB + x / rate_idle

So a split needs no exact forecast: the host that turns out faster delivers more.
"""

from collections.abc import Sequence

from ..messages import PartSoFar, Takeover
from .cost import Forecast

SMALLEST_BYTES = 100_000
# Half of these thresholds brought a third more takeovers, half as many wasted bytes again, no gain.
GAIN_SHARE, GAIN_S = 0.2, 0.3
# In a shorter time TCP's slow start hides how fast a body is.
MIN_BODY_S = 0.4


def takeover(idle: Forecast, parts: Sequence[PartSoFar], hosts: Sequence[Forecast]) -> Takeover:
    """Say what `idle` shall take over; `hosts` are the forecasts of the hosts of `parts`."""
    ends_s = [_end_s(part, host) for part, host in zip(parts, hosts, strict=True)]
    last_s = max(ends_s)
    last = ends_s.index(last_s)
    left = parts[last].bytes_left
    if left < SMALLEST_BYTES:
        return Takeover(None, 0, "all parts are nearly there")
    taken = (last_s - idle.ttfb_s) / (1.0 / idle.bytes_per_s + last_s / left)
    together_s = idle.ttfb_s + taken / idle.bytes_per_s
    reason = f"{hosts[last].host} would take {last_s:.1f} s more, both together {together_s:.1f} s"
    dearer_s = (idle.byte_price_s - hosts[last].byte_price_s) * taken
    pays = together_s + dearer_s < (1.0 - GAIN_SHARE) * last_s - GAIN_S
    if taken < SMALLEST_BYTES or not pays:
        return Takeover(None, 0, reason)
    return Takeover(last, min(int(taken), int(left)), reason)


def _end_s(part: PartSoFar, host: Forecast) -> float:
    """Return in how many seconds the part will be complete if it is left alone."""
    if part.ttfb_s is None:
        # A TTFB that is overdue will probably take as long again.
        return abs(host.ttfb_s - part.age_s) + part.bytes_left / host.bytes_per_s
    body_s = part.age_s - part.ttfb_s
    if body_s < MIN_BODY_S:
        return part.bytes_left / host.bytes_per_s
    return part.bytes_left * body_s / max(part.bytes, 1.0)
