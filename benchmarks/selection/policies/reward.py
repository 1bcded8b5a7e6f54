"""The reward of a fetch in [0, 1], for peers that learn from rewards."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.selection.viewer.policy import (
    FAILURES,
    Host,
    HostPrior,
    Outcome,
    Plan,
    PlanRequest,
    Policy,
)

WORST_MBPS, BEST_MBPS = 0.1, 50.0
TYPICAL_MBIT = 8.0
RECENT_S = 5.0
Setting = float | str
Space = dict[str, Sequence[Setting]]
"""The search space of `tune`: values for a policy's attributes."""


def worth(mbps: float) -> float:
    """Return goodput on a logarithmic scale: .1 Mbit/s is 0, 50 Mbit/s is 1.

    >>> worth(0.05), round(worth(5.0), 2), worth(50.0)
    (0.0, 0.63, 1.0)
    """
    clipped = min(max(mbps, WORST_MBPS), BEST_MBPS)
    return math.log(clipped / WORST_MBPS) / math.log(BEST_MBPS / WORST_MBPS)


def reward(outcome: Outcome) -> float | None:
    """Return a fetch's reward; 0 for a failure, None for an aborted fetch."""
    if outcome.kind == "aborted":
        return None
    if outcome.kind in FAILURES:
        return 0.0
    return worth(8e-6 * outcome.bytes / outcome.total_s)


def expected(prior: HostPrior | None) -> float:
    """Return the reward of a segment of 1 MB that the fleet's prior predicts."""
    if prior is None:
        return 0.5
    return worth(TYPICAL_MBIT / (prior.ttfb_s + TYPICAL_MBIT / prior.rate_mbps))


class Bandit(Policy):
    """A peer that picks one host per fetch and learns from its reward.

    A retry goes to a host that has not failed within the last seconds, if there is one.
    """

    def __init__(
        self, origin: Host, hosts: tuple[Host, ...], priors: Mapping[Host, HostPrior], seed: int
    ) -> None:
        super().__init__(origin, hosts, priors, seed)
        self._failed_s: dict[Host, float] = {}

    def plan(self, request: PlanRequest) -> Plan:
        """Ask one host."""
        hosts = self.hosts
        if request.attempt:
            recent = request.now_s - RECENT_S
            hosts = tuple(h for h in hosts if self._failed_s.get(h, 0.0) < recent) or hosts
        return Plan((self.choose(hosts, request),))

    def observe(self, outcome: Outcome) -> None:
        """Pass the reward on."""
        if outcome.kind in FAILURES:
            self._failed_s[outcome.host] = outcome.now_s
        earned = reward(outcome)
        if earned is not None:
            self.learn(outcome, earned)

    def choose(self, hosts: tuple[Host, ...], request: PlanRequest) -> Host:
        """Pick one of `hosts`."""
        raise NotImplementedError

    def learn(self, outcome: Outcome, earned: float) -> None:
        """Count one reward."""
        raise NotImplementedError


@dataclass(frozen=True)
class Tuned:
    """A peer with chosen settings, built like the peer itself."""

    policy: type[Policy]
    settings: Mapping[str, Setting]

    def __call__(
        self, origin: Host, hosts: tuple[Host, ...], priors: Mapping[Host, HostPrior], seed: int
    ) -> Policy:
        """Make it for one viewer."""
        made = self.policy(origin, hosts, priors, seed)
        vars(made).update(self.settings)
        return made
