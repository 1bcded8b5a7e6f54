"""A crowd: all viewers of one world play at once; the score is for them and for the hosts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.crowd.pool import Pool, SharedNetwork
from benchmarks.crowd.scenario import START_S, World
from benchmarks.crowd.sharing import Floats
from benchmarks.selection.viewer.player import Player, Record, Throughput
from benchmarks.selection.viewer.policy import Host, HostPrior, Policy
from benchmarks.selection.world.network import Clock
from benchmarks.selection.world.scenario import SEGMENT_S
from benchmarks.selection.world.world import Visit

Build = Callable[[Host, tuple[Host, ...], Mapping[Host, HostPrior], int], Policy]
BIN_S = 10


class FixedDemand(Throughput):
    """A throughput estimate that makes every player choose the top bit rate, stalls or not."""

    @property
    def mbps(self) -> float:
        """More than any level needs."""
        return float("inf")


class Viewer(Player):
    """One viewer of the crowd: arrives at its own time, on a shared clock and shared hosts."""

    def __init__(self, visit: Visit, policy: Policy, network: SharedNetwork) -> None:
        super().__init__(visit, policy, FixedDemand(), tuple(visit.paths))
        self._network, self._clock = network, network.clock

    def arrive(self) -> None:
        """Press play."""
        self._arrived_s = self._updated_s = self._clock.now
        self._policy.arrive(START_S + self._clock.now, self._network)
        self._load()

    def leave(self) -> Record:
        """Close the page and return the record; start-up counts from the arrival."""
        record = self._record
        self._update()
        if not self._started:
            record.startup_s = self._clock.now
        record.startup_s -= self._arrived_s
        record.requests, record.received = self._network.requests, self._network.received
        return record


@dataclass(frozen=True)
class Score:
    """One crowd with one policy."""

    stalled: float
    """Share of the time after start-up that was spent waiting."""
    smooth: float
    """Share of viewers without any stall."""
    startup_s: float
    utilisation: float
    """Of combined capacity, from the last arrival to half a video later."""
    use: tuple[float, ...]
    """Per host: its share of all bytes over its share of the capacity."""
    oscillation: float
    """Coefficient of variation of a host's bytes per 10 s, averaged over hosts by use; as above."""
    extra_requests: float
    """Per segment."""

    @property
    def unevenness(self) -> float:
        """How much more the most used host was used than the least used, for its capacity."""
        return max(self.use) / max(min(self.use), 1e-9) - 1.0


def play(world: World, build: Build) -> tuple[Pool, list[Record]]:
    """Play the crowd with one policy."""
    clock = Clock()
    pool = Pool(clock, world.capacity, world.access)
    viewers = []
    for number, arrival_s in enumerate(world.arrivals_s):
        visit = world.visit(number)
        seed = 1000 * world.seed + number
        policy = build(world.hosts[0], world.hosts, world.priors, seed)
        viewers.append(Viewer(visit, policy, SharedNetwork(visit, pool, number)))
        clock.at(float(arrival_s), viewers[-1].arrive)
    clock.run(world.seconds)
    clock.now = float(world.seconds)
    return pool, [viewer.leave() for viewer in viewers]


def watch(world: World, build: Build) -> Score:
    """Play the crowd with one policy, and return its score."""
    pool, records = play(world, build)
    stalled = sum(record.stalled_s for record in records)
    fetched = sum(len(record.segments) for record in records)
    busy = slice(int(world.scenario.arrive_s), int(world.scenario.arrive_s + world.video_s / 2))
    delivered, capacity = pool.delivered[:, busy], pool.capacity[:, busy]
    watching = slice(0, int(world.scenario.arrive_s + world.video_s))
    use = _shares(pool.delivered[:, watching]) / _shares(pool.capacity[:, watching])
    bins = range(0, delivered.shape[1] + 1, BIN_S)
    loads = np.array([delivered[:, a:b].sum(axis=1) for a, b in pairwise(bins)])
    return Score(
        stalled=stalled / (stalled + fetched * SEGMENT_S),
        smooth=float(np.mean([record.stalled_s == 0.0 for record in records])),
        startup_s=float(np.mean([record.startup_s for record in records])),
        utilisation=float(delivered.sum() / capacity.sum()),
        use=tuple(use.tolist()),
        oscillation=float(loads.std(axis=0).sum() / loads.mean(axis=0).sum()),
        extra_requests=sum(record.requests for record in records) / fetched - 1.0,
    )


def _shares(values: Floats) -> Floats:
    """Return each row's share of the sum of all rows."""
    shares: Floats = values.sum(axis=1) / values.sum()
    return shares
