"""The policies in a crowd: ours, the peers, and oracles that know every host's load."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

from benchmarks.crowd.crowd import Build
from benchmarks.crowd.pool import Pool, SharedNetwork
from benchmarks.selection.policies.engine import Mirrorwise
from benchmarks.selection.policies.latency import C3
from benchmarks.selection.policies.reward import expected
from benchmarks.selection.policies.rules import Failover, PeerTube
from benchmarks.selection.policies.ucb import Ucb1
from benchmarks.selection.viewer.policy import (
    Host,
    Idle,
    Outcome,
    Plan,
    PlanRequest,
    Policy,
    Takeover,
)
from benchmarks.selection.world.network import Network

REFRESH_S = 300.0


class OneHost(Mirrorwise):
    """Mirrorwise, but every segment comes from one host at a time."""

    def plan(self, request: PlanRequest) -> Plan:
        return replace(super().plan(request), parts=())

    def idle(self, idle: Idle) -> Takeover:  # noqa: ARG002
        return Takeover(None, 0, "one host at a time")


class _LoadOracle(Policy):
    """Knows every host's present load and capacity."""

    def arrive(self, now_s: float, network: Network) -> None:  # noqa: ARG002
        if not isinstance(network, SharedNetwork):
            raise TypeError("only in a crowd do hosts have a load")
        self.pool: Pool = network.pool
        self._rng = Random(self.seed)  # noqa: S311

    def capacity(self, host: Host) -> float:
        """Return a host's present capacity in bytes/s."""
        return float(self.pool.capacity[self.hosts.index(host), self.pool.second])


class LeastLoaded(_LoadOracle):
    """Asks the host that will give a new request the highest rate."""

    def plan(self, request: PlanRequest) -> Plan:  # noqa: ARG002
        load = self.pool.load
        return Plan((min(self.hosts, key=lambda host: (load[host] + 1) / self.capacity(host)),))


class Proportional(_LoadOracle):
    """Draws a host for every segment, in proportion to its present capacity."""

    def plan(self, request: PlanRequest) -> Plan:  # noqa: ARG002
        return Plan(tuple(self._rng.choices(self.hosts, [self.capacity(h) for h in self.hosts])))


class Proportions(Failover, _LoadOracle):
    """Content steering by proportions: each viewer is assigned a host, drawn anew every 300 s.

    The operator's weights are the initial capacities.
    """

    def arrive(self, now_s: float, network: Network) -> None:
        _LoadOracle.arrive(self, now_s, network)
        super().arrive(now_s, network)
        self._drawn_s = now_s

    def order(self) -> tuple[Host, ...]:
        weights = self.pool.capacity[:, 0].tolist()
        first = self._rng.choices(self.hosts, weights)[0]
        return (first, *(host for host in self.hosts if host != first))

    def plan(self, request: PlanRequest) -> Plan:
        if request.now_s >= self._drawn_s + REFRESH_S:
            self._order, self._drawn_s = self.order(), request.now_s
        return super().plan(request)


class Ranking:
    """The operator's ranking: hosts by the mean goodput of all viewers, updated every 300 s."""

    def __init__(self) -> None:
        self._sums: dict[Host, tuple[float, float]] = {}
        self._published: tuple[Host, ...] = ()
        self._since_s = -math.inf

    def observe(self, outcome: Outcome) -> None:
        """Count one fetch."""
        size, seconds = self._sums.get(outcome.host, (0.0, 0.0))
        self._sums[outcome.host] = size + outcome.bytes, seconds + outcome.total_s

    def at(self, now_s: float, first: tuple[Host, ...]) -> tuple[Host, ...]:
        """Return the current ranking, which is `first` until a period has been measured.

        Hosts that nobody used come last, in their previous order.
        """
        if now_s >= self._since_s + REFRESH_S:
            goodput = {host: size / max(s, 1e-3) for host, (size, s) in self._sums.items()}
            before = self._published or first
            self._published = tuple(sorted(before, key=lambda h: -goodput.get(h, 0.0)))
            self._sums, self._since_s = {}, now_s
        return self._published


class ContentSteering(Failover):
    """HLS and DASH content steering: all viewers follow the operator's ranking."""

    ranking: Ranking

    def plan(self, request: PlanRequest) -> Plan:
        known = sorted(self.hosts, key=lambda host: -expected(self.priors.get(host)))
        self._order = self.ranking.at(request.now_s, tuple(known))
        return super().plan(request)

    def observe(self, outcome: Outcome) -> None:
        super().observe(outcome)
        self.ranking.observe(outcome)


def _steered() -> Build:
    class Steered(ContentSteering):
        ranking = Ranking()

    return Steered


OURS = "Mirrorwise"


def policies() -> dict[str, Build]:
    """Return a way to build each policy, for one crowd."""
    return {
        "oracle: least loaded": LeastLoaded,
        "oracle: in proportion to capacity": Proportional,
        OURS: Mirrorwise,
        "Mirrorwise, one host per segment": OneHost,
        "UCB1 + fleet prior": Ucb1,
        "C3": C3,
        "steering by proportions": Proportions,
        "content steering, ranking every 5 min": _steered(),
        "PeerTube today": PeerTube,
    }
