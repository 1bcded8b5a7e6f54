"""Contextual prediction: by regression, how far a host differs from its level in a context.

A linear regression in Vowpal Wabbit on the noised labels, with features for host, zone,
connection and hours, and for host × zone, host × connection and zone × connection. It learns
the residuals of the plain level, so without evidence it predicts 0; the passes are few for the
same reason.
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
# A step of coin betting is bounded however much an example weighs, so heavy examples are split
# into several; pieces of 16 to 64 do equally well in simulated fleets.
PIECE_WEIGHT, MOST_EXAMPLES = 32.0, 4000
SETTINGS = "--quiet --coin --random_seed 1 -q hz -q hc -q zc"


def deviations(
    cells: Mapping[Cell, Label], levels: Mapping[str, float], hosts: Sequence[str]
) -> dict[Cell, float]:
    """Return the predicted difference of every host from its level, in every context."""
    numbers = {host: number for number, host in enumerate(hosts)}
    piece = max(PIECE_WEIGHT, sum(label.weight for label in cells.values()) / MOST_EXAMPLES)
    examples: list[str] = []
    for (host, where), label in cells.items():
        times = ceil(label.weight / piece)
        label_and_weight = f"{label.mean - levels[host]} {label.weight / times} "
        examples += [label_and_weight + _features(numbers[host], where)] * times
    Random(1).shuffle(examples)  # noqa: S311 - the same order every time is the point
    workspace = Workspace(SETTINGS)
    for example in examples * PASSES:
        workspace.learn(example)
    found = {
        Cell(host, context): float(workspace.predict(_features(numbers[host], context)))
        for host, context in product(hosts, CONTEXTS)
    }
    workspace.finish()
    return found


def _features(host: int, context: Context) -> str:
    """Return a cell in Vowpal Wabbit's text format; host names could hold its marks, so numbers."""
    return f"|h h{host} |z z{context.zone} |c c{context.connection} |t t{context.hours}"
