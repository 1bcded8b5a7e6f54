"""The result table, in Markdown."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks.selection.experiment import Result
from benchmarks.selection.metrics import Score, paired_interval

Column = tuple[str, Callable[[Score], float], str]
COLUMNS: tuple[Column, ...] = (
    ("rebuffer %", lambda score: 100 * score.rebuffer_ratio, ".2f"),
    ("start-up s", lambda score: score.startup_s, ".2f"),
    ("errors / 1000", lambda score: score.errors_per_1000, ".1f"),
    ("extra requests", lambda score: score.extra_requests, ".2f"),
    ("extra bytes %", lambda score: 100 * score.extra_bytes, ".2f"),
    ("decisions / s", lambda score: score.decisions_per_s, ".0f"),
)


class Table:
    """All cells of one run, by policy and scenario."""

    def __init__(self, results: Sequence[Result]) -> None:
        cells: dict[str, dict[str, list[Score]]] = defaultdict(lambda: defaultdict(list))
        for result in results:
            cells[result.policy][result.scenario].append(result.score)
        self._cells = cells
        self.policies = list(cells)
        self.scenarios = list(next(iter(cells.values())))

    def mean(self, policy: str, read: Callable[[Score], float]) -> float:
        """Average over scenarios of the average over viewers."""
        rows = self._cells[policy].values()
        return float(np.mean([np.mean([read(score) for score in row]) for row in rows]))

    def difference(
        self, policy: str, reference: str, scenarios: Sequence[str] | None = None
    ) -> tuple[float, float, float]:
        """QoE of `policy` minus that of `reference`, paired by viewer, with a 95 % interval."""
        return paired_interval(
            [
                np.array([score.qoe for score in self._cells[policy][scenario]])
                - np.array([score.qoe for score in self._cells[reference][scenario]])
                for scenario in scenarios or self.scenarios
            ]
        )

    def overall(self, reference: str) -> str:
        """One row per policy, best QoE first."""
        head = [f"QoE − {reference} [95 %]", "gm", *(name for name, _, _ in COLUMNS)]
        lines = [_row(["policy", "QoE", *head]), _row(["---"] * (len(head) + 2))]
        for policy in sorted(self.policies, key=lambda name: -self.mean(name, _qoe)):
            figures = [
                f"{self.mean(policy, _qoe):.3f}",
                "–" if policy == reference else _interval(self.difference(policy, reference)),
                f"{math.exp(self.mean(policy, lambda score: score.ln_time_ratio)):.3f}",
                *(format(self.mean(policy, read), spec) for _, read, spec in COLUMNS),
            ]
            lines.append(_row([policy, *figures]))
        return "\n".join(lines)

    def by_scenario(self, reference: str) -> str:
        """QoE per scenario; ▲ and ▼ where the paired interval excludes the reference's."""
        order = sorted(self.policies, key=lambda name: -self.mean(name, _qoe))
        lines = [_row(["policy", *self.scenarios]), _row(["---"] * (len(self.scenarios) + 1))]
        for policy in order:
            figures = []
            for scenario in self.scenarios:
                _, low, high = self.difference(policy, reference, [scenario])
                mark = " ▲" if low > 0 else " ▼" if high < 0 else ""
                qoe = np.mean([score.qoe for score in self._cells[policy][scenario]])
                figures.append(f"{qoe:.2f}{mark}")
            lines.append(_row([policy, *figures]))
        return "\n".join(lines)


def markdown(
    table: Table, reference: str, title: str, command: str, missing: Mapping[str, str]
) -> str:
    """Return the whole page."""
    skipped = [
        f"- {name}: skipped, `{library}` is not installed" for name, library in missing.items()
    ]
    return "\n".join(
        [
            f"# {title}",
            "",
            f"Made by `{command}`. QoE is per segment; gm is the geometric mean of a segment's "
            "time over its time on the best host, in hindsight and alone; differences are paired "
            "by viewer, intervals from 2000 bootstrap samples.",
            "",
            table.overall(reference),
            *(["", *skipped] if skipped else []),
            "",
            "## QoE by scenario",
            "",
            f"▲ better and ▼ worse than {reference} beyond the 95 % interval of the pairs.",
            "",
            table.by_scenario(reference),
            "",
        ]
    )


def _qoe(score: Score) -> float:
    return score.qoe


def _interval(value: tuple[float, float, float]) -> str:
    mean, low, high = value
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
