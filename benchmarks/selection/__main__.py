"""`python -m benchmarks.selection`: every policy in every scenario, as tables and pictures."""

from __future__ import annotations

import argparse
import shlex
import sys
import warnings
from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.selection.judging.cells import Cells, CellsError
from benchmarks.selection.judging.experiment import Experiment, Result, with_progress
from benchmarks.selection.judging.pictures import draw
from benchmarks.selection.judging.report import Report, Table
from benchmarks.selection.policies import OURS, PEERS, POLICIES, VARIANTS
from benchmarks.selection.policies.peers import MISSING
from benchmarks.selection.viewer.policy import Build
from benchmarks.selection.world.scenario import Situation
from benchmarks.selection.world.traces import Recorded, Synthetic, TraceError, Traces

HERE = Path(__file__).parent
SETS = ("tuning", "trial", "judging", "returning", "families")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.selection", description=__doc__)
    parser.add_argument("--set", choices=SETS, required=True)
    parser.add_argument("--viewers", type=int, default=24, help="per scenario")
    parser.add_argument("--policies", nargs="+", metavar="PATTERN", help="names, * allowed")
    parser.add_argument("--scenarios", nargs="+", metavar="PATTERN", help="names, * allowed")
    parser.add_argument("--traces", type=Path, metavar="FOLDER", help="recorded traces")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--cells", type=Path, metavar="FILE", help="keep scores, and use kept ones")
    parser.add_argument(
        "--again", nargs="+", metavar="PATTERN", default=[], help="do not use their kept scores"
    )
    parser.add_argument("--out", type=Path, help="where to write; judging: beside this program")
    arguments = parser.parse_args()
    for option in ("viewers", "jobs"):
        if getattr(arguments, option) < 1:
            parser.error(f"--{option} must be at least 1")
    return arguments


def _matching(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    found = [n for n in names if any(fnmatch(n.lower(), p.lower()) for p in patterns)]
    if patterns and not found:
        sys.exit(f"nothing is called {' or '.join(patterns)}; there are: {', '.join(names)}")
    return found


def _scenarios(arguments: argparse.Namespace) -> list[Situation]:
    module = import_module(f"benchmarks.selection.sets.{arguments.set}")
    scenarios: tuple[Situation, ...] = module.SCENARIOS
    names = _matching([scenario.name for scenario in scenarios], arguments.scenarios or ["*"])
    return [scenario for scenario in scenarios if scenario.name in names]


def _policies(arguments: argparse.Namespace) -> dict[str, Build]:
    names = _matching(list(POLICIES), arguments.policies or ["*"])
    return {name: POLICIES[name] for name in dict.fromkeys([OURS, *names])}


def _results(
    arguments: argparse.Namespace,
    scenarios: Sequence[Situation],
    policies: Mapping[str, Build],
    traces: Traces,
) -> list[Result]:
    """Return all wanted cells: stored ones, and the others from a new run."""
    kept = Cells(arguments.cells, _run_of(arguments)) if arguments.cells else None
    again = set(_matching(list(POLICIES), arguments.again))
    wanted = {(s.name, v, p) for s in scenarios for v in range(arguments.viewers) for p in policies}
    found = {
        (result.scenario, result.viewer, result.policy): result
        for result in (kept.read() if kept else ())
    }
    known = {cell: found[cell] for cell in wanted & found.keys() if cell[2] not in again}
    running = Experiment(policies, traces).run(scenarios, arguments.viewers, arguments.jobs, known)
    for result in with_progress(running, len(wanted) - len(known)):
        known[result.scenario, result.viewer, result.policy] = result
        if kept:
            kept.keep(result)
    return [
        known[scenario.name, viewer, policy]
        for policy in policies
        for scenario in scenarios
        for viewer in range(arguments.viewers)
    ]


def _run_of(arguments: argparse.Namespace) -> str:
    return f"{arguments.set}, {_traces_of(arguments)} traces"


def _traces_of(arguments: argparse.Namespace) -> str:
    return "recorded" if arguments.traces else "generated"


def main() -> None:
    """Run the chosen policies, print the page, and write it with its pictures."""
    arguments = _arguments()
    warnings.simplefilter("ignore")  # other people's libraries warn
    scenarios, policies = _scenarios(arguments), _policies(arguments)
    try:
        traces = Recorded(arguments.traces) if arguments.traces else Synthetic()
        results = _results(arguments, scenarios, policies, traces)
    except (TraceError, CellsError) as error:
        sys.exit(str(error))
    out = arguments.out or _default_out(arguments)
    table = Table(results)
    pictures = draw(table, scenarios, traces, out) if out else {}
    report = Report(table, OURS, PEERS.keys(), _shown(VARIANTS, policies), MISSING)
    page = report.markdown(
        f"Choosing a host: the {arguments.set} set, {_traces_of(arguments)} traces",
        _made(arguments),
        pictures,
    )
    print(page)
    if out:
        out.write_text(page)


def _default_out(arguments: argparse.Namespace) -> Path | None:
    if arguments.set != "judging":
        return None
    return HERE / ("RESULTS-recorded.md" if arguments.traces else "RESULTS.md")


def _shown(
    variants: Mapping[str, Sequence[str]], policies: Mapping[str, Build]
) -> dict[str, list[str]]:
    return {heading: [n for n in names if n in policies] for heading, names in variants.items()}


def _made(arguments: argparse.Namespace) -> str:
    """Return the command and the machine, without the names of local folders and files."""
    own = {"--traces": "FOLDER", "--cells": "FILE", "--out": "FILE"}
    given = sys.argv[1:]
    command = [own.get(before, word) for before, word in zip(["", *given], given, strict=False)]
    return (
        f"Made by `python -m benchmarks.selection {shlex.join(command)}`: {arguments.viewers} "
        f"viewers for each scenario. {machine()}."
    )


if __name__ == "__main__":
    main()
