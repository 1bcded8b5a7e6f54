"""The registry of all models by name: ours, the peers, the ablations."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.recommendation.models.ours import Ours
from benchmarks.recommendation.models.peers import PEERS, Build
from benchmarks.recommendation.streams.stream import Stream
from reco.scoring.features import FEATURES, SPREADS
from reco.scoring.ranker import Ranker

OURS = "Mirrorwise"
UNTOLD = ("subscribed",)
"""Features for which streams have no data."""


def _without(feature: str) -> Build:
    def build(stream: Stream) -> Ours:
        ours = Ours(stream)
        ours.model.features.spreads = np.where(np.array(FEATURES) == feature, np.inf, SPREADS)
        return ours

    return build


class _Untaught(Ranker):
    """Keeps the initial weights."""

    def learn(self, *_: Any) -> dict[str, float]:
        return {}


def _untaught(stream: Stream) -> Ours:
    ours = Ours(stream)
    ours.model.ranker = _Untaught()
    return ours


class _Undiversified(Ours):
    surprise = 0.0


class _Elsewhere(Ours):
    fakes_at = "elsewhere.example"


ABLATIONS: dict[str, Build] = {
    **{f"without {name}": _without(name) for name in FEATURES if name not in UNTOLD},
    "without learning weights": _untaught,
    "“more of this”: no diversity, no chances": _Undiversified,
}
MODELS: dict[str, Build] = {OURS: Ours, **PEERS, **ABLATIONS}
ATTACKED: dict[str, Build] = {
    f"{OURS}, fakes at home": Ours,
    f"{OURS}, fakes on another instance": _Elsewhere,
    **{name: PEERS[name] for name in ("popularity", "additive co-watch")},
}
