"""The result tables, in Markdown."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from benchmarks.selection.judging.experiment import Result
from benchmarks.selection.judging.metrics import Score, paired_interval
from benchmarks.selection.world.traces import Floats
from benchmarks.tables import table

BASELINE = "PeerTube today"
GOALS = {
    "one segment late": "oracle: one segment late",
    "present state": "oracle: present state",
    "splitting, one segment late": "oracle: splitting, one segment late",
}
Interval = tuple[float, float, float]
Read = Callable[[Score], float]
COLUMNS: tuple[tuple[str, Read, str], ...] = (
    ("rebuffer %", lambda score: 100 * score.rebuffer_ratio, ".2f"),
    ("start-up s", lambda score: score.startup_s, ".2f"),
    ("errors / 1000", lambda score: score.errors_per_1000, ".1f"),
    ("extra requests", lambda score: score.extra_requests, ".2f"),
    ("extra bytes %", lambda score: 100 * score.extra_bytes, ".2f"),
    ("decisions / s", lambda score: score.decisions_per_s, ".0f"),
)
ERRORS = ("http-error", "timeout", "stall", "corrupt")


class Table:
    """All cells of one run, by policy and scenario, viewers in order."""

    def __init__(self, results: Sequence[Result]) -> None:
        cells: dict[str, dict[str, list[Score]]] = defaultdict(lambda: defaultdict(list))
        for result in sorted(results, key=lambda result: result.viewer):
            cells[result.policy][result.scenario].append(result.score)
        self._cells = cells
        self.policies = list(dict.fromkeys(result.policy for result in results))
        self.scenarios = list(dict.fromkeys(result.scenario for result in results))

    def scores(self, policy: str, scenario: str) -> list[Score]:
        """Return the scores of all viewers."""
        return self._cells[policy][scenario]

    def qoes(self, policy: str, scenario: str) -> Floats:
        """Return the QoE of all viewers."""
        return np.array([score.qoe for score in self.scores(policy, scenario)])

    def mean(self, policy: str, read: Read, scenarios: Sequence[str] | None = None) -> float:
        """Average over scenarios of the average over viewers."""
        rows = [self.scores(policy, scenario) for scenario in scenarios or self.scenarios]
        return float(np.mean([np.mean([read(score) for score in row]) for row in rows]))

    def qoe(self, policy: str, scenarios: Sequence[str] | None = None) -> float:
        """Average of the QoE."""
        return self.mean(policy, lambda score: score.qoe, scenarios)

    def difference(
        self, policy: str, reference: str, scenarios: Sequence[str] | None = None
    ) -> Interval:
        """QoE of `policy` minus that of `reference`, paired by viewer, with a 95 % interval."""
        return paired_interval(
            [
                self.qoes(policy, scenario) - self.qoes(reference, scenario)
                for scenario in scenarios or self.scenarios
            ]
        )

    def way(self, policy: str, goal: str, scenarios: Sequence[str] | None = None) -> float | None:
        """QoE as percentage of the way from PeerTube to an oracle; None if one did not play."""
        if not {policy, goal, BASELINE} <= set(self.policies):
            return None
        start = self.qoe(BASELINE, scenarios)
        length = self.qoe(goal, scenarios) - start
        return 100 * (self.qoe(policy, scenarios) - start) / length if length > 0.0 else None


@dataclass(frozen=True)
class Report:
    """The page about a table: which policy is ours, which are peers, variants, or missing."""

    table: Table
    ours: str
    peers: Set[str]
    variants: Mapping[str, Sequence[str]]
    """By heading of a table of their own, the policies in it."""
    missing: Mapping[str, str]

    def markdown(self, title: str, made: str, pictures: Mapping[str, str]) -> str:
        """Return the whole page; `pictures` are captions by file."""
        hidden = {name for names in self.variants.values() for name in names}
        shown = self._ordered([name for name in self.table.policies if name not in hidden])
        skipped = [
            f"- {name}: skipped, `{library}` is not installed"
            for name, library in self.missing.items()
        ]
        sections = {
            "On average": "\n".join([self._overall(shown), "", *skipped]).strip(),
            "Scenario by scenario": self._against_the_best(),
            **{
                heading: self._overall([self.ours, *names])
                for heading, names in self.variants.items()
                if names
            },
            "Errors by kind": self._errors(shown),
            f"QoE of all by scenario; ▲ better, ▼ worse than {self.ours}": self._by_scenario(shown),
            "Pictures": "\n\n".join(
                f"![{text}]({file})\n{text}" for file, text in pictures.items()
            ),
        }
        body = [f"## {heading}\n\n{text}\n" for heading, text in sections.items() if text]
        return "\n".join([f"# {title}\n", f"{made} {_LEGEND}\n", *body])

    def _ordered(self, policies: Sequence[str]) -> list[str]:
        return sorted(policies, key=lambda name: -self.table.qoe(name))

    def _overall(self, policies: Sequence[str]) -> str:
        """One row per policy."""
        head = [
            *("policy", "QoE", f"QoE − {self.ours} [95 %]"),
            *(f"way to {goal} %" for goal in self._goals()),
            *("gm", *(name for name, _, _ in COLUMNS)),
        ]
        return table(head, [self._row(policy) for policy in policies])

    def _row(self, policy: str) -> list[str]:
        table = self.table
        ours = policy == self.ours
        return [
            f"**{policy}**" if ours else policy,
            f"{table.qoe(policy):.3f}",
            "–" if ours else _interval(table.difference(policy, self.ours)),
            *(_percent(table.way(policy, GOALS[goal])) for goal in self._goals()),
            f"{math.exp(table.mean(policy, lambda score: score.ln_time_ratio)):.3f}",
            *(format(table.mean(policy, read), spec) for _, read, spec in COLUMNS),
        ]

    def _against_the_best(self) -> str:
        """One row per scenario: ours, the best peer there, and the way to the oracles."""
        if not self.peers & set(self.table.policies):
            return ""
        head = ["scenario", self.ours, "best peer there", f"{self.ours} − best peer [95 %]"]
        head += ["peers above beyond the interval", "start-up s", "errors / 1000"]
        head += [f"way to {goal} %" for goal in self._goals()]
        rows = table(head, [self._scenario(scenario) for scenario in self.table.scenarios])
        return "\n\n".join([rows, *map(self._worst, self._goals())])

    def _worst(self, goal: str) -> str:
        """Name the scenarios that are furthest from an oracle."""
        ways = {
            scenario: self.table.way(self.ours, GOALS[goal], [scenario])
            for scenario in self.table.scenarios
        }
        known = {scenario: way for scenario, way in ways.items() if way is not None}
        worst = sorted(known, key=known.__getitem__)[:3]
        named = ", ".join(f"{scenario} ({known[scenario]:.0f} %)" for scenario in worst)
        return f"Furthest from {goal}: {named}."

    def _scenario(self, scenario: str) -> list[str]:
        table, ours, only = self.table, self.ours, [scenario]
        peers = [name for name in table.policies if name in self.peers]
        best = max(peers, key=lambda name: table.qoe(name, only))
        above = [name for name in peers if table.difference(name, ours, only)[1] > 0.0]
        return [
            scenario,
            f"{table.qoe(ours, only):.2f}",
            f"{best} {table.qoe(best, only):.2f}",
            _interval(table.difference(ours, best, only)),
            ", ".join(above) or "none",
            f"{table.mean(ours, lambda score: score.startup_s, only):.2f}",
            f"{table.mean(ours, lambda score: score.errors_per_1000, only):.1f}",
            *(_percent(table.way(ours, GOALS[goal], only)) for goal in self._goals()),
        ]

    def _goals(self) -> list[str]:
        return [goal for goal in GOALS if self.table.way(self.ours, GOALS[goal]) is not None]

    def _errors(self, policies: Sequence[str]) -> str:
        """Errors per 1000 segments, by what went wrong."""

        def read(kind: str) -> Read:
            return lambda score: score.errors.get(kind, 0.0)

        return table(
            ["policy", *ERRORS],
            [[p, *(f"{self.table.mean(p, read(kind)):.1f}" for kind in ERRORS)] for p in policies],
        )

    def _by_scenario(self, policies: Sequence[str]) -> str:
        rows = []
        for policy in policies:
            row = [policy]
            for scenario in self.table.scenarios:
                _, low, high = self.table.difference(policy, self.ours, [scenario])
                mark = " ▲" if low > 0 else " ▼" if high < 0 else ""
                row.append(f"{self.table.qoe(policy, [scenario]):.2f}{mark}")
            rows.append(row)
        return table(["policy", *self.table.scenarios], rows)


_LEGEND = (
    "QoE is per segment; gm is the geometric mean of a segment's time over its time on the best "
    "host, in hindsight and alone; ways are from PeerTube to the named oracle; differences are "
    "paired by viewer, their intervals from 2000 bootstrap samples."
)


def _interval(value: Interval) -> str:
    mean, low, high = value
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
