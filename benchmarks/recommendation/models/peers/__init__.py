"""The peers: rules, co-watch counts alone, and recommenders from other people's libraries."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from benchmarks.recommendation.models.peers.libraries import Als, BiasedMf, Ease
from benchmarks.recommendation.models.peers.rules import CoWatch, PeerTubeToday, Popularity
from benchmarks.recommendation.models.peers.vowpal import VowpalWabbit
from benchmarks.recommendation.models.recommender import Recommender
from benchmarks.recommendation.streams.stream import Stream

Build = Callable[[Stream], Recommender]

_NEEDS: dict[str, tuple[str, Build]] = {
    "River BiasedMF": ("river", BiasedMf),
    "implicit ALS": ("implicit", Als),
    "cornac EASE": ("cornac", Ease),
    "Vowpal Wabbit, our features": ("vowpalwabbit", VowpalWabbit),
}
MISSING = {name: library for name, (library, _) in _NEEDS.items() if not find_spec(library)}
PEERS: dict[str, Build] = {
    "PeerTube today": PeerTubeToday,
    "popularity": Popularity,
    "additive co-watch": CoWatch,
    **{name: build for name, (_, build) in _NEEDS.items() if name not in MISSING},
}
