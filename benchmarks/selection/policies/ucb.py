"""Upper confidence bounds: UCB1 with the fleet's prior, discounted, and in a sliding window."""

from __future__ import annotations

import math
from collections import deque
from typing import ClassVar

from benchmarks.selection.policies.reward import Bandit, Space, expected
from benchmarks.selection.viewer.policy import Host, Outcome, PlanRequest
from benchmarks.selection.world.network import Network


class Ucb1(Bandit):
    """UCB1 (Auer 2002): mean + width·√(2 ln n / n_k); the prior counts as `prior_weight` pulls."""

    width = 0.02
    prior_weight = 8.0
    keep = 1.0
    """Discount per fetch (Garivier and Moulines 2011); 1 is plain UCB1."""
    space: ClassVar[Space] = {
        "width": (0.0, 0.003, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
        "prior_weight": (0.5, 1.0, 2.0, 4.0, 8.0, 16.0),
    }

    def arrive(self, now_s: float, network: Network) -> None:  # noqa: ARG002
        if not hasattr(self, "_weight"):
            known = self.prior_weight if self.priors else 0.0
            self._weight = dict.fromkeys(self.hosts, known)
            self._sum = {h: known * expected(self.priors.get(h)) for h in self.hosts}

    def choose(self, hosts: tuple[Host, ...], request: PlanRequest) -> Host:  # noqa: ARG002
        weight, total = self.statistics()
        n = max(sum(weight.values()), 1.0)

        def bound(host: Host) -> float:
            if weight[host] <= 1e-3:
                return math.inf
            bonus = self.width * math.sqrt(2 * math.log(n + 1.0) / weight[host])
            return total[host] / weight[host] + bonus

        return max(hosts, key=bound)

    def statistics(self) -> tuple[dict[Host, float], dict[Host, float]]:
        """Return per host the number of fetches and the sum of rewards."""
        return self._weight, self._sum

    def learn(self, outcome: Outcome, earned: float) -> None:
        if self.keep < 1.0:
            for host in self.hosts:
                self._weight[host] *= self.keep
                self._sum[host] *= self.keep
        self._weight[outcome.host] += 1.0
        self._sum[outcome.host] += earned


class DiscountedUcb(Ucb1):
    """Forgets with every fetch."""

    keep = 0.99
    space: ClassVar[Space] = Ucb1.space | {"keep": (0.8, 0.9, 0.95, 0.98, 0.99)}


class SlidingWindowUcb(Ucb1):
    """Counts the last fetches only (Garivier and Moulines 2011), and the prior."""

    window = 80
    space: ClassVar[Space] = Ucb1.space | {"window": (5, 10, 15, 20, 30, 50)}

    def arrive(self, now_s: float, network: Network) -> None:
        super().arrive(now_s, network)
        if not hasattr(self, "_recent"):
            self._recent: deque[tuple[Host, float]] = deque(maxlen=self.window)

    def learn(self, outcome: Outcome, earned: float) -> None:
        self._recent.append((outcome.host, earned))

    def statistics(self) -> tuple[dict[Host, float], dict[Host, float]]:
        """Prior plus window."""
        weight, total = dict(self._weight), dict(self._sum)
        for host, earned in self._recent:
            weight[host] += 1.0
            total[host] += earned
        return weight, total
