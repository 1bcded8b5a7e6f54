"""`python -m benchmarks.reports`: accuracy of the estimates from noised reports, as RESULTS.md."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from math import sqrt
from pathlib import Path
from time import process_time

import numpy as np

from benchmarks.reports.accuracy import alarm, liars, p95, power
from benchmarks.reports.months import coverage
from benchmarks.reports.worlds import Fleet, qualities
from benchmarks.selection.judging.metrics import paired_interval
from benchmarks.selection.world.scenario import Scenario
from benchmarks.tables import table
from instance.hosts.prior.fleet import fleet_prior
from instance.hosts.quality.counts import Counted
from instance.hosts.quality.drift import alarms
from instance.hosts.quality.hosts import host_qualities

RESULTS = Path(__file__).with_name("RESULTS.md")
PAGE = Path(__file__).with_name("page.md")
RUNS, MONTHS, QUIET_MONTHS, ALARM_MONTHS, LIAR_RUNS = 2000, 1000, 200, 100, 300
GAIN = 0.2
FLEETS, VIEWERS, FLEET_VIEWERS = range(11, 19), 80, 3000


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _spending() -> str:
    """Compare ways to divide ε = 2 on the same 3,000 viewer-days."""
    rows = []
    for name, n, epsilon in (
        ("**one host, one question of three, ε = 2**", 1000, 2.0),
        ("one host, three questions at ε = ⅔", 3000, 2 / 3),
        ("two hosts, one question each at ε = 1", 2000, 1.0),
        ("the first, from only 1,000 viewer-days", 333, 2.0),
    ):
        shown, right = p95(n, RUNS, epsilon)
        found = power(10 * n, n, 0.08, RUNS, epsilon)
        false = power(10 * n, n, 0.02, RUNS, epsilon)
        row = (name, f"{n}", *map(_percent, (shown, right, shown * right, found, false)))
        rows.append(row)
    head = (
        "way",
        "answers",
        "P95 shown",
        "of these right ±1 bucket",
        "shown and right",
        "2 % → 8 % found",
        "2 % → 2 % “found”",
    )
    return table(head, rows)


def _alarms() -> str:
    rows = []
    for a_day in (33, 100, 333):
        found, missed = alarm(a_day, 0.08, ALARM_MONTHS)
        false, _ = alarm(a_day, 0.02, ALARM_MONTHS)
        off = f"{np.median(np.abs(missed)):.0f}" if len(missed) else "–"
        rows.append((f"{a_day}", _percent(found), off, _percent(false)))
    return table(
        ("answers a day", "alarm within 15 days", "median miss of the day", "false alarms a month"),
        rows,
    )


def _verdicts(said: Counter[str], months: int) -> str:
    return ", ".join(f"{name} {_percent(n / months)}" for name, n in sorted(said.items()))


def _months(viewers: int) -> tuple[str, str]:
    found, verdicts = coverage(viewers, MONTHS, GAIN)
    kinds = list(dict.fromkeys([*found.shown, *found.withheld]))
    rows = [
        (
            kind,
            _percent(found.covered[kind] / found.shown[kind]) if found.shown[kind] else "–",
            _percent(found.withheld[kind] / MONTHS),
        )
        for kind in kinds
    ]
    head = ("figure", "95 % intervals that cover", "not enough reports yet")
    return table(head, rows), _verdicts(verdicts, MONTHS)


def _costs() -> str:
    """Measure the processor time of the service's estimates for a month of 3,000 viewers."""
    hosts = [f"https://mirror{number}.example" for number in range(5)]
    told = Fleet(Scenario("fleet", 1), 0.6, FLEET_VIEWERS).month(hosts)
    rows = []
    work: tuple[tuple[str, Callable[[list[Counted]], object]], ...] = (
        ("quality of every host", host_qualities),
        ("alarms", alarms),
        ("the fleet's prior, both ways and their comparison", fleet_prior),
    )
    for name, compute in work:
        began_s = process_time()
        compute(told)
        rows.append((name, f"{process_time() - began_s:.2f} s"))
    head = (
        f"from {sum(n for _, n in told)} reports, {len(told)} of them distinct",
        "processor time",
    )
    return table(head, rows)


def _liars() -> str:
    rows = []
    for share in (0.01, 0.05, 0.2):
        for name, (worst, bound) in liars(1000, share, LIAR_RUNS).items():
            rows.append((_percent(share), name, f"{100 * worst:.1f}", f"{100 * bound:.1f}"))
    return table(("liars", "question", "worst shift, points", "bound, points"), rows)


def _worlds(regional_sd: float) -> tuple[str, str, str, str]:
    """Return mean QoE by prior, and the differences with their intervals."""
    fleets = [
        ({kind: np.array(each) for kind, each in qoe.items()}, Counter(c.served for c in s.choices))
        for qoe, s in qualities(regional_sd, FLEETS, VIEWERS, FLEET_VIEWERS)
    ]
    means = {kind: float(np.mean([qoe[kind].mean() for qoe, _ in fleets])) for kind in fleets[0][0]}
    gain = paired_interval([qoe["served"] - qoe["plain"] for qoe, _ in fleets])
    worth = paired_interval([qoe["served"] - qoe["none"] for qoe, _ in fleets])
    ways = sum((each for _, each in fleets), Counter[str]())
    return (
        " / ".join(f"{means[kind]:.3f}" for kind in ("none", "plain", "served")),
        "{:+.3f} [{:+.3f}, {:+.3f}]".format(*(round(each, 9) + 0.0 for each in gain)),
        "{:+.3f} [{:+.3f}, {:+.3f}]".format(*worth),
        ", ".join(f"{way} {n} of {sum(ways.values())}" for way, n in sorted(ways.items())),
    )


def _say(what: str) -> None:
    print(f"{what} …", file=sys.stderr, flush=True)


def main() -> None:
    """Measure everything and write the page."""
    _say("ways to spend ε, some 1 minute")
    spending = _spending()
    _say("alarms and liars, some 1 minute")
    drift, lies = _alarms(), _liars()
    _say("months of 100 and of 3,000 viewers, some 4 minutes")
    small, small_said = _months(100)
    large, large_said = _months(3000)
    _, unmoved = coverage(3000, QUIET_MONTHS, 0.0)
    _say("worlds with and without regions, some 5 minutes")
    worlds = [(name, *_worlds(sd)) for name, sd in (("with regions", 0.6), ("without", 0.0))]
    page = PAGE.read_text().format(
        runs=RUNS,
        spending=spending,
        alarm_months=ALARM_MONTHS,
        alarms=drift,
        liar_runs=LIAR_RUNS,
        liars=lies,
        months=MONTHS,
        small=small,
        small_said=small_said,
        large=large,
        large_said=large_said,
        quiet_months=QUIET_MONTHS,
        quiet_said=_verdicts(unmoved, QUIET_MONTHS),
        costs=_costs(),
        error=_percent(1.96 * sqrt(0.95 * 0.05 / MONTHS)),
        fleets=len(FLEETS),
        viewers=VIEWERS,
        fleet_viewers=FLEET_VIEWERS,
        worlds=table(
            (
                "world",
                "QoE without prior / plain / served",
                "served − plain [95 %]",
                "served − none [95 %]",
                "ways served",
            ),
            worlds,
        ),
    )
    RESULTS.write_text(page)
    print(page)


if __name__ == "__main__":
    main()
