"""All policies by the name in the tables: ours, its variants, the peers, the oracles."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.selection.policies import peers
from benchmarks.selection.policies.ablations import ABLATIONS
from benchmarks.selection.policies.engine import LIMITED, Mirrorwise
from benchmarks.selection.policies.latency import C3, PeakEwma
from benchmarks.selection.policies.oracles import (
    BestFixed,
    Clairvoyant,
    OneSegmentLate,
    PresentState,
    SplittingOneSegmentLate,
    SplittingPresentState,
)
from benchmarks.selection.policies.reward import Setting, Tuned
from benchmarks.selection.policies.rules import (
    DashJs,
    Failover,
    OriginOnly,
    OutlierEjection,
    PeerTube,
    Steering,
)
from benchmarks.selection.policies.ucb import DiscountedUcb, SlidingWindowUcb, Ucb1
from benchmarks.selection.viewer.policy import Build, Policy

OURS = "Mirrorwise"
ORACLES: dict[str, type[Policy]] = {
    "oracle: splitting, present state": SplittingPresentState,
    "oracle: splitting, one segment late": SplittingOneSegmentLate,
    "oracle: clairvoyant": Clairvoyant,
    "oracle: present state": PresentState,
    "oracle: one segment late": OneSegmentLate,
    "oracle: best fixed host": BestFixed,
}
PEERS: dict[str, type[Policy]] = {
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
TUNED = Path(__file__).with_name("tuned.json")
CHOSEN: dict[str, dict[str, Setting]] = {
    name: peer["settings"] for name, peer in json.loads(TUNED.read_text())["peers"].items()
}
JUDGED: dict[str, Build] = {
    **ORACLES,
    OURS: Mirrorwise,
    **{name: Tuned(peer, CHOSEN.get(name, {})) for name, peer in PEERS.items()},
}
POLICIES: dict[str, Build] = {**JUDGED, **LIMITED, **ABLATIONS}
VARIANTS: dict[str, list[str]] = {
    "At an admin's limit": list(LIMITED),
    "With a part taken out": list(ABLATIONS),
}
