"""The interface of a recommender, which ours and every peer implement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from benchmarks.recommendation.streams.stream import Bools, Floats

SHOWN = 10


@dataclass(frozen=True)
class Ask:
    """A request for a list: a viewer, a time, and the videos that may be shown."""

    viewer: int
    now_s: float
    watching: int
    """The viewer's last video; -1 at the very first."""
    open: Bools
    """By video: may be shown."""


class Recommender(Protocol):
    """Ranks videos and learns from events; of a stream it may read the videos' metadata."""

    def publish(self, video: int) -> None:
        """Add a video that is published now."""

    def rank(self, ask: Ask) -> Sequence[int]:
        """Return up to SHOWN open videos, best first."""

    def learn(self, viewer: int, video: int, engaged: int, at_s: float) -> None:
        """Learn that somebody watched; `engaged` is the bit as told."""


def best(scores: Floats, open_now: Bools, count: int = SHOWN) -> list[int]:
    """Return the open videos with the highest scores.

    >>> best(np.array([1.0, 3.0, 2.0, 9.0]), np.array([True, True, True, False]), 2)
    [1, 2]
    """
    left = np.where(open_now, scores, -np.inf)
    top = np.argpartition(-left, min(count, len(left) - 1))[:count]
    return [video for video in top[np.argsort(-left[top])].tolist() if open_now[video]]
