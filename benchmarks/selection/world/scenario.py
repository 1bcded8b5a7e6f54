"""A scenario: the parameters of a kind of situation, without any randomness."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

Prior = Literal["right", "weak", "wrong", "inverted", "none"]
Change = Literal["none", "shifts", "degrades", "handover"]

# Bit rates in Mbit/s of the ladder used since Pensieve (SIGCOMM'17), whose top rate is also
# the price of one stalled second in `metrics`.
LADDER_MBPS = (0.3, 0.75, 1.2, 1.85, 2.85, 4.3)
SEGMENT_S = 4.0  # PeerTube's segments, of videos and by default of live streams


class Situation(Protocol):
    """What a viewer's scenario comes from: a scenario itself, or a family."""

    @property
    def name(self) -> str:
        """Its name in the tables."""

    @property
    def visits(self) -> int:
        """How often each viewer comes."""

    def of(self, viewer: int) -> Scenario:
        """Return the scenario of one viewer."""


@dataclass(frozen=True)
class Scenario:
    """Medians and spreads from which worlds are drawn; `sd` is always of a logarithm."""

    name: str
    seed: int
    segment_s: float = SEGMENT_S
    ladder_mbps: tuple[float, ...] = LADDER_MBPS
    mirrors: int = 4
    segments: int = 60
    visits: int = 1
    gap_days: float = 1.0
    live: bool = False
    """Segments appear in real time, and the viewer starts three behind the newest."""
    peer_share: float = 0.0
    """Share of the segments that other viewers bring, without a host."""

    rate_mbps: float = 4.0
    rate_sd: float = 0.7
    """Between hosts, as the whole fleet sees them."""
    viewer_sd: float = 0.3
    """Between what the fleet sees of a host and what this viewer sees."""
    origin_factor: float = 0.7
    path_kinds: tuple[str, ...] = ("steady", "steady", "web")
    access_mbps: float = 30.0
    access_kind: str = "steady"
    rtt_s: float = 0.06
    # Between the hosts of one client: .85 in PlanetLab, .88 in Seattle (NetLatency-Data),
    # of which a fleet's ranking knows about half.
    rtt_sd: float = 0.6
    diurnal_depth: float = 0.2

    error_rate: float = 0.003
    failures_per_s: float = 1 / 1500
    repair_s: float = 26.0
    miss_rate: float = 0.05
    miss_s: float = 0.3

    change: Change = "none"
    change_at: float = 0.5
    """Share of the video after which the best host changes, or the viewer leaves the Wi-Fi."""
    evicted: int = 0
    corrupt: int = 0
    slow: int = 0
    """How many mirrors lose the video, flip bytes, or deliver 40 kB/s."""
    prior: Prior = "right"

    burst_mb: float = math.inf
    after_burst: float = 1.0
    """Token bucket: a mirror's share of its rate after its first MB."""
    swing: float = 1.0
    swing_s: float = 60.0
    """Every other half of its period, a host's rate is divided by this."""
    request_mbps: float = math.inf
    """The most that a host sends for one request (nginx limit_rate)."""
    shared_mbps: float = math.inf
    """A link that half of the mirrors share."""

    def of(self, viewer: int) -> Scenario:  # noqa: ARG002
        """Return the scenario of one viewer; a family draws another for each."""
        return self
