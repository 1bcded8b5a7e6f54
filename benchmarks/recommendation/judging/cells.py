"""A cell is one model on one stream; cells run in processes, and may be stored in a folder."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import numpy as np

from benchmarks.recommendation.judging.prequential import Run, asks, play
from benchmarks.recommendation.models.registry import MODELS
from benchmarks.recommendation.streams.audience import federation
from benchmarks.recommendation.streams.federation import Size
from benchmarks.recommendation.streams.randomised_response import noised_bits
from benchmarks.recommendation.streams.stream import Ints, Stream, load

EARLY = 1000
"""Models are asked at each of so many first events, for the learning curve."""


class Cell(NamedTuple):
    """A model, a stream, its noise, and at how many events the model is asked."""

    model: str
    seed: int = 1
    viewers: int = 3000
    epsilon: float = math.inf
    a_day: int | None = None
    asks: int = 3000
    data: Path | None = None

    def stream(self) -> Stream:
        """Make or read the stream."""
        return _given(self.data) if self.data else _made(self.seed, self.viewers)

    def sample(self) -> Ints:
        """Return the random sample of events at which models are asked."""
        return asks(self.stream(), self.asks, self.seed)

    def run(self) -> Run:
        """Play it."""
        stream = self.stream()
        early = np.flatnonzero(~stream.leaks[:EARLY])
        asked = np.union1d(self.sample(), early)
        bits = noised_bits(stream, self.epsilon, self.seed, self.a_day)
        return play(stream, MODELS[self.model](stream), asked, bits)

    def file(self, folder: Path) -> Path:
        """Return the file in which the run is stored."""
        name = self._replace(data=None, model=self.model.replace(" ", "-"))
        words = [self.data.stem if self.data else "made", *map(str, name[:-1])]
        return folder / ("_".join(words) + ".npz")


# The page alternates between the streams of all seeds and sizes.
@lru_cache(maxsize=16)
def _made(seed: int, viewers: int) -> Stream:
    return federation(seed, Size(viewers=viewers))


@lru_cache(maxsize=1)
def _given(file: Path) -> Stream:
    return load(file)


def play_all(cells: Sequence[Cell], jobs: int, kept: Path | None) -> dict[Cell, Run]:
    """Run all cells, those of one stream together, except those stored in the folder."""
    found = {cell: run for cell in cells if kept and (run := _read(cell.file(kept)))}
    missing = [cell for cell in cells if cell not in found]
    left = sorted(missing, key=lambda c: (str(c.data), c.seed, c.viewers))
    began_s = monotonic()
    for done, (cell, run) in enumerate(_in_processes(left, jobs), 1):
        found[cell] = run
        if kept:
            np.savez(cell.file(kept), *run)
        status = f"{done} of {len(left)} after {monotonic() - began_s:.0f} s: {cell.model}"
        print(f"{status}, {cell.viewers} viewers, seed {cell.seed}", file=sys.stderr, flush=True)
    return found


def _in_processes(cells: Sequence[Cell], jobs: int) -> Iterator[tuple[Cell, Run]]:
    if jobs == 1:
        yield from map(_run, cells)
        return
    with get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(_run, cells)


def _run(cell: Cell) -> tuple[Cell, Run]:
    return cell, cell.run()


def _read(file: Path) -> Run | None:
    if not file.exists():
        return None
    with np.load(file) as arrays:
        event, shown, rank_s, learn_s = (arrays[name] for name in arrays.files)
    return Run(event, shown, float(rank_s), float(learn_s))
