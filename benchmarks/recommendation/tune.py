"""`python -m benchmarks.recommendation.tune`: coordinate search for the peers' settings.

Each peer's settings are tried one after the other; the best value of one is kept while the next is
tried. The best values stand in the peer's class. The federation has a seed of its own, which no
judged federation has.
"""

from __future__ import annotations

import argparse
from typing import cast

from benchmarks.recommendation.judging.prequential import asks, play
from benchmarks.recommendation.models.peers import PEERS, Build
from benchmarks.recommendation.streams.audience import federation
from benchmarks.recommendation.streams.stream import Ints, Stream

SEED, ASKS = 1001, 2000
SPACES: dict[str, dict[str, tuple[float, ...]]] = {
    "popularity": {"popular_days": (0.25, 0.5, 1.0, 2.0, 4.0)},
    "additive co-watch": {
        "recent": (3, 5, 10, 20),
        "shrink": (0.5, 2.0, 8.0),
        "within_days": (1.0, 14.0),
    },
    "River BiasedMF": {
        "negatives": (1, 3, 10),
        "rate": (0.02, 0.05, 0.1),
        "factors": (5, 10, 20),
    },
    "implicit ALS": {
        "rank_decay": (0.8, 0.9, 1.0),
        "decay_days": (5.0, 10.0, 20.0),
        "alpha": (1.0, 10.0, 40.0),
        "factors": (8, 16, 32, 64),
        "regularization": (0.05, 1.0),
    },
    "cornac EASE": {
        "rank_decay": (0.8, 0.9, 1.0),
        "decay_days": (5.0, 10.0, 20.0),
        "ridge": (5.0, 20.0, 80.0, 320.0),
    },
}


def _recall(stream: Stream, name: str, settings: dict[str, float], asked: Ints) -> float:
    tried: Build = type(name, (cast(type, PEERS[name]),), settings)  # they are class attributes
    shown = play(stream, tried(stream), asked).shown
    return float((shown == stream.video[asked][:, None]).any(axis=1).mean())


def main() -> None:
    """Try and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peers", nargs="*", default=list(SPACES), metavar="PEER")
    stream = federation(SEED)
    asked = asks(stream, ASKS, SEED)
    for name in parser.parse_args().peers:
        kept: dict[str, float] = {}
        for setting, values in SPACES[name].items():
            found = {v: _recall(stream, name, kept | {setting: v}, asked) for v in values}
            kept[setting] = max(found, key=lambda value: found[value])
            print(f"{name}, {setting}: {found} -> {kept[setting]}", flush=True)


if __name__ == "__main__":
    main()
