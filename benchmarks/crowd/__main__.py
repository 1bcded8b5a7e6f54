"""`python -m benchmarks.crowd`: every policy for the same crowds, as one page of tables."""

from __future__ import annotations

import argparse
import shlex
import sys
from fnmatch import fnmatch
from pathlib import Path
from time import monotonic

from benchmarks.crowd.crowd import watch
from benchmarks.crowd.policies import OURS, policies
from benchmarks.crowd.report import Result, Table, markdown
from benchmarks.crowd.scenario import SCENARIOS, World

RESULTS = Path(__file__).with_name("RESULTS.md")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crowd", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="crowds per scenario and policy")
    parser.add_argument("--policies", nargs="+", default=["*"], metavar="PATTERN")
    parser.add_argument("--scenarios", nargs="+", default=["*"], metavar="PATTERN")
    parser.add_argument("--out", type=Path, help="where to write; everything: RESULTS.md")
    arguments = parser.parse_args()
    if arguments.seeds < 1:
        parser.error("--seeds must be at least 1")
    return arguments


def _matching(names: list[str], patterns: list[str]) -> list[str]:
    found = [n for n in names if any(fnmatch(n.lower(), p.lower()) for p in patterns)]
    if not found:
        sys.exit(f"nothing is called {' or '.join(patterns)}; there are: {', '.join(names)}")
    return found


def main() -> None:
    """Run the chosen policies and print the page."""
    arguments = _arguments()
    scenarios = _matching([scenario.name for scenario in SCENARIOS], arguments.scenarios)
    names = _matching(list(policies()), arguments.policies)
    worlds = [
        World(scenario, seed)
        for scenario in SCENARIOS
        if scenario.name in scenarios
        for seed in range(arguments.seeds)
    ]
    results: list[Result] = []
    began, total = monotonic(), len(worlds) * len(names)
    for world in worlds:
        for name, build in policies().items():
            if name in names:
                results.append(Result(world.scenario.name, world.seed, name, watch(world, build)))
                left_s = (monotonic() - began) / len(results) * (total - len(results))
                print(
                    f"\r{len(results)} of {total}, {left_s:.0f} s left  ", end="", file=sys.stderr
                )
    print(file=sys.stderr)

    # The output file is left out of the command on the page.
    given = sys.argv[1:]
    pairs = zip(["", *given], given, strict=False)
    options = [word for before, word in pairs if "--out" not in (before, word)]
    command = shlex.join(["python", "-m", "benchmarks.crowd", *options])
    page = markdown(Table(results), OURS, command, arguments.seeds)
    print(page)
    complete = (arguments.policies, arguments.scenarios) == (["*"], ["*"])
    out = arguments.out or (RESULTS if complete else None)
    if out:
        out.write_text(page)


if __name__ == "__main__":
    main()
