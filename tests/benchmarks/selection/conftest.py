"""Worlds that are simple enough to be computed by hand."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.selection.world.world import BYTES_PER_MBIT, DRAWS_PER_S, Path, Visit

SECONDS, SEGMENTS = 300, 20


def flat_path(mbps: float, rtt_s: float = 0.05, **changes: object) -> Path:
    """Make a host that never changes."""
    parts: dict[str, object] = {
        "capacity": [mbps * BYTES_PER_MBIT] * SECONDS,
        "rtt_s": [rtt_s] * SECONDS,
        "fault": [0] * SECONDS,
        "think_s": 0.0,
        "evicted_s": math.inf,
        "miss": np.zeros(SEGMENTS, bool),
        "corrupt": np.zeros(SEGMENTS, bool),
        "hiccup": np.zeros(SECONDS * DRAWS_PER_S, bool),
        "jitter": np.ones(SECONDS * DRAWS_PER_S),
        "dies_at": np.full(SECONDS * DRAWS_PER_S, 0.25),
        **changes,
    }
    return Path(**parts)  # type: ignore[arg-type]


@pytest.fixture
def flat_visit() -> Callable[..., Visit]:
    """Make a visit of unchanging hosts, by default behind a link that never limits."""

    def make(paths: dict[str, Path], access_mbps: float = 1000.0) -> Visit:
        return Visit(
            start_s=1e9,
            seconds=SECONDS,
            segments=SEGMENTS,
            segment_mb=np.ones(SEGMENTS),
            paths=paths,
            access=[access_mbps * BYTES_PER_MBIT] * SECONDS,
            miss_s=0.3,
            appears_s=np.zeros(SEGMENTS),
            peer_mbps=np.zeros(SEGMENTS),
        )

    return make


@pytest.fixture
def flat() -> Callable[..., Path]:
    """Make one unchanging host."""
    return flat_path
