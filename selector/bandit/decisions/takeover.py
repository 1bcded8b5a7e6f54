"""What a host does that has brought its part while others are still at theirs.

It takes over the end of the part that would be the last, as much as makes both end together:

(left − x) / rate_last = TTFB + x / rate_idle

So a split needs no exact forecast: who turns out faster brings more.
"""

from collections.abc import Sequence

from ..messages import PartSoFar, Takeover
from .cost import Forecast

SMALLEST_BYTES = 100_000
# From half of that on, a third more takeovers and half as many bytes again in vain gained nothing.
GAIN_SHARE, GAIN_S = 0.2, 0.3
# Earlier, TCP's slow start hides how fast a body is.
MIN_BODY_S = 0.4


def takeover(idle: Forecast, parts: Sequence[PartSoFar], hosts: Sequence[Forecast]) -> Takeover:
    """Say what `idle` shall take over; `hosts` foresees each of `parts`."""
    ends_s = [_end_s(part, host) for part, host in zip(parts, hosts, strict=True)]
    last_s = max(ends_s)
    last = ends_s.index(last_s)
    left = parts[last].bytes_left
    if left < SMALLEST_BYTES:
        return Takeover(None, 0, "all parts are nearly there")
    taken = (last_s - idle.ttfb_s) / (1.0 / idle.bytes_per_s + last_s / left)
    together_s = idle.ttfb_s + taken / idle.bytes_per_s
    words = f"{hosts[last].host} would take {last_s:.1f} s more, both together {together_s:.1f} s"
    pays = together_s < (1.0 - GAIN_SHARE) * last_s - GAIN_S
    if taken < SMALLEST_BYTES or not pays:
        return Takeover(None, 0, words)
    return Takeover(last, min(int(taken), int(left)), words)


def _end_s(part: PartSoFar, host: Forecast) -> float:
    """Return when the part will be there if it is left alone."""
    if part.ttfb_s is None:
        # A first byte that is late will probably be late for as long again.
        return abs(host.ttfb_s - part.age_s) + part.bytes_left / host.bytes_per_s
    body_s = part.age_s - part.ttfb_s
    if body_s < MIN_BODY_S:
        return part.bytes_left / host.bytes_per_s
    return part.bytes_left * body_s / max(part.bytes, 1.0)
