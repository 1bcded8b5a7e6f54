"""The published rules of today's players and load balancers."""

from __future__ import annotations

import random
from statistics import fmean
from typing import ClassVar

from benchmarks.selection.policies.reward import TYPICAL_MBIT, Space, expected
from benchmarks.selection.viewer.policy import (
    FAILURES,
    NO_BYTES_S,
    Host,
    HostPrior,
    Outcome,
    Plan,
    PlanRequest,
    Policy,
)
from benchmarks.selection.world.network import Network


class OriginOnly(Policy):
    """Always asks the origin."""

    def plan(self, request: PlanRequest) -> Plan:  # noqa: ARG002
        return Plan((self.origin,))


class PeerTube(Policy):
    """PeerTube 8.2: uniform for every segment; a mirror is dropped after one error.

    The origin never is. p2p-media-loader 2.2.2 swallows HTTP errors, so that each waits out
    the time-out for missing bytes.
    """

    error_wait_s = NO_BYTES_S

    def arrive(self, now_s: float, network: Network) -> None:  # noqa: ARG002
        self._alive = list(self.hosts)
        self._rng = random.Random(f"{self.seed} {now_s}")  # noqa: S311

    def plan(self, request: PlanRequest) -> Plan:  # noqa: ARG002
        return Plan((self._rng.choice(self._alive),))

    def observe(self, outcome: Outcome) -> None:
        if outcome.kind in FAILURES and outcome.host != self.origin and outcome.host in self._alive:
            self._alive.remove(outcome.host)


class Failover(Policy):
    """hls.js: stay on a pathway until it fails, then the next; a penalty lasts 300 s."""

    penalty_s = 300.0

    def arrive(self, now_s: float, network: Network) -> None:  # noqa: ARG002
        self._penalised: dict[Host, float] = {}
        self._order = self.order()

    def order(self) -> tuple[Host, ...]:
        """Follow the playlist: origin first, mirrors as listed."""
        return self.hosts

    def plan(self, request: PlanRequest) -> Plan:
        free = [h for h in self._order if self._penalised.get(h, 0.0) <= request.now_s]
        oldest = min(self._order, key=lambda host: self._penalised.get(host, 0.0))
        return Plan((free[0] if free else oldest,))

    def observe(self, outcome: Outcome) -> None:
        if outcome.kind in FAILURES:
            self._penalised[outcome.host] = outcome.now_s + self.penalty_s


class Steering(Failover):
    """HLS and DASH content steering: the fleet's order, refreshed every `ttl_s`.

    The service hears from the fleet, not from this viewer: of each host it knows the prior and,
    at every refresh, exactly how the host has done since the last one compared with its mean.
    That is more than any real service knows.
    """

    ttl_s = 300.0
    space: ClassVar[Space] = {"ttl_s": (60.0, 120.0, 300.0), "penalty_s": (30.0, 100.0, 300.0)}

    def arrive(self, now_s: float, network: Network) -> None:
        self._network, self._refreshed_s = network, now_s
        super().arrive(now_s, network)

    def order(self) -> tuple[Host, ...]:
        """Best expected goodput first."""
        return tuple(sorted(self.hosts, key=lambda host: -self._lately(host)))

    def plan(self, request: PlanRequest) -> Plan:
        if request.now_s - self._refreshed_s >= self.ttl_s:
            self._refreshed_s = request.now_s
            self._order = self.order()
        return super().plan(request)

    def _lately(self, host: Host) -> float:
        """Return the prior's goodput, moved by how the host has done since the last refresh."""
        prior, path = self.priors.get(host, HostPrior()), self._network.visit.paths[host]
        until = int(self._network.clock.now)
        lately = slice(max(0, until - int(self.ttl_s)), until)
        moved = 1.0
        if until:
            works = [0.0 if f else c for c, f in zip(path.capacity, path.fault, strict=True)]
            moved = fmean(works[lately]) / fmean(path.capacity)
        if until >= path.evicted_s:
            moved = 0.0
        seconds = prior.ttfb_s + TYPICAL_MBIT / (prior.rate_mbps * max(moved, 1e-3))
        return TYPICAL_MBIT / seconds


class DashJs(Failover):
    """dash.js: draw a base URL by weight, keep it, blacklist it for the visit when it fails."""

    penalty_s = 86_400.0

    def order(self) -> tuple[Host, ...]:
        """Draw without replacement, weighted by the fleet's expected goodput."""
        rng = random.Random(self.seed)  # noqa: S311
        return tuple(
            sorted(
                self.hosts,
                key=lambda host: (
                    -(rng.random() ** (1.0 / max(expected(self.priors.get(host)), 0.01)))
                ),
            )
        )


class OutlierEjection(Policy):
    """Envoy: round robin; errors in a row eject a host, longer at each ejection.

    The defaults are Envoy's consecutive_5xx and base_ejection_time.
    """

    errors = 5
    ejected_s = 30.0
    space: ClassVar[Space] = {"errors": (1, 2, 3, 5), "ejected_s": (10.0, 30.0, 60.0, 120.0, 300.0)}

    def arrive(self, now_s: float, network: Network) -> None:  # noqa: ARG002
        self._turn = self.seed
        self._in_a_row = dict.fromkeys(self.hosts, 0)
        self._ejections = dict.fromkeys(self.hosts, 0)
        self._until_s = dict.fromkeys(self.hosts, 0.0)

    def plan(self, request: PlanRequest) -> Plan:
        serving = [h for h in self.hosts if self._until_s[h] <= request.now_s] or list(self.hosts)
        self._turn += 1
        return Plan((serving[self._turn % len(serving)],))

    def observe(self, outcome: Outcome) -> None:
        host = outcome.host
        self._in_a_row[host] = self._in_a_row[host] + 1 if outcome.kind in FAILURES else 0
        if self._in_a_row[host] >= self.errors:
            self._in_a_row[host] = 0
            self._ejections[host] += 1
            self._until_s[host] = outcome.now_s + self.ejected_s * self._ejections[host]
