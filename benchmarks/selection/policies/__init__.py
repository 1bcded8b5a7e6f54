"""Ours, the peers and the oracles, by the names that the table uses."""

from __future__ import annotations

from benchmarks.selection.policies import peers
from benchmarks.selection.policies.ablations import ABLATIONS
from benchmarks.selection.policies.engine import Mirrorwise
from benchmarks.selection.policies.latency import C3, PeakEwma
from benchmarks.selection.policies.oracles import (
    BestFixed,
    Clairvoyant,
    OneSegmentLate,
    PresentState,
    SplittingOneSegmentLate,
    SplittingPresentState,
)
from benchmarks.selection.policies.rules import (
    DashJs,
    Failover,
    OriginOnly,
    OutlierEjection,
    PeerTube,
    Steering,
)
from benchmarks.selection.policies.ucb import DiscountedUcb, SlidingWindowUcb, Ucb1
from benchmarks.selection.protocol import Policy

OURS = "Mirrorwise"
ORACLES: dict[str, type[Policy]] = {
    "oracle: splitting, present state": SplittingPresentState,
    "oracle: splitting, one segment late": SplittingOneSegmentLate,
    "oracle: clairvoyant": Clairvoyant,
    "oracle: present state": PresentState,
    "oracle: one segment late": OneSegmentLate,
    "oracle: best fixed host": BestFixed,
}
JUDGED: dict[str, type[Policy]] = {
    **ORACLES,
    OURS: Mirrorwise,
    "UCB1 + fleet prior": Ucb1,
    "discounted UCB": DiscountedUcb,
    "sliding-window UCB": SlidingWindowUcb,
    "C3": C3,
    "peak-EWMA, two choices": PeakEwma,
    **peers.INSTALLED,
    "content steering": Steering,
    "dash.js": DashJs,
    "Envoy outlier ejection": OutlierEjection,
    "hls.js failover": Failover,
    "origin only": OriginOnly,
    "PeerTube today": PeerTube,
}
POLICIES: dict[str, type[Policy]] = {**JUDGED, **ABLATIONS}
