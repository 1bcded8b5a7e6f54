"""Splitting: when to fetch a range in parts, from several hosts at once.

The parts are sized so that all of them end together, at T: the host k, asked now, delivers

bytes_k(T) = rate_k·(T − TTFB_k), shared with this viewer's other fetches from k while they last,

and T is the moment at which Σ bytes_k(T) is the whole range. Hosts are added, cheapest first,
as long as each saves more than 5 % + 50 ms: a request may fail or be late, and all parts have
to arrive. The cost of failures is weighted by each part's share of the range. With a segment in
the buffer no host is added that would make no difference to the viewer: see `enough`.

Measured on the tuning set of `benchmarks.selection`, where splitting adds .4 to a QoE of 3.2.
Thresholds of 10 % + 100 ms lost .05 of that, a smallest part of 300 kB lost .03. Parts of 50
instead of 100 kB allow the very first segments to be split: worth .1 in sessions of 8 segments.
Parts of 25 instead of 50 kB gained .032 [-.002, .066] more in 133 worlds of the families, most
where hosts are many or the link is slow, and start .1 s sooner.
To learn the capacity of the access link, and split only below it, gained nothing and is not done:
it delayed the splits that pay, and a split that does not pay costs the viewer nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ..beliefs.outliers import MAX_BYTES
from ..messages import Host, PlanRequest
from .cost import Forecast

MOST_PARTS = 4
# A smaller part is over within a round trip or two of TCP's slow start.
SMALLEST_BYTES = 25_000
GAIN_SHARE, GAIN_S = 0.05, 0.05
# With a segment in the buffer nobody waits for this fetch. What is left to gain is the top
# resolution. A player switches up to it if its segments would arrive within .5 of their duration,
# and stays there if they arrive within .8. A range counts as top resolution from .85 of its usual
# size on. A single share of .8, with as many hosts as save time once one is too slow, cost a tenth
# more extra requests for the same QoE; .8 to switch up lost .04.
CALM_SEGMENTS = 1.0
RISE_SHARE, STAY_SHARE, AT_TOP = 0.5, 0.8, 0.85
# The share of a range, at its end, with which an uncertain host is explored.
SLICE_SHARE = 0.2
# Steps of bisection for T: an interval of 1 s becomes 1 µs.
HALVINGS = 20


class Share(NamedTuple):
    """The bytes that one host shall deliver."""

    host: Host
    bytes: int


def enough(hosts: Sequence[Forecast], request: PlanRequest) -> bool:
    """Say whether `hosts` together are so fast that the viewer would not notice a faster fetch."""
    if request.buffer_s < CALM_SEGMENTS * request.segment_s or request.top_mbps is None:
        return False
    top_bytes = request.top_mbps / 8e-6 * request.segment_s
    until_s = (RISE_SHARE if is_rising(request) else STAY_SHARE) * request.segment_s
    return sum(delivered_bytes(host, until_s) for host in hosts) >= top_bytes


def is_rising(request: PlanRequest) -> bool:
    """Say whether the player has not reached the top resolution, as far as is known."""
    if request.top_mbps is None or request.bytes is None:
        return False
    return request.bytes <= AT_TOP * request.top_mbps / 8e-6 * request.segment_s


def is_sliceable(request: PlanRequest) -> bool:
    """Say whether the range is known, and large enough for a tail slice."""
    return request.bytes is not None and 2 * SMALLEST_BYTES <= request.bytes <= MAX_BYTES


def is_unnoticed(best: Forecast, uncertain: Forecast, segment_s: float) -> bool:
    """Say whether a viewer at the top resolution would not notice a tail slice of `uncertain`.

    It comes before the rest of the range, or so soon that the player keeps its resolution.
    """
    slice_s = uncertain.ttfb_s + uncertain.errors_s + SLICE_SHARE * uncertain.body_s
    rest_s = best.ttfb_s + (1.0 - SLICE_SHARE) * best.body_s
    return slice_s <= max(rest_s, STAY_SHARE * segment_s)


def split(ranked: Sequence[Forecast], request: PlanRequest, most: int) -> tuple[Share, ...]:
    """Split the range between at most `most` hosts; empty if one alone is as good."""
    size = int(request.bytes or 0)
    hosts, best_s = [ranked[0]], ranked[0].cost_s
    best: tuple[float, ...] = ()
    for other in [one for one in ranked[1:] if one.is_sound][: MOST_PARTS - 1]:
        if len(hosts) == most or enough(hosts, request):
            break
        parts, cost_s = _even([*hosts, other], size)
        worth_it = cost_s < (1.0 - GAIN_SHARE) * best_s - GAIN_S
        if worth_it and min(parts) >= SMALLEST_BYTES:
            hosts, best_s, best = [*hosts, other], cost_s, parts
    return _whole_bytes(hosts, best, size) if best else ()


def tail_slice(best: Forecast, uncertain: Forecast, size: int) -> tuple[Share, ...]:
    """Give `uncertain` the end of the range, enough to learn its rate; empty if too small."""
    part = max(SLICE_SHARE * size, SMALLEST_BYTES)
    if part > size / 2:
        return ()
    return _whole_bytes([best, uncertain], (size - part, part), size)


def _even(hosts: Sequence[Forecast], size: float) -> tuple[tuple[float, ...], float]:
    """Return parts that end together, and their expected cost in s, by bisection."""
    low_s, high_s = 0.0, min(host.ttfb_s + host.body_s for host in hosts)
    for _ in range(HALVINGS):
        middle_s = (low_s + high_s) / 2
        if sum(delivered_bytes(host, middle_s) for host in hosts) < size:
            low_s = middle_s
        else:
            high_s = middle_s
    parts = [delivered_bytes(host, high_s) for host in hosts]
    scale = size / sum(parts)
    each = zip(hosts, parts, strict=True)
    more_s = sum((host.errors_s + host.price_s) * part for host, part in each)
    return tuple(scale * part for part in parts), high_s + more_s * scale / size


def delivered_bytes(host: Forecast, until_s: float) -> float:
    """Return the bytes that `host` delivers in `until_s` besides this viewer's other fetches."""
    room = max(0.0, until_s - host.ttfb_s) * host.bytes_per_s
    fetches = len(host.queue) + 1
    for left in sorted(host.queue):
        # Processor sharing: all get the same until the shortest ends.
        if room <= left * fetches:
            break
        room -= left
        fetches -= 1
    return room / fetches


def _whole_bytes(hosts: Sequence[Forecast], parts: Sequence[float], size: int) -> tuple[Share, ...]:
    """Round the parts to whole bytes that add up to the range."""
    rounded = [int(part) for part in parts]
    rounded[0] += size - sum(rounded)
    return tuple(Share(one.host, part) for one, part in zip(hosts, rounded, strict=True))
