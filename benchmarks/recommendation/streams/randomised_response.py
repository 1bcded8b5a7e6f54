"""Randomised response with ε: the watch events that reach the instance, five a day."""

from __future__ import annotations

from collections import Counter

import numpy as np

from benchmarks.recommendation.streams.stream import DAY_S, Ints, Stream

A_DAY = 5


def noised_bits(stream: Stream, epsilon: float, seed: int, a_day: int | None = A_DAY) -> Ints:
    """Return the noised bits; -1 where the viewer's events of the day are used up.

    The truth is told with probability e^ε / (1 + e^ε), else its opposite. A viewer watches no
    video twice here, so each bit is drawn once.
    """
    honesty = 1.0 / (1.0 + np.exp(-epsilon))
    lies = np.random.default_rng(seed).random(len(stream)) >= honesty
    bits = np.where(lies, 1 - stream.engaged, stream.engaged)
    if a_day is None:
        return bits
    used: Counter[tuple[int, int]] = Counter()
    days = ((stream.at_s - stream.at_s[0]) // DAY_S).astype(np.int64).tolist()
    for event, key in enumerate(zip(stream.viewer.tolist(), days, strict=True)):
        used[key] += 1
        if used[key] > a_day:
            bits[event] = -1
    return bits
