"""`python -m benchmarks.selection`: every policy in every situation, as one table."""

from __future__ import annotations

import argparse
import shlex
import sys
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from time import monotonic

from benchmarks.selection.experiment import Result, run
from benchmarks.selection.policies import JUDGED, OURS, POLICIES
from benchmarks.selection.policies.peers import MISSING
from benchmarks.selection.report import Table, markdown
from benchmarks.selection.scenario import Scenario
from benchmarks.selection.traces import Recorded, Synthetic, TraceError

RESULTS = Path(__file__).with_name("RESULTS.md")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.selection", description=__doc__)
    parser.add_argument("--set", choices=("tuning", "judging"), required=True)
    parser.add_argument("--viewers", type=int, default=24, help="per scenario")
    parser.add_argument("--policies", nargs="+", metavar="PATTERN", help="names, * allowed")
    parser.add_argument("--scenarios", nargs="+", metavar="PATTERN", help="names, * allowed")
    parser.add_argument("--traces", type=Path, metavar="FOLDER", help="recorded traces")
    parser.add_argument("--out", type=Path, help="where to write; judging: RESULTS.md")
    arguments = parser.parse_args()
    if arguments.viewers < 1:
        parser.error("--viewers must be at least 1")
    return arguments


def _matching(names: list[str], patterns: list[str] | None) -> list[str]:
    found = [n for n in names if any(fnmatch(n.lower(), p.lower()) for p in patterns or ())]
    if patterns and not found:
        sys.exit(f"nothing is called {' or '.join(patterns)}; there are: {', '.join(names)}")
    return found


def main() -> None:
    """Run the chosen policies and print the table."""
    arguments = _arguments()
    try:
        traces = Recorded(arguments.traces) if arguments.traces else Synthetic()
    except TraceError as error:
        sys.exit(str(error))
    scenarios: tuple[Scenario, ...] = import_module(
        f"benchmarks.selection.{arguments.set}"
    ).SCENARIOS
    if arguments.scenarios:
        wanted = _matching([scenario.name for scenario in scenarios], arguments.scenarios)
        scenarios = tuple(scenario for scenario in scenarios if scenario.name in wanted)
    names = _matching(list(POLICIES), arguments.policies) or list(JUDGED)
    policies = {name: POLICIES[name] for name in dict.fromkeys([OURS, *names])}

    results: list[Result] = []
    began = monotonic()
    total = len(scenarios) * arguments.viewers * len(policies)
    for result in run(scenarios, arguments.viewers, policies, traces):
        results.append(result)
        if len(results) % len(policies) == 0:
            left_s = (monotonic() - began) / len(results) * (total - len(results))
            print(
                f"\r{result.scenario}: {len(results)} of {total}, {left_s:.0f} s left  ",
                end="",
                file=sys.stderr,
            )
    print(file=sys.stderr)

    command = f"python -m benchmarks.selection {shlex.join(_shown(sys.argv[1:]))}"
    title = f"Choosing a host: the {arguments.set} set"
    page = markdown(Table(results), OURS, title, command, MISSING)
    print(page)
    out = arguments.out or (RESULTS if arguments.set == "judging" else None)
    if out:
        out.write_text(page)


def _shown(arguments: list[str]) -> list[str]:
    """Leave the folder of traces out: it is the reader's own."""
    return [
        "FOLDER" if before == "--traces" else argument
        for before, argument in zip(["", *arguments], arguments, strict=False)
    ]


if __name__ == "__main__":
    main()
