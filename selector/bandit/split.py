"""When one range is better fetched in parts, from several hosts at once.

The parts' sizes make all of them end together, at T: the host k, asked now, brings

bytes_k(T) = rate_k·(T − TTFB_k), halved for as long as another fetch of ours shares its path,

and T is the moment at which Σ bytes_k(T) is the whole range. All parts together come no faster
than the access link lets them (`Ceiling`). Hosts are added, cheapest first, as long as each
saves more than it costs: a request may fail or be late, and all parts have to arrive.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .cost import Forecast
from .messages import PlanRequest

MOST_PARTS = 4
# Smaller ones are over before TCP's window has opened.
SMALLEST_BYTES = 100_000
GAIN_SHARE, GAIN_S = 0.02, 0.02
STEPS = 20
AT_TOP, STAY_SHARE = 0.7, 0.7
P_FAIL_MAX = 0.1
SLICE = 0.2
# With more in the buffer, and a host that keeps up with the top resolution, all is well.
CALM_SEGMENTS, CALM_SHARE = 1.5, 0.7


class Share(NamedTuple):
    """What one host is to bring."""

    host: Forecast
    bytes: float


class Split(NamedTuple):
    """How a range is shared out, and when its last byte is expected."""

    shares: tuple[Share, ...]
    cost_s: float


def needed(first: Forecast, request: PlanRequest) -> bool:
    """Say whether the viewer would notice a faster fetch."""
    if request.buffer_s < CALM_SEGMENTS * request.segment_s or request.top_mbps is None:
        return True
    top_bytes = request.top_mbps / 8e-6 * request.segment_s
    top_s = first.ttfb_s + (top_bytes + sum(min(top_bytes, left) for left in first.queue)) / (
        first.bytes_per_s
    )
    at_top = (request.bytes or 0.0) > AT_TOP * top_bytes
    return top_s > (STAY_SHARE if at_top else CALM_SHARE) * request.segment_s


def split(ranked: Sequence[Forecast], size: float, ceiling_mbps: float, most: int) -> Split | None:
    """Share `size` bytes out between at most `most` of the hosts, if that pays."""
    best = Split((Share(ranked[0], size),), ranked[0].cost_s)
    chosen = [ranked[0]]
    for other in [one for one in ranked[1:] if one.p_fail < P_FAIL_MAX][:MOST_PARTS]:
        if len(chosen) >= min(most, MOST_PARTS):
            break
        tried = _even([*chosen, other], size, ceiling_mbps)
        if tried.cost_s < (1.0 - GAIN_SHARE) * best.cost_s - GAIN_S and all(
            share.bytes >= SMALLEST_BYTES for share in tried.shares
        ):
            best = tried
            chosen.append(other)
    return best if len(chosen) > 1 else None


def slice_for(best: Forecast, other: Forecast, size: float) -> Split | None:
    """Give `other` the end of the range, just enough to learn its rate."""
    part = max(SLICE * size, SMALLEST_BYTES)
    if part > size / 2:
        return None
    return Split((Share(best, size - part), Share(other, part)), best.cost_s)


def _even(hosts: Sequence[Forecast], size: float, ceiling_mbps: float) -> Split:
    """Share `size` out so that all parts end together."""
    low_s, high_s = 0.0, min(host.ttfb_s + host.body_s for host in hosts)
    for _ in range(STEPS):
        middle_s = (low_s + high_s) / 2
        if sum(brought(host, middle_s) for host in hosts) < size:
            low_s = middle_s
        else:
            high_s = middle_s
    parts = [brought(host, high_s) for host in hosts]
    scale = size / max(sum(parts), 1.0)
    first_s = min(host.ttfb_s for host in hosts)
    took_s = max(high_s, first_s + 8e-6 * size / ceiling_mbps)
    errors_s = sum(host.errors_s * part * scale / size for host, part in zip(hosts, parts))
    return Split(
        tuple(Share(host, part * scale) for host, part in zip(hosts, parts)), took_s + errors_s
    )


def brought(host: Forecast, until_s: float) -> float:
    """Return the bytes that `host` brings in `until_s`, while it also serves our others."""
    room = max(0.0, until_s - host.ttfb_s) * host.bytes_per_s
    share = len(host.queue) + 1
    for left in sorted(host.queue):
        # All that are still under way get the same; `left` more each ends the shortest.
        if room <= left * share:
            break
        room -= left
        share -= 1
    return room / share
