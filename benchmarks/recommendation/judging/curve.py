"""The learning curve: quality by number of viewers, and by number of events."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from benchmarks.recommendation.judging.cells import Cell
from benchmarks.recommendation.judging.metrics import Interval, interval
from benchmarks.recommendation.judging.pictures import PENS, Panel, picture
from benchmarks.recommendation.judging.report import Runs, signed
from benchmarks.recommendation.models.registry import OURS
from benchmarks.selection.judging.svg import Line
from benchmarks.tables import table

LINES = (OURS, "popularity", "additive co-watch", "PeerTube today")
EDGES = (0, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)


class Curve:
    """The runs for several sizes of the audience, with several seeds each."""

    def __init__(self, runs: Runs, sizes: Sequence[int], cells: Sequence[Cell]) -> None:
        self._runs = runs
        self._sizes = sizes
        self._cells = {
            (name, size): [c for c in cells if c.model == name and c.viewers == size]
            for name in LINES
            for size in sizes
        }

    def by_viewers(self) -> str:
        """Return a table by viewers, for the second half of each stream."""
        rows = []
        for size in self._sizes:
            recall = [f"{self._late(name, size):.3f}" for name in LINES]
            events = int(np.mean([len(c.stream()) for c in self._cells[OURS, size]]))
            gains = [signed(self._gain(name, size)) for name in ("popularity", "PeerTube today")]
            rows.append([f"{size:,}", f"{events:,}", *recall, *gains])
        head = ("viewers", "events", *LINES, "− popularity [95 %]", "− PeerTube today [95 %]")
        return table(head, rows)

    def by_events(self) -> str:
        """Return a table by events, for the largest audience."""
        rows = [
            [f"{low:,} to {high:,}", *(f"{self._between(name, low, high):.3f}" for name in LINES)]
            for low, high in self._intervals()
        ]
        return table(("events", *LINES), rows)

    def usable(self) -> str:
        """Return the number of viewers from which on it is significantly above both baselines."""
        clear = [
            all(self._gain(name, size).low > 0.0 for name in ("popularity", "PeerTube today"))
            for size in self._sizes
        ]
        smallest = next((s for i, s in enumerate(self._sizes) if all(clear[i:])), None)
        return f"{smallest:,} viewers" if smallest else "no size tried here"

    def svg(self) -> str:
        """Return the picture."""
        viewers = [
            Line(name, pen, self._sizes, [self._late(name, size) for size in self._sizes])
            for name, pen in zip(LINES, PENS, strict=True)
        ]
        ends = [high for _, high in self._intervals()]
        events = [
            Line(name, pen, ends, [self._between(name, *each) for each in self._intervals()])
            for name, pen in zip(LINES, PENS, strict=True)
        ]
        top = max(y for line in (*viewers, *events) for y in line.y)
        high = math.ceil(20.0 * top) / 20.0
        largest = f"{self._sizes[-1]:,} viewers, from the first hundred events on"
        return picture(
            [
                (Panel(0, "The second month", "viewers", "Recall@10"), viewers, high),
                (Panel(1, largest, "events so far", "Recall@10"), events, high),
            ]
        )

    def _late(self, name: str, size: int) -> float:
        found = [
            self._runs.recall_at(c, len(c.stream()) // 2, len(c.stream()))
            for c in self._cells[name, size]
        ]
        return float(np.concatenate(found).mean())

    def _gain(self, name: str, size: int) -> Interval:
        pairs = []
        for ours, other in zip(self._cells[OURS, size], self._cells[name, size], strict=True):
            late = ours.sample() >= len(ours.stream()) // 2
            hits, theirs = (self._runs.figures(c).recall[late] for c in (ours, other))
            pairs.append((hits - theirs, self._runs.viewers(ours)[late]))
        return interval(pairs)

    def _between(self, name: str, low: int, high: int) -> float:
        cells = self._cells[name, self._sizes[-1]]
        return float(np.concatenate([self._runs.recall_at(c, low, high) for c in cells]).mean())

    def _intervals(self) -> list[tuple[int, int]]:
        events = min(len(c.stream()) for c in self._cells[OURS, self._sizes[-1]])
        return [each for each in pairwise(EDGES) if each[1] <= events]
