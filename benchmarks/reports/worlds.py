"""The worth of a fleet prior to a new viewer: simulated sessions with priors from reports.

A fleet of viewers in four time zones uses five hosts. In the world with regions every host is
faster in some zones than in others; in the other world it is not. From the noised reports of a
month both kinds of prior are computed; then new viewers, each in one zone, watch a short video
with each prior in the same network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from benchmarks.reports.devices import Ints, buckets, reports
from benchmarks.selection.judging.experiment import watch
from benchmarks.selection.policies.engine import Mirrorwise
from benchmarks.selection.viewer.policy import HostPrior
from benchmarks.selection.world.scenario import Scenario
from benchmarks.selection.world.traces import Synthetic
from benchmarks.selection.world.world import World
from instance.hosts.prior.fleet import FleetPrior, fleet_prior
from instance.hosts.quality.counts import Counted
from selector.telemetry import Context, Question

EPSILON, DAYS = 2.0, 30
ZONES = np.array([2, 3, 4, 6])
ZONE_SHARES = np.array([0.25, 0.1, 0.5, 0.15])
VIEWER_SD, DAY_SD = 0.3, 0.25
CONTEXT = Context(0, 4, 0)


class Fleet:
    """Rates and RTTs of the hosts by zone, and a month of reports about them."""

    def __init__(self, scenario: Scenario, regional_sd: float, viewers: int) -> None:
        rng = np.random.default_rng(scenario.seed)
        self._rng, self._viewers = rng, viewers
        n = scenario.mirrors + 1
        shape = (n, len(ZONES))
        rate = np.log(scenario.rate_mbps) + rng.normal(0.0, scenario.rate_sd, (n, 1))
        ttfb = np.log(scenario.rtt_s) + rng.normal(0.0, scenario.rtt_sd, (n, 1))
        self.ln_mbps = rate + rng.normal(0.0, regional_sd, shape)
        self.ln_rtt = ttfb + rng.normal(0.0, regional_sd, shape)

    def month(self, hosts: list[str]) -> list[Counted]:
        """Return the noised reports of all viewers, each day on one host that serves it well."""
        rng, size = self._rng, self._viewers * DAYS
        zone = rng.choice(len(ZONES), self._viewers, p=ZONE_SHARES).repeat(DAYS)
        # Roughly as engine and control group use them: good hosts more, every host sometimes.
        cost = np.exp(self.ln_rtt) + 8.0 / np.exp(self.ln_mbps)
        odds = np.cumsum(cost**-2.0 / (cost**-2.0).sum(axis=0), axis=0)
        host = (rng.random(size) > odds[:, zone]).sum(axis=0).clip(0, len(hosts) - 1)
        noise = np.hypot(VIEWER_SD, DAY_SD)
        ln_bps = self.ln_mbps[host, zone] + np.log(1e6) + rng.normal(0.0, noise, size)
        ln_ttfb = np.logaddexp(self.ln_rtt[host, zone], np.log(0.02))
        truths: dict[Question, Ints] = {
            "ttfb": buckets("ttfb", ln_ttfb + rng.normal(0.0, noise, size)),
            "rate": buckets("rate", ln_bps),
            "error": (rng.random(size) < 0.06).astype(np.int64),
        }
        columns = {
            "day": rng.integers(0, DAYS, size),
            "host": host,
            "zone": ZONES[zone],
            "connection": rng.integers(0, 4, size),
            "hours": rng.integers(0, 4, size),
            "control": np.zeros(size, dtype=np.int64),
        }
        return reports(truths, columns, hosts, EPSILON, rng)


class ZonedWorld(World):
    """The world of one simulated viewer, with the hosts' rates and RTTs in the viewer's zone."""

    def __init__(self, scenario: Scenario, viewer: int, traces: Synthetic, fleet: Fleet) -> None:
        super().__init__(scenario, viewer, traces)
        rng = self._rng("zone")
        self.zone = int(rng.choice(len(ZONES), p=ZONE_SHARES))
        spread = rng.normal(0.0, VIEWER_SD, (2, len(self.hosts)))
        self._rate_mbps = np.exp(fleet.ln_mbps[:, self.zone] + spread[0])
        self._rtt_s = np.clip(np.exp(fleet.ln_rtt[:, self.zone] + spread[1]), 0.004, 0.8)
        self._best_first = np.argsort(-self._rate_mbps).tolist()


def qualities(
    regional_sd: float, seeds: range, viewers: int, fleet_viewers: int
) -> Iterator[tuple[dict[str, list[float]], FleetPrior]]:
    """Yield, per fleet, the QoE of every viewer by kind of prior, and the prior served."""
    traces = Synthetic()
    for seed in seeds:
        scenario = Scenario("fleet", seed, rate_mbps=5.0, segments=12, rate_sd=0.5, rtt_sd=0.4)
        fleet = Fleet(scenario, regional_sd, fleet_viewers)
        hosts = list(World(scenario, 0, traces).hosts)
        told = fleet.month(hosts)
        served, plain = fleet_prior(told), fleet_prior(_without_context(told))
        qoe: dict[str, list[float]] = {"none": [], "plain": [], "served": []}
        for viewer in range(viewers):
            world = ZonedWorld(scenario, viewer, traces, fleet)
            visits = [world.visit(0)]
            context = Context(viewer % 4, int(ZONES[world.zone]), viewer // 4 % 4)
            kinds: Mapping[str, dict[str, HostPrior]] = {
                "none": {},
                "plain": plain.priors(CONTEXT),
                "served": served.priors(context),
            }
            for kind, priors in kinds.items():
                world.priors = priors
                qoe[kind].append(watch(world, visits, Mirrorwise).qoe)
        yield qoe, served


def _without_context(told: list[Counted]) -> list[Counted]:
    """Replace all contexts by the same one, for the prior without context."""
    return [(report._replace(**CONTEXT._asdict()), count) for report, count in told]
