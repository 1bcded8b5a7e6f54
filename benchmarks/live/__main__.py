"""`python -m benchmarks.live`: every set of rules in the same swarms, as one page of tables."""

from __future__ import annotations

import argparse
import shlex
import sys
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.live.peers import ABLATIONS, PEERS, STOCK
from benchmarks.live.report import markdown
from benchmarks.live.scenario import BED, BED_SCARCE, JUDGING, TUNING, Scenario
from benchmarks.live.swarm import Outcome, simulate

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    """Run the chosen swarms and write the page after each of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="swarms per scenario and rules")
    parser.add_argument("--first-seed", type=int, default=100, help="tuning used 0 to 3")
    parser.add_argument("--scenarios", nargs="+", default=["*"], metavar="PATTERN")
    parser.add_argument("--tuning", action="store_true", help="the swarms that tuning saw")
    parser.add_argument("--ablate", action="store_true", help="ours without each of its parts")
    parser.add_argument("--out", type=Path, help="where to write; everything: RESULTS.md")
    arguments = parser.parse_args()
    if arguments.seeds < 1:
        parser.error("--seeds must be at least 1")
    worlds = TUNING if arguments.tuning else (BED, BED_SCARCE, *JUDGING)
    chosen = [w for w in worlds if any(fnmatch(w.name, p) for p in arguments.scenarios)]
    if not chosen:
        parser.error(f"no scenario is called so; there are: {', '.join(w.name for w in worlds)}")
    everything = arguments.scenarios == ["*"] and not (arguments.tuning or arguments.ablate)
    out = arguments.out or (RESULTS if everything else None)
    # The output file is left out of the command on the page.
    pairs = zip(["", *sys.argv[1:]], sys.argv[1:], strict=False)
    options = [word for before, word in pairs if "--out" not in (before, word)]
    command = shlex.join(["python", "-m", "benchmarks.live", *options])
    results: dict[Scenario, dict[str, list[Outcome]]] = {}
    for world in chosen:
        print(world.name, file=sys.stderr, flush=True)
        seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
        results[world] = {
            rules.name: [simulate(world, seed, rules, STOCK) for seed in seeds]
            for rules in (PEERS + ABLATIONS if arguments.ablate else PEERS)
        }
        page = markdown(results, command, arguments.seeds)
        if out:
            out.write_text(page)
    if not out:
        print(page)


if __name__ == "__main__":
    main()
