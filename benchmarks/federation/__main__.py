"""`python -m benchmarks.federation`: what instances gain from each other's statements.

Writes RESULTS.md and a picture. Every instance is played alone once, through the real model; each
way of hearing others is then judged on the same moments.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.federation.instances import FAMILIES, homes, sizes_of, stream_of
from benchmarks.federation.judging import Said, hits, hits_by, lie, said_by, union
from benchmarks.federation.recording import Recording, record
from benchmarks.machine import machine
from benchmarks.recommendation.judging.metrics import interval
from benchmarks.recommendation.judging.pictures import PENS, Panel, picture
from benchmarks.recommendation.streams.stream import Floats
from benchmarks.selection.judging.svg import Line
from benchmarks.tables import table
from reco.scoring.ranker import NAMES, START_WEIGHTS

HERE = Path(__file__).parent
PICTURE = HERE.parents[1] / "docs/pictures/federation-gain.svg"
EPSILONS = (1.0, 2.0, 4.0)
FOLLOWED = 3
GROUPS = {"small": (0, 100), "middle": (100, 300), "large": (300, 10**9)}
LIES = {"liar: all higher": 30.0, "liar: all lower": -30.0}
Result = dict[str, tuple[Floats, Floats]]


class Cell(NamedTuple):
    """A simulated federation."""

    family: str
    seed: int
    people: int
    asks: int
    kept: Path | None


def main() -> None:
    """Play, print the page, and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="*", default=[3000])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--asks", type=int, default=300, help="lists per instance")
    parser.add_argument("--kept", type=Path, help="a folder that keeps recordings")
    parser.add_argument("--quick", action="store_true", help="printed and not written")
    given = parser.parse_args()
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    cells = [
        Cell(f, s, p, given.asks, given.kept) for p in given.people for f in FAMILIES for s in seeds
    ]
    found = dict(zip(cells, map(judged, cells), strict=True))
    page = _page(given, found)
    print(page)
    if not given.quick:
        (HERE / "RESULTS.md").write_text(page)
        PICTURE.write_text(_picture(found))


def recorded(cell: Cell) -> dict[str, Recording]:
    """Play each instance of a federation alone, unless its recording is kept."""
    family, seed, people, asks = cell.family, cell.seed, cell.people, cell.asks
    file = cell.kept and cell.kept / f"{family}_{seed}_{people}_{asks}.pickle"
    if file and file.exists():
        return dict(pickle.loads(file.read_bytes()))  # noqa: S301 - written below
    stream, sizes = stream_of(family, seed, people), sizes_of(people)
    home = homes(stream, seed, sizes)
    some: dict[str, Recording] = {}
    for number in range(len(sizes)):
        some[f"i{number}.example"] = record(stream, home, number, asks, seed)
        print(f"{cell}: instance {number} played", file=sys.stderr, flush=True)
    if file:
        file.write_bytes(pickle.dumps(some))
    return some


def judged(cell: Cell) -> dict[str, tuple[int, Result]]:
    """Return for each instance of a federation its viewers, and hits and viewers by mode."""
    some = recorded(cell)
    said = {epsilon: said_by(some, epsilon) for epsilon in EPSILONS}
    dice = np.random.default_rng(cell.seed)
    together = union([*some.values()])
    found = {}
    for name, each in some.items():
        others = [other for other in some if other != name]
        follows = dice.permutation(others)[:FOLLOWED].tolist()
        modes = _modes(each, said, others, follows, together)
        viewers = np.array([ask.viewer for ask in each.asked])
        found[name] = each.viewers, {mode: (make(), viewers) for mode, make in modes.items()}
        print(f"{cell}: {name} judged", file=sys.stderr, flush=True)
    return found


def _modes(
    own: Recording,
    said: dict[float, Said],
    others: list[str],
    follows: list[str],
    together: Floats,
) -> dict[str, Callable[[], Floats]]:
    def heard(epsilon: float, sources: list[str], lean: float = 0.0, new: bool = False) -> Floats:
        by = {source: said[epsilon][source] for source in sources}
        if lean:
            weeks = sorted({week for each in by.values() for week in each})
            by["liar.example"] = lie(weeks, lean)
        return hits(own, by, new)

    start = np.array([START_WEIGHTS[name] for name in NAMES])
    modes: dict[str, Callable[[], Floats]] = {
        "alone": lambda: hits(own, {}),
        "union": lambda: hits_by(own, together),
        "new, alone": lambda: hits_by(own, start),
        "new, all": lambda: heard(1.0, others, new=True),
        "followed, ε = 1": lambda: heard(1.0, follows),
    }
    for epsilon in EPSILONS:
        modes[f"all, ε = {epsilon:g}"] = lambda epsilon=epsilon: heard(epsilon, others)  # type: ignore[misc]
    for name, lean in LIES.items():
        modes[f"all, ε = 1, {name}"] = lambda lean=lean: heard(1.0, others, lean)  # type: ignore[misc]
    return modes


