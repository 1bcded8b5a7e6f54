"""`python -m benchmarks.recommendation`: quality of the recommender, as RESULTS.md."""

from __future__ import annotations

import argparse
import math
import shlex
import sys
import warnings
from pathlib import Path

import numpy as np

from benchmarks.machine import machine
from benchmarks.recommendation.judging.attack import ASKED, FAKES, pushed
from benchmarks.recommendation.judging.cells import Cell, play_all
from benchmarks.recommendation.judging.curve import LINES, Curve
from benchmarks.recommendation.judging.report import Runs, comparison, described, parts, signed
from benchmarks.recommendation.models.peers import MISSING, PEERS
from benchmarks.recommendation.models.registry import ABLATIONS, OURS
from benchmarks.recommendation.streams.randomised_response import A_DAY
from benchmarks.recommendation.streams.stream import StreamError
from benchmarks.tables import table

HERE = Path(__file__).parent
PICTURE = HERE.parents[1] / "docs/pictures/recommender-learning-curve.svg"
SIZES = (100, 300, 1000, 3000)
CLEAR = (math.inf, None)
NOISE = {
    300: (CLEAR, (4.0, None), (2.0, None), (1.0, None), (0.5, None)),
    1000: (CLEAR, (2.0, None), (1.0, None)),
    3000: (CLEAR, (2.0, None), (2.0, A_DAY)),
}
"""By number of viewers: ε, and how many events a day."""
PARTS_VIEWERS = 1000
ATTACK_VIEWERS, ATTACK_SEEDS = 1000, 3


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.recommendation", description=__doc__
    )
    parser.add_argument("--data", type=Path, metavar="FILE", help="another stream, as .npz")
    parser.add_argument("--name", default="given data", help="what to call it")
    parser.add_argument("--seeds", type=int, default=3, help="federations to make")
    parser.add_argument("--asks", type=int, default=3000, help="events at which models are asked")
    parser.add_argument("--quick", action="store_true", help="small, printed and not written")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--kept", type=Path, metavar="FOLDER", help="keep runs, and use kept ones")
    arguments = parser.parse_args()
    for option in ("seeds", "asks", "jobs"):
        if getattr(arguments, option) < 1:
            parser.error(f"--{option} must be at least 1")
    return arguments


class Plan:
    """The cells that the page needs."""

    def __init__(self, seeds: int, asks: int, quick: bool) -> None:
        self._seeds = range(1, seeds + 1)
        self.sizes = SIZES[:1] if quick else SIZES
        self.largest = self.sizes[-1]
        self.models = {
            name: [Cell(name, seed, self.largest, asks=asks) for seed in self._seeds]
            for name in (OURS, *PEERS)
        }
        self.parts = {
            name: [Cell(name, s, min(PARTS_VIEWERS, self.largest), asks=asks) for s in self._seeds]
            for name in (OURS, *ABLATIONS)
        }
        self.curve = [
            Cell(name, seed, size, asks=asks)
            for name in LINES
            for size in self.sizes
            for seed in self._seeds
        ]
        self.noise = {
            (size, epsilon, a_day): [Cell(OURS, s, size, epsilon, a_day, asks) for s in self._seeds]
            for size, ways in NOISE.items()
            for epsilon, a_day in ways
            if size <= self.largest
        }

    def cells(self) -> list[Cell]:
        """Return all, each once."""
        groups = (*self.models.values(), *self.parts.values(), self.curve, *self.noise.values())
        return list(dict.fromkeys(cell for group in groups for cell in group))


