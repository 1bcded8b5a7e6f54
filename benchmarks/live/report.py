"""The page of results: each swarm under each set of rules, with intervals paired by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.live.peers import OURS, SHIPPED, STOCK, Rules
from benchmarks.live.scenario import BED, BED_SCARCE, Scenario
from benchmarks.live.swarm import Outcome
from benchmarks.tables import table

Results = Mapping[Scenario, Mapping[str, Sequence[Outcome]]]

# Two-sided 95 % quantiles of Student's t, by degrees of freedom.
T_95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26)
NORMAL_95 = 1.96

# Eight pages of Chromium with a shaped uplink each: copies of eight, and median wait for peers.
MEASURED = (
    ("PeerTube, 2.2.2", "2.95, 3.28", "12"),
    ("PeerTube, 2.3.1", "1.46, 1.31", "9.7"),
    ("fixed k = 1", "1.12, 1.25", "7.6"),
)

HEAD = ("rules", "origin / all HTTP", "copies", "start-up, s", "stalled, s in 10 min", "latency, s")


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and half of the 95 % interval.

    >>> mean, half = interval([1.0, 2.0, 3.0])
    >>> round(mean, 2), round(half, 2)
    (2.0, 2.48)
    """
    n = len(values)
    if n < 2:
        return float(np.mean(values)), float("nan")
    quantile = T_95[n - 2] if n - 2 < len(T_95) else NORMAL_95
    return float(np.mean(values)), float(quantile * np.std(values, ddof=1) / np.sqrt(n))


def _row(name: str, found: Sequence[Outcome]) -> tuple[str, ...]:
    share, half = interval([one.share for one in found])
    means = np.mean(np.array(found), axis=0)
    return (
        name,
        f"{share:.3f} ± {half:.3f}",
        f"{means[1]:.2f}",
        *(f"{mean:.1f}" for mean in means[2:5]),
    )


def _paired(found: Mapping[str, Sequence[Outcome]], rules: Rules) -> str:
    pairs = list(zip(found[rules.name], found[STOCK.name], strict=True))
    ratio, half = interval([ours.share / stock.share for ours, stock in pairs])
    stalls, wide = interval([ours.stall_s - stock.stall_s for ours, stock in pairs])
    return (
        f"*{rules.name}*, paired with PeerTube's 2.2.2: {ratio:.2f} ± {half:.2f} of its bytes "
        f"from the origin, {stalls:+.1f} ± {wide:.1f} s of stalls in 10 min.\n"
    )


def _beside_the_bed(results: Results) -> str:
    rich, scarce = results[BED], results[BED_SCARCE]
    rows = [
        (name, copies, f"{np.mean([one.copies for one in rich[name]]):.2f}", wait_s,
         f"{np.mean([one.wait_s for one in rich[name]]):.1f}")
        for name, copies, wait_s in MEASURED
    ]  # fmt: skip
    stalls = np.mean([one.stall_s for one in scarce[STOCK.name]])
    return "\n".join(
        [
            "## Beside real browsers\n",
            table(
                ("rules", "copies, browsers", "simulated", "wait for peers, s, browsers", "sim."),
                rows,
            ),
            "\nWith the origin at 2.5 copies, PeerTube's 2.2.2 stalled 20 s per viewer in "
            f"browsers; the simulator has {stalls:.0f} s in 10 min, so it is harsher there. "
            "What it says of scarce origins is a ranking of rules, not a forecast of seconds.\n",
        ]
    )


def markdown(results: Results, command: str, seeds: int) -> str:
    """Return the page."""
    parts = [
        "# Simulated swarms\n",
        f"`{command}`, {seeds} seeds each; ± is half a 95 % interval over seeds. A copy is one "
        "stream of the live; the bound for the origin is one copy. "
        "*The same rules* hold for every viewer, except in swarms that are mixed.\n",
    ]
    if BED in results and BED_SCARCE in results:
        parts.append(_beside_the_bed(results))
    for world, found in results.items():
        parts += [f"## {world.name}\n", f"Bound: {1 / world.viewers:.3f}.\n"]
        parts.append(table(HEAD, [_row(name, one) for name, one in found.items()]) + "\n")
        parts += [_paired(found, rules) for rules in (SHIPPED, OURS) if rules.name in found]
    return "\n".join(parts)
