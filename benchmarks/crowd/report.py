"""The result page in Markdown: targets, overview, a table per scenario."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.crowd.crowd import Score
from benchmarks.crowd.scenario import SCENARIOS, Scenario
from benchmarks.tables import table


@dataclass(frozen=True)
class Result:
    """One cell: a scenario, a seed, a policy."""

    scenario: str
    seed: int
    policy: str
    score: Score


Column = tuple[str, Callable[[Score], float], str]
STALLED: Column = ("time stalled %", lambda score: 100 * score.stalled, ".2f")
COLUMNS: tuple[Column, ...] = (
    STALLED,
    ("viewers without a stall %", lambda score: 100 * score.smooth, ".0f"),
    ("start-up s", lambda score: score.startup_s, ".1f"),
    ("capacity used %", lambda score: 100 * score.utilisation, ".0f"),
    ("least used host", lambda score: min(score.use), ".2f"),
    ("most used host", lambda score: max(score.use), ".2f"),
    ("oscillation", lambda score: score.oscillation, ".2f"),
    ("extra requests", lambda score: score.extra_requests, ".2f"),
)


class Table:
    """All cells of one run, by scenario and policy."""

    def __init__(self, results: Sequence[Result]) -> None:
        self.cells: dict[str, dict[str, list[Score]]] = defaultdict(lambda: defaultdict(list))
        for result in results:
            self.cells[result.scenario][result.policy].append(result.score)

    def overview(self) -> str:
        """One row per policy, one column per scenario: time stalled and viewers without a stall."""
        scenarios = list(self.cells)
        rows = []
        for policy in next(iter(self.cells.values())):
            cells = [self.cells[scenario][policy] for scenario in scenarios]
            figures = [f"{_mean(STALLED, row)} / {_mean(COLUMNS[1], row)}" for row in cells]
            rows.append([policy, *figures])
        return table(["time stalled % / viewers without a stall %", *scenarios], rows)

    def details(self, scenario: str) -> str:
        """One row per policy: means over the seeds, and the range of the first column."""
        rows = []
        for policy, scores in self.cells[scenario].items():
            figures = [_mean(column, scores) for column in COLUMNS]
            figures[0] += f" [{_range(STALLED, scores)}]"
            rows.append([policy, *figures])
        return table(["policy", *(name for name, _, _ in COLUMNS)], rows)

    def targets(self, policy: str) -> str:
        """One row per scenario and target: the target, the measurement, whether it is kept."""
        rows = []
        for scenario in SCENARIOS:
            scores = self.cells.get(scenario.name, {}).get(policy)
            if scores:
                rows += _verdicts(scenario, scores)
        return table(["scenario", "target", policy, "kept"], rows)


def _verdicts(scenario: Scenario, scores: Sequence[Score]) -> list[list[str]]:
    flash = scenario.arrive_s <= 10.0
    most = 0.5 if flash else 0.1
    stalled = float(np.mean([100 * score.stalled for score in scores]))
    measured = f"{stalled:.3f} % [{_range(STALLED, scores)}]"
    rows = [[scenario.name, f"stalls < {most} % of time", measured, _yes(stalled < most)]]
    if len(set(scenario.shares)) == 1:
        uneven = 100 * float(np.mean([score.unevenness for score in scores]))
        rows.append([scenario.name, "hosts within 10 %", f"{uneven:.1f} %", _yes(uneven <= 10.0)])
    return rows


def markdown(table: Table, ours: str, command: str, seeds: int) -> str:
    """Return the whole page."""
    parts = [
        "# Many viewers on hosts of finite capacity",
        f"Made by `{command}`. Crowds per cell: {seeds}, the same for every policy; figures are "
        "means, in brackets the lowest and the highest crowd.",
        "80 viewers watch five minutes at a fixed 4.3 Mbit/s, so that no bit rate yields to a "
        "stall, over access links around 30 Mbit/s and round trips around 60 ms. Hosts hold "
        "60/25/10/5 % of a combined capacity of 1.25 times what all viewers together watch, if "
        "the name does not say otherwise; all arrive within 60 s (flash crowd: 10 s). The fleet's "
        "prior is one for all, about what ten viewers at once would see of each host; *no prior* "
        "and *flash crowd* have none. *A mirror fades*: 1.5 times, of which the second host loses "
        "80 % between 150 s and 210 s. Hosts serve connections max-min fairly and never answer "
        "later for being busy.",
        "## Targets",
        table.targets(ours),
        "## Overview",
        table.overview(),
    ]
    for scenario in table.cells:
        parts += [f"## {scenario}", table.details(scenario)]
    parts.append(
        "Capacity used and oscillation (the coefficient of variation of a host's bytes per 10 s) "
        "are taken from the last arrival to half a video later. A host's use is its share of all "
        "bytes over its share of the capacity."
    )
    return "\n\n".join(parts) + "\n"


def _mean(column: Column, scores: Sequence[Score]) -> str:
    _, read, spec = column
    return format(float(np.mean([read(score) for score in scores])), spec)


def _range(column: Column, scores: Sequence[Score]) -> str:
    _, read, spec = column
    values = [read(score) for score in scores]
    return f"{min(values):{spec}}, {max(values):{spec}}"


def _yes(kept: bool) -> str:
    return "yes" if kept else "**no**"