def _noise(runs: Runs, plan: Plan) -> str:
    rows = []
    for (size, epsilon, a_day), cells in plan.noise.items():
        clear = plan.noise[size, math.inf, None]
        recall = runs.mean(cells, "recall").mean
        base = runs.mean(clear, "recall").mean
        rows.append(
            [
                f"{size:,}",
                ("no noise" if epsilon == math.inf else f"{epsilon:g}")
                + (", five a day" if a_day else ""),
                f"{recall:.3f}",
                "–" if cells == clear else signed(runs.difference(cells, clear, "recall")),
                "–" if cells == clear else f"{100 * (recall / base - 1):+.1f} %",
            ]
        )
    return table(("viewers", "ε", "Recall@10", "− no noise [95 %]", "in %"), rows)


def _attack(viewers: int) -> str:
    stream, runs = Cell(OURS, 1, viewers).stream(), []
    for seed in range(ATTACK_SEEDS):
        print(f"fake viewers, {seed + 1} of {ATTACK_SEEDS}", file=sys.stderr, flush=True)
        runs.append(pushed(stream, seed))
    rows = [
        [name, *(f"{share:.1%}" for share in np.mean([run[name] for run in runs], axis=0))]
        for name in runs[0]
    ]
    return table(("fakes", *map(str, FAKES)), rows)


def _missing() -> str:
    return "".join(
        f"Skipped, as {library} is not installed: {name}.\n\n" for name, library in MISSING.items()
    )


def _made(arguments: argparse.Namespace) -> str:
    plan = Plan(arguments.seeds, arguments.asks, arguments.quick)
    runs = Runs(play_all(plan.cells(), arguments.jobs, arguments.kept))
    curve = Curve(runs, plan.sizes, plan.curve)
    if not arguments.quick:
        PICTURE.write_text(curve.svg())
    ours = plan.models[OURS]
    return (
        (HERE / "page.md")
        .read_text()
        .format(
            command=_command(),
            machine=machine(),
            asks=f"{arguments.asks:,}",
            seeds=arguments.seeds,
            missing=_missing(),
            comparison=comparison(runs, plan.models),
            parts=parts(runs, plan.parts),
            parts_viewers=f"{min(PARTS_VIEWERS, plan.largest):,}",
            usable=curve.usable(),
            by_viewers=curve.by_viewers(),
            largest=f"{plan.largest:,}",
            by_events=curve.by_events(),
            noise=_noise(runs, plan),
            attack=_attack(min(ATTACK_VIEWERS, plan.largest)),
            attack_asked=ASKED,
            attack_seeds=ATTACK_SEEDS,
            described=described({f"seed {cell.seed}": cell.stream() for cell in ours}),
        )
    )


def _given(arguments: argparse.Namespace) -> str:
    by_model = {
        name: [Cell(name, asks=arguments.asks, data=arguments.data)] for name in (OURS, *PEERS)
    }
    cells = [cell for group in by_model.values() for cell in group]
    stream = cells[0].stream()
    runs = Runs(play_all(cells, arguments.jobs, arguments.kept))
    return (
        (HERE / "page-given.md")
        .read_text()
        .format(
            name=arguments.name,
            command=_command(),
            machine=machine(),
            missing=_missing(),
            comparison=comparison(runs, by_model),
            described=described({arguments.name: stream}),
        )
    )


def _command() -> str:
    """Return the command's arguments, without the names of local folders and files."""
    own = {"--data": "FILE", "--kept": "FOLDER"}
    given = sys.argv[1:]
    return shlex.join(
        own.get(before, word) for before, word in zip(["", *given], given, strict=False)
    )


def main() -> None:
    """Play, print the page, and write it."""
    arguments = _arguments()
    warnings.simplefilter("ignore")  # other people's libraries warn
    if arguments.kept:
        arguments.kept.mkdir(parents=True, exist_ok=True)
    try:
        page = _given(arguments) if arguments.data else _made(arguments)
    except StreamError as error:
        sys.exit(str(error))
    print(page)
    if not arguments.quick:
        name = f"RESULTS-{arguments.name.replace(' ', '-')}.md" if arguments.data else "RESULTS.md"
        (HERE / name).write_text(page)


if __name__ == "__main__":
    main()
