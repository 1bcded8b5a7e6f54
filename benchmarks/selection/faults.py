"""`python -m benchmarks.selection.faults`: errors and QoE where hosts fail more or less often.

The frequency of faults in the simulated world is an assumption. Published figures are lower: a
median of 1.5 % of web accesses failed, a good third of them in name resolution, which is not the
host's fault (Padmanabhan et al., CoNEXT 2006), and hosts were available 99.3 % of the time
(Kalyanakrishnan et al., Computer Networks 31, 1999). So the judging set
is played with single errors and outages at several multiples of the assumption.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.selection.judging.experiment import Experiment, with_progress
from benchmarks.selection.judging.report import Table
from benchmarks.selection.policies import OURS, POLICIES
from benchmarks.selection.sets.judging import SCENARIOS
from benchmarks.selection.world.scenario import Scenario
from benchmarks.selection.world.traces import Synthetic
from benchmarks.tables import table

RESULTS = Path(__file__).with_name("RESULTS-faults.md")
MULTIPLES = (0.0, 0.2, 0.45, 1.0, 2.0)
SHOWN = (
    "oracle: present state",
    "oracle: one segment late",
    "oracle: splitting, present state",
    OURS,
    "Mirrorwise, no extra requests",
    "PeerTube today",
)


def scaled(scenario: Scenario, multiple: float) -> Scenario:
    """Return the scenario with faults `multiple` times as frequent, each as long as before."""
    return replace(
        scenario,
        error_rate=multiple * scenario.error_rate,
        failures_per_s=multiple * scenario.failures_per_s,
    )


def unlucky(scenario: Scenario) -> float:
    """Return the share of requests that fail when hosts are asked at random.

    >>> round(100 * unlucky(Scenario("plain", 1)), 1)
    2.0
    """
    down = scenario.failures_per_s * scenario.repair_s
    return 1.0 - (1.0 - scenario.error_rate) / (1.0 + down)


def _played(multiple: float, viewers: int, jobs: int) -> Table:
    scenarios = [scaled(scenario, multiple) for scenario in SCENARIOS]
    experiment = Experiment({name: POLICIES[name] for name in SHOWN}, Synthetic())
    total = len(scenarios) * viewers * len(SHOWN)
    return Table([*with_progress(experiment.run(scenarios, viewers, jobs), total)])


def _rows(tables: Sequence[Table]) -> list[list[str]]:
    """Return errors per 1000 segments, per 1000 requests, and QoE, of every policy."""
    rows = []
    for name in SHOWN:
        row = [f"**{name}**" if name == OURS else name]
        for played in tables:
            errors = played.mean(name, lambda score: score.errors_per_1000)
            requests = 1.0 + played.mean(name, lambda score: score.extra_requests)
            row.append(f"{errors:.1f} · {errors / requests:.1f} · {played.qoe(name):.2f}")
        rows.append(row)
    return rows


def main() -> None:
    """Play, print the page, and write it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.selection.faults")
    parser.add_argument("--viewers", type=int, default=20, help="per scenario")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    arguments = parser.parse_args()
    tables = [_played(multiple, arguments.viewers, arguments.jobs) for multiple in MULTIPLES]
    plain = [scaled(SCENARIOS[0], multiple) for multiple in MULTIPLES]
    chances = [f"{100 * unlucky(scenario):.1f} %" for scenario in plain]
    head = ("faults, times", *map(str, MULTIPLES))
    rows = [["a random request of a plain situation fails", *chances], *_rows(tables)]
    page = f"""# Where hosts fail more or less often

Made by `python -m benchmarks.selection.faults --viewers {arguments.viewers}`: the judging set, \
generated traces, {arguments.viewers} viewers in each situation. {machine()}.

Single errors and outages are so many times as frequent as in the other tables (1). Each cell: \
errors per 1000 segments · errors per 1000 requests · QoE per segment. Evicted videos and wrong \
bytes, in two of the 22 situations, are no rarer.

{table(head, rows)}
"""
    print(page)
    RESULTS.write_text(page)


if __name__ == "__main__":
    main()
