"""The contextual way: how far a host differs, in one context, from its level for all.

A linear regression in Vowpal Wabbit on the noised labels, with features for host, zone,
connection and hours, and for host × zone, host × connection and zone × connection. It learns
what the plain level leaves over, so without evidence it says nothing; the passes are few for
the same reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import ceil
from random import Random

from vowpalwabbit import Workspace  # type: ignore[import-untyped]

from instance.hosts.prior.labels import Cell, Label
from selector.telemetry import CONTEXTS, Context

# Coin betting (Orabona and Tommasi, NIPS 2017) has no rate to tune. In simulated fleets of
# 30 to 3,000 viewers 5 passes were as good as the best ridge regression; 20 fitted noise.
PASSES = 5
# A step of coin betting is bounded however much an example weighs, so weights go in pieces;
# of 16 to 64 each, all do equally well in simulated fleets.
WEIGHT, MOST_LINES = 32.0, 4000
SETTINGS = "--quiet --coin --random_seed 1 -q hz -q hc -q zc"


def deviations(
    cells: Mapping[Cell, Label], levels: Mapping[str, float], hosts: Sequence[str]
) -> dict[Cell, float]:
    """Return how far every host is from its level in every context."""
    numbers = {host: number for number, host in enumerate(hosts)}
    piece = max(WEIGHT, sum(label.weight for label in cells.values()) / MOST_LINES)
    lines: list[str] = []
    for (host, where), label in cells.items():
        times = ceil(label.weight / piece)
        words = f"{label.mean - levels[host]} {label.weight / times} "
        lines += [words + _features(numbers[host], where)] * times
    Random(1).shuffle(lines)  # noqa: S311 - the same order every time is the point
    workspace = Workspace(SETTINGS)
    for line in lines * PASSES:
        workspace.learn(line)
    found = {
        Cell(host, context): float(workspace.predict(_features(numbers[host], context)))
        for host, context in product(hosts, CONTEXTS)
    }
    workspace.finish()
    return found


def _features(host: int, context: Context) -> str:
    """Say a cell in Vowpal Wabbit's words; hosts go by number, as names may hold its marks."""
    return f"|h h{host} |z z{context.zone} |c c{context.connection} |t t{context.hours}"
