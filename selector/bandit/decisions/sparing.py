"""Sparing hosts: what a byte from a host costs others, and hosts that are a reserve.

An administrator may give a host a price λ in s per MB. A fetch of b bytes then costs 1e-6·b·λ
more, as if it took that much longer: the Lagrangian of fetching fast with few bytes from the host.
A price shifts bytes to hosts that serve well enough, and gives way where they do not.

A reserve is asked only where the viewer would otherwise stall or drop to a lower resolution, and
after all others have failed.
"""

from collections.abc import Sequence

from ..messages import Host, PlanRequest
from .cost import Forecast
from .split import STAY_SHARE, delivered_bytes, is_rising


def without_reserves(
    ranked: Sequence[Forecast], reserves: Sequence[Host], request: PlanRequest
) -> list[Forecast]:
    """Return the hosts that may be asked now: without reserves, if the others are enough."""
    if not reserves:
        return list(ranked)
    others = [one for one in ranked if one.host not in reserves]
    if others and _suffice(others, request):
        return others
    return sorted(ranked, key=lambda one: (one.cost_s, one.host))


def _suffice(others: Sequence[Forecast], request: PlanRequest) -> bool:
    """Say whether the viewer would neither stall nor drop in quality with these hosts alone."""
    best = others[0]
    if not best.is_sound or request.attempt > 0:
        return False
    # At the start nothing plays that could stall: the first segment may take as long as it plays.
    if best.time_s > (request.segment_s if request.starting else request.buffer_s):
        return False
    if request.top_mbps is None or request.bytes is None or is_rising(request):
        return True
    until_s = STAY_SHARE * request.segment_s
    return sum(delivered_bytes(host, until_s) for host in others) >= request.bytes
