"""Load balancing: in which proportions viewers should start at the hosts.

A ranking that all viewers follow is as bad as a random choice, because all go to the first host
at once. A random choice among near-ties costs a single viewer nothing measurable (flash crowd,
simulated).
"""

from __future__ import annotations

from collections.abc import Mapping

from selector.bandit import HostPrior

# A segment of 4 s at 2 Mbit/s.
SEGMENT_MBIT = 8.0
# Hosts that cost at most this many times as much as the best are near-ties.
NEAR = 1.3


def shares(priors: Mapping[str, HostPrior]) -> dict[str, float]:
    """Return the share of viewers who should start at each host; the shares sum to 1.

    P(k) ∝ (c_best / c_k)² for all k whose expected cost c_k, in seconds for one segment and
    divided by the chance of success, is at most 1.3·c_best; 0 for the others.

    >>> shares({"a": HostPrior(rate_mbps=8.0), "b": HostPrior(rate_mbps=9.0), "c": HostPrior(1.0)})
    {'a': 0.4535..., 'b': 0.5464..., 'c': 0.0}
    """
    cost = {
        host: (prior.ttfb_s + SEGMENT_MBIT / prior.rate_mbps) / (1.0 - min(prior.error_rate, 0.9))
        for host, prior in priors.items()
    }
    best = min(cost.values(), default=0.0)
    weight = {
        host: (best / each) ** 2 if each <= NEAR * best else 0.0 for host, each in cost.items()
    }
    total = sum(weight.values())
    return {host: each / total for host, each in weight.items()}
