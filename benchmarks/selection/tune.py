"""`python -m benchmarks.selection.tune`: random search for every peer's best settings.

Each peer gets `--settings` draws from its search space, without repetition. All play `--viewers`
viewers of each tuning scenario; the best `FINALISTS` play three times as many, and the best of
them is written into the file that the peers read.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatch
from itertools import product
from random import Random
from typing import Any

from benchmarks.selection.judging.experiment import Experiment
from benchmarks.selection.judging.report import Table
from benchmarks.selection.policies import PEERS, TUNED
from benchmarks.selection.policies.reward import Setting, Space, Tuned
from benchmarks.selection.sets.tuning import SCENARIOS
from benchmarks.selection.viewer.policy import Policy
from benchmarks.selection.world.traces import Synthetic

FINALISTS = 4


def draws(space: Space, settings: int) -> list[dict[str, Setting]]:
    """Return up to `settings` different points of a space.

    >>> len(draws({"width": (1, 2), "window": (5, 6, 7)}, 20))
    6
    """
    points = [dict(zip(space, values, strict=True)) for values in product(*space.values())]
    return Random(1).sample(points, min(settings, len(points)))  # noqa: S311


def best(peer: type[Policy], space: Space, settings: int, viewers: int) -> dict[str, Any]:
    """Tune one peer."""
    tried = {str(index): Tuned(peer, point) for index, point in enumerate(draws(space, settings))}
    heats = _mean_qoe(tried, viewers)
    finalists = sorted(heats, key=lambda name: -heats[name])[:FINALISTS]
    finals = _mean_qoe({name: tried[name] for name in finalists}, 3 * viewers)
    winner = max(finals, key=finals.__getitem__)
    return {
        "settings": dict(tried[winner].settings),
        "qoe": round(finals[winner], 3),
        "tried": len(tried),
        "qoe_of_all": sorted(round(qoe, 3) for qoe in heats.values()),
    }


def _mean_qoe(policies: Mapping[str, Tuned], viewers: int) -> dict[str, float]:
    table = Table(list(Experiment(policies, Synthetic()).run(SCENARIOS, viewers)))
    return {name: table.mean(name, lambda score: score.qoe) for name in policies}


def _tunable(patterns: Sequence[str]) -> Iterator[tuple[str, type[Policy], Space]]:
    for name, peer in PEERS.items():
        space: Space | None = getattr(peer, "space", None)
        if space and any(fnmatch(name.lower(), pattern.lower()) for pattern in patterns):
            yield name, peer, space


def main() -> None:
    """Tune the chosen peers and write down what was best."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.selection.tune")
    parser.add_argument("--settings", type=int, default=20, help="per peer")
    parser.add_argument("--viewers", type=int, default=2, help="per scenario")
    parser.add_argument("--policies", nargs="+", default=["*"], metavar="PATTERN")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # other people's libraries warn
    for name, peer, space in _tunable(arguments.policies):
        found = best(peer, space, arguments.settings, arguments.viewers)
        print(name, found["qoe"], found["settings"], file=sys.stderr)
        tuned = json.loads(TUNED.read_text())
        tuned["peers"][name] = found
        tuned["command"] = (
            f"python -m benchmarks.selection.tune --settings {arguments.settings} "
            f"--viewers {arguments.viewers}"
        )
        tuned["date"] = datetime.now(UTC).date().isoformat()
        TUNED.write_text(json.dumps(tuned, indent=2) + "\n")


if __name__ == "__main__":
    main()
