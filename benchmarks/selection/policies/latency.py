"""Replica selection by latency and load: peak-EWMA with two choices, and C3."""

from __future__ import annotations

import math
from collections.abc import Mapping
from random import Random
from typing import ClassVar

from benchmarks.selection.policies.reward import TYPICAL_MBIT, Bandit, Space
from benchmarks.selection.viewer.policy import (
    FAILURES,
    NO_BYTES_S,
    Host,
    HostPrior,
    Outcome,
    Plan,
    PlanRequest,
)


class PeakEwma(Bandit):
    """Finagle's load balancer: a latency average that jumps up at once and decays slowly.

    Of two random hosts the one with the lower average × (requests in flight + 1) is asked.
    Latency is that of a segment of 1 MB, so that a high bit rate is no fault; it starts as
    the fleet's.
    """

    tau_s = 10.0
    space: ClassVar[Space] = {"tau_s": (2.0, 5.0, 10.0, 20.0, 40.0, 80.0)}

    def __init__(
        self, origin: Host, hosts: tuple[Host, ...], priors: Mapping[Host, HostPrior], seed: int
    ) -> None:
        super().__init__(origin, hosts, priors, seed)
        self._rng = Random(seed)  # noqa: S311
        self._in_flight = dict.fromkeys(hosts, 0)
        self._seen_s = dict.fromkeys(hosts, 0.0)
        self._average_s = dict.fromkeys(hosts, 1.0)
        for host, prior in priors.items():
            self._average_s[host] = prior.ttfb_s + TYPICAL_MBIT / prior.rate_mbps

    def choose(self, hosts: tuple[Host, ...], request: PlanRequest) -> Host:  # noqa: ARG002
        two = self._rng.sample(hosts, min(2, len(hosts)))
        return min(two, key=self.rank)

    def rank(self, host: Host) -> float:
        """Return the expected latency under the present load."""
        return self._average_s[host] * (self._in_flight[host] + 1)

    def plan(self, request: PlanRequest) -> Plan:
        plan = super().plan(request)
        self._in_flight[plan.ranking[0]] += 1
        return plan

    def observe(self, outcome: Outcome) -> None:
        self._in_flight[outcome.host] -= 1
        super().observe(outcome)

    def learn(self, outcome: Outcome, earned: float) -> None:  # noqa: ARG002
        host = outcome.host
        seconds = max(NO_BYTES_S, 2 * self._average_s[host])
        if outcome.kind not in FAILURES:
            seconds = outcome.total_s * TYPICAL_MBIT / (8e-6 * outcome.bytes)
        self._average_s[host] += self.gain(outcome, seconds) * (seconds - self._average_s[host])
        self._seen_s[host] = outcome.now_s

    def gain(self, outcome: Outcome, seconds: float) -> float:
        """Return the weight of a new latency."""
        if seconds > self._average_s[outcome.host]:
            return 1.0
        return 1.0 - math.exp(-(outcome.now_s - self._seen_s[outcome.host]) / self.tau_s)


class C3(PeakEwma):
    """C3 (NSDI'15): R - 1/µ + q̂³/µ, over all hosts.

    What a client alone can see: R and 1/µ are both its average latency, q̂ its own requests in
    flight, so that average · q̂³ is left.
    """

    weight = 0.2
    """Of a new latency in the average."""
    cube = 3.0
    space: ClassVar[Space] = {
        "weight": (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9),
        "cube": (0.0, 1.0, 2.0, 3.0),
    }

    def choose(self, hosts: tuple[Host, ...], request: PlanRequest) -> Host:  # noqa: ARG002
        return min(hosts, key=self.rank)

    def rank(self, host: Host) -> float:
        """Penalise the queue."""
        return self._average_s[host] * math.pow(self._in_flight[host] + 1, self.cube)

    def gain(self, outcome: Outcome, seconds: float) -> float:  # noqa: ARG002
        """Weigh all alike."""
        return self.weight
