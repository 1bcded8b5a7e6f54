"""The charts of a result table: QoE distribution, regret, and one visit as a timeline.

The colours are Okabe and Ito's, which the colour-blind can tell apart; dashes and hatching repeat
the distinction.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.selection.judging.report import BASELINE, GOALS, Table
from benchmarks.selection.judging.story import tell
from benchmarks.selection.judging.svg import Chart, Line
from benchmarks.selection.judging.timeline import timelines
from benchmarks.selection.policies import OURS, PEERS, POLICIES
from benchmarks.selection.world.scenario import Scenario, Situation
from benchmarks.selection.world.traces import Floats, Traces

BEST_PEERS = 2
STORY = "outages"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c8c8c", "#a0785a")
DASHES = ("", "7 3", "2 3", "9 3 2 3", "5 5", "12 4", "3 6", "1 5")
DISTRIBUTION = (
    "How many of all viewers of all scenarios have at most this QoE: the further right, the better."
)
REGRET = (
    "QoE lost since the start of the video against the single-host oracle that knows the present "
    "state, on average over the long single visits. What leaves the picture goes on rising; "
    "below zero is better than that oracle."
)
TIMELINE = (
    f"One viewer of the scenario “{STORY}”, the one whose gain is the median there. Each bar is a "
    "fetch; below them the buffer, and in red the time stalled."
)


def draw(
    table: Table, scenarios: Sequence[Situation], traces: Traces, page: Path
) -> dict[str, str]:
    """Write the charts that the table has data for; return captions by path from the page."""
    folder = page.parent / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    found = {"qoe": (_distribution(table), DISTRIBUTION)}
    alike = [s for s in scenarios if isinstance(s, Scenario) and s.visits == 1]
    long = [s.name for s in alike if s.segments >= 40]
    if GOALS["present state"] in table.policies and long:
        found["regret"] = (_regret(table, long), REGRET)
    told = next((scenario for scenario in scenarios if scenario.name == STORY), None)
    if told and BASELINE in table.policies:
        found["story"] = (_typical(table, told, traces), TIMELINE)
    captions = {}
    for name, (svg, caption) in found.items():
        file = folder / f"{page.stem.lower()}-{name}.svg"
        file.write_text(svg)
        captions[f"pictures/{file.name}"] = caption
    return captions


def _pens(table: Table) -> dict[str, str]:
    """Return a line style for ours, the oracles, the best peers, and what is in use today."""
    peers = sorted((n for n in table.policies if n in PEERS), key=lambda name: -table.qoe(name))
    wanted = [OURS, *GOALS.values(), *peers[:BEST_PEERS], "content steering", BASELINE]
    shown = [name for name in dict.fromkeys(wanted) if name in table.policies]
    return {
        name: f'fill="none" stroke="{colour}" stroke-width="{3 if name == OURS else 2}" '
        f'stroke-dasharray="{dashes}"'
        for name, colour, dashes in zip(shown, COLOURS, DASHES, strict=False)
    }


def _distribution(table: Table) -> str:
    shares = np.linspace(0.0, 1.0, 101)

    def line(name: str, pen: str) -> Line:
        qoes = np.concatenate([table.qoes(name, scenario) for scenario in table.scenarios])
        return Line(name, pen, np.quantile(qoes, shares).tolist(), (100 * shares).tolist())

    chart = Chart("QoE per segment", "% of viewers", (-1.0, 4.5), (0.0, 100.0))
    return chart.draw([line(name, pen) for name, pen in _pens(table).items()])


def _regret(table: Table, scenarios: Sequence[str]) -> str:
    goal = GOALS["present state"]
    length = min(len(table.scores(goal, scenario)[0].worths) for scenario in scenarios)

    def earned(name: str) -> Floats:
        rows = [[s.worths[:length] for s in table.scores(name, each)] for each in scenarios]
        return np.asarray(np.cumsum(np.mean([np.mean(row, axis=0) for row in rows], axis=0)))

    lost = {name: earned(goal) - earned(name) for name in _pens(table)}
    low = min(float(curve.min()) for curve in lost.values())
    # The two worst lines are cut off, because they would flatten all others.
    high = sorted(float(curve[-1]) for curve in lost.values())[-min(3, len(lost))]
    y_range = (float(np.floor(low)), float(np.ceil(1.2 * max(high, 1.0))))
    x = [float(segment) for segment in range(1, length + 1)]
    return Chart("segment", "QoE lost", (0.0, float(length)), y_range).draw(
        [Line(name, pen, x, lost[name].tolist()) for name, pen in _pens(table).items()]
    )


def _typical(table: Table, scenario: Situation, traces: Traces) -> str:
    """Draw the viewer whose gain is the median."""
    gains = table.qoes(OURS, scenario.name) - table.qoes(BASELINE, scenario.name)
    viewer = int(np.argsort(gains)[len(gains) // 2])
    return timelines(
        {name: tell(scenario, viewer, POLICIES[name], traces) for name in (BASELINE, OURS)}
    )