Found = dict[Cell, dict[str, tuple[int, Result]]]


def _rows(found: Found, base: str, modes: list[str]) -> str:
    rows = []
    for group, (low, high) in GROUPS.items():
        for family in FAMILIES:
            inside = [
                result
                for cell, instances in found.items()
                for viewers, result in instances.values()
                if cell.family == family and low <= viewers < high
            ]
            if not inside:
                continue
            mean = np.concatenate([result[base][0] for result in inside]).mean()
            row = [f"{group}, {family}", f"{len(inside)}", f"{mean:.3f}"]
            for mode in modes:
                pairs = [(r[mode][0] - r[base][0], r[mode][1]) for r in inside]
                gain = interval(pairs)
                percent = [100 * each / max(mean, 1e-9) for each in gain_of(gain)]
                row.append(f"{percent[0]:+.1f} [{percent[1]:+.1f}, {percent[2]:+.1f}]")
            rows.append(row)
    return table(("instances", "number", base, *modes), rows)


def gain_of(gain: object) -> tuple[float, float, float]:
    """Return mean and ends of an interval."""
    return gain.mean, gain.low, gain.high  # type: ignore[attr-defined]


def _worst(found: Found) -> str:
    """Return how many instances are worse than alone, each by its own interval."""
    rows = []
    first = next(iter(next(iter(found.values())).values()))[1]
    for mode in [each for each in first if each.startswith(("all", "followed"))]:
        intervals = [
            interval([(result[mode][0] - result["alone"][0], result[mode][1])])
            for instances in found.values()
            for _, result in instances.values()
        ]
        worse = sum(each.high < 0.0 for each in intervals)
        better = sum(each.low > 0.0 for each in intervals)
        rows.append([mode, f"{len(intervals)}", f"{worse}", f"{better}"])
    return table(("mode", "instances", "worse than alone", "better"), rows)


def _picture(found: Found) -> str:
    lines = []
    for (family, mode), pen in zip(
        [(f, m) for f in FAMILIES for m in ("alone", "all, ε = 1")], PENS, strict=False
    ):
        by_size: defaultdict[int, list[float]] = defaultdict(list)
        for cell, instances in found.items():
            if cell.family == family:
                for viewers, result in instances.values():
                    by_size[_rounded(viewers)].append(float(result[mode][0].mean()))
        sizes = sorted(by_size)
        means = [float(np.mean(by_size[size])) for size in sizes]
        lines.append(Line(f"{family}, {mode}", pen, sizes, means))
    high = max(max(line.y) for line in lines)
    panel = Panel(0, "At what scale does it pay?", "viewers of the instance", "Recall@10")
    return picture([(panel, lines, 1.1 * high)])


def _rounded(viewers: int) -> int:
    """Round to one of few sizes: a step is half as much again.

    >>> _rounded(49), _rounded(51)
    (51, 51)
    """
    return int(1.5 ** round(np.log(max(viewers, 2)) / np.log(1.5)) + 0.5)


def _page(given: argparse.Namespace, found: Found) -> str:
    modes = ["followed, ε = 1", *(f"all, ε = {e:g}" for e in EPSILONS), "union"]
    lies = [f"all, ε = 1, {name}" for name in LIES]
    return (
        (HERE / "page.md")
        .read_text()
        .format(
            people=" and ".join(f"{each:,}" for each in given.people),
            seeds=f"{given.first_seed} to {given.first_seed + given.seeds - 1}",
            asks=given.asks,
            machine=machine(),
            gains=_rows(found, "alone", modes),
            lies=_rows(found, "alone", lies),
            new=_rows(found, "union", ["new, alone", "new, all"]),
            worst=_worst(found),
        )
    )


if __name__ == "__main__":
    main()
