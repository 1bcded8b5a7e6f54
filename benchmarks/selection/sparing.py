"""`python -m benchmarks.selection.sparing`: what it costs viewers to spare the origin.

All families, on which nothing was tuned, are played with the origin at several prices, as a
reserve, and without it.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.machine import machine
from benchmarks.selection.judging.experiment import play
from benchmarks.selection.judging.metrics import paired_interval, score
from benchmarks.selection.judging.svg import Chart, Line
from benchmarks.selection.policies.engine import Mirrorwise
from benchmarks.selection.sets.families import SCENARIOS
from benchmarks.selection.viewer.policy import Host, Outcome, Plan, PlanRequest
from benchmarks.selection.world.traces import Synthetic
from benchmarks.selection.world.world import Visit, World
from benchmarks.tables import table
from selector.bandit import HostPrior, Limits

HERE = Path(__file__).parent
RESULTS, PICTURE = HERE / "RESULTS-sparing.md", HERE / "pictures" / "results-sparing.svg"
# In s per MB: "spare a little" and "spare much".
LITTLE_PRICE, MUCH_PRICE = 1.0, 3.0
PRICES = (0.0, 0.1, 0.3, LITTLE_PRICE, MUCH_PRICE, 10.0)
# Times the top resolution.
PLENTY = 3.0


class _Sparing(Mirrorwise):
    """The engine, counting what it had from the origin and from all hosts."""

    def __init__(
        self,
        origin: Host,
        hosts: tuple[Host, ...],
        priors: Mapping[Host, HostPrior],
        seed: int,
        *,
        price: float | None,
    ) -> None:
        super().__init__(origin, hosts, priors, seed)
        self.bytes = dict.fromkeys(hosts, 0.0)
        # As the plugin does: a reserve that is needed is still to be spared.
        self.limits = Limits(
            prices={origin: MUCH_PRICE if price is None else price},
            reserves=[origin] if price is None else [],
        )

    def observe(self, outcome: Outcome) -> None:
        self.bytes[outcome.host] += outcome.bytes
        super().observe(outcome)


class _WithoutOrigin(_Sparing):
    """The engine where the origin is no candidate."""

    def plan(self, request: PlanRequest) -> Plan:
        mirrors = [host for host in request.hosts if host != self.origin]
        return super().plan(request._replace(hosts=mirrors or request.hosts))


class Played(NamedTuple):
    """One viewer with one setting."""

    has_capacity: bool
    qoe: float
    stalled: float
    origin_bytes: float
    bytes: float


SETTINGS: dict[str, Callable[..., _Sparing]] = {
    **{f"price {price:g} s/MB": partial(_Sparing, price=price) for price in PRICES},
    "reserve": partial(_Sparing, price=None),
    "no origin": partial(_WithoutOrigin, price=0.0),
}
FREE = f"price {0:g} s/MB"


def _has_capacity(world: World, visits: Sequence[Visit]) -> bool:
    """Say whether the mirrors together could deliver the top resolution several times over."""
    mbps = [
        8e-6
        * sum(
            float(np.mean(visit.paths[host].capacity))
            for host in world.hosts
            if host != world.origin
        )
        for visit in visits
    ]
    return min(mbps) >= PLENTY * visits[0].ladder_mbps[-1]


def _viewer(task: tuple[int, int]) -> dict[str, Played]:
    family, viewer = SCENARIOS[task[0]], task[1]
    world = World(family, viewer, Synthetic())
    visits = [world.visit(number) for number in range(family.visits)]
    played = {}
    for name, build in SETTINGS.items():
        policy = build(world.origin, world.hosts, world.priors, viewer)
        scored = score(play(world, visits, policy), {}, 0, 0.0)
        had = policy.bytes
        played[name] = Played(
            _has_capacity(world, visits),
            scored.qoe,
            scored.rebuffer_ratio,
            had[world.origin],
            sum(had.values()),
        )
    return played


def _by_family(viewers: int, jobs: int) -> "Families":
    tasks = [(family, viewer) for family in range(len(SCENARIOS)) for viewer in range(viewers)]
    found: Families = {family.name: [] for family in SCENARIOS}
    with Pool(jobs) as pool:
        for done, each in enumerate(pool.imap(_viewer, tasks)):
            found[SCENARIOS[tasks[done][0]].name].append(each)
            print(f"\r{done + 1} of {len(tasks)} viewers", end="", flush=True)
    print()
    return found


Families = dict[str, list[dict[str, Played]]]


def _lost(families: Families, name: str) -> tuple[float, float, float]:
    """Return what a setting changes of the QoE, with its interval."""
    return paired_interval(
        [np.array([v[name].qoe - v[FREE].qoe for v in viewers]) for viewers in families.values()]
    )


def _bytes(families: Families, name: str) -> float:
    """Return the origin's bytes with this setting, as a share of those at price 0."""
    each = [viewer for viewers in families.values() for viewer in viewers]
    return sum(v[name].origin_bytes for v in each) / sum(v[FREE].origin_bytes for v in each)


def _share(families: Families, name: str) -> float:
    each = [viewer[name] for viewers in families.values() for viewer in viewers]
    return sum(one.origin_bytes for one in each) / sum(one.bytes for one in each)


def _rows(families: Families) -> list[list[str]]:
    rows = []
    for name in SETTINGS:
        qoe, low, high = _lost(families, name)
        stalled = np.mean([v[name].stalled for each in families.values() for v in each])
        rows.append(
            [
                name,
                f"{100 * _share(families, name):.0f} %",
                f"{100 * (_bytes(families, name) - 1):+.0f} %",
                f"{qoe:+.3f} [{low:+.3f}, {high:+.3f}]",
                f"{100 * stalled:.2f} %",
            ]
        )
    return rows


def _picture(every: Families, able: Families) -> str:
    lines = []
    for name, pen, families in (
        (
            "all viewers",
            'fill="none" stroke="#8c959f" stroke-width="2" stroke-dasharray="6 4"',
            every,
        ),
        (
            "viewers whose mirrors have the capacity",
            'fill="none" stroke="#0969da" stroke-width="2"',
            able,
        ),
    ):
        names = [name for name in SETTINGS if name.startswith("price")]
        x = [100 * _bytes(families, each) for each in names]
        lines.append(Line(name, pen, x, [_lost(families, each)[0] for each in names]))
    lowest = min(min(line.y) for line in lines)
    chart = Chart(
        "the origin's bytes, in percent of those at price 0",
        "QoE against price 0",
        (0.0, 100.0),
        (min(-0.1, lowest), 0.05),
    )
    return chart.draw(lines)


HEAD = ("origin", "its share of bytes", "its bytes", "QoE against price 0", "stalled")


def main() -> None:
    """Play, print the page, and write it with its picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.selection.sparing")
    parser.add_argument("--viewers", type=int, default=24, help="per family")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    arguments = parser.parse_args()
    families = _by_family(arguments.viewers, arguments.jobs)
    able = {
        name: [viewer for viewer in viewers if viewer[FREE].has_capacity]
        for name, viewers in families.items()
    }
    able = {name: viewers for name, viewers in able.items() if viewers}
    count = sum(map(len, able.values()))
    page = f"""# Sparing the origin

Made by `python -m benchmarks.selection.sparing --viewers {arguments.viewers}`: every family, \
{arguments.viewers} viewers in each. {machine()}.

A price of {LITTLE_PRICE:g} s/MB is "spare a little", one of {MUCH_PRICE:g} "spare much". \
*No origin*: it is not even asked in need. Intervals: 95 %, viewers resampled.

![QoE against the origin's bytes](pictures/{PICTURE.name})

## Where mirrors have the capacity

{count} viewers, whose mirrors together deliver on average at least {PLENTY:g} times the bit rate \
of the top resolution.

{table(HEAD, _rows(able))}

## All viewers

{table(HEAD, _rows(families))}
"""
    print(page)
    RESULTS.write_text(page)
    PICTURE.write_text(_picture(families, able))


if __name__ == "__main__":
    main()
