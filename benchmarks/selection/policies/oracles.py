"""What knowing would be worth: policies that look at the network instead of learning."""

from __future__ import annotations

import math

from benchmarks.selection.network import HANDSHAKE_ROUND_TRIPS, Network
from benchmarks.selection.protocol import Host, Plan, PlanRequest, Policy
from benchmarks.selection.scenario import SEGMENT_S
from benchmarks.selection.world import INITIAL_WINDOW, Fault


class Oracle(Policy):
    """Ranks hosts by a cost that it reads off the network."""

    def arrive(self, now_s: float, network: Network) -> None:  # noqa: ARG002
        self.network = network

    def plan(self, request: PlanRequest) -> Plan:
        size = float(request.bytes or 0)
        paths = self.network.visit.paths
        sound = [host for host in self.hosts if not paths[host].corrupt.any()]
        return Plan(tuple(sorted(sound, key=lambda host: self.cost_s(host, size))))

    def cost_s(self, host: Host, size: float) -> float:
        """Return the time to fetch `size` bytes."""
        raise NotImplementedError


class PresentState(Oracle):
    """Knows every host's state of `late_s` ago, and what this viewer is fetching now."""

    late_s = 0.0

    def cost_s(self, host: Host, size: float) -> float:
        visit, clock = self.network.visit, self.network.clock
        then_s = max(0.0, clock.now - self.late_s)
        second = min(int(then_s), visit.seconds - 1)
        path = visit.paths[host]
        if path.fault[second] != Fault.NONE or then_s >= path.evicted_s:
            return math.inf
        rtt = path.rtt_s[second]
        here, everywhere = self.network.load(host)
        rate = min(path.capacity[second] / (here + 1), visit.access[second] / (everywhere + 1))
        cost_s = path.think_s + rtt * (1 + HANDSHAKE_ROUND_TRIPS * self.network.is_cold(host))
        window = INITIAL_WINDOW
        while size > window and window < rate * rtt:
            size -= window
            window *= 2
            cost_s += rtt
        return cost_s + size / min(rate, window / rtt)


class OneSegmentLate(PresentState):
    """Full information, as old as one segment."""

    late_s = SEGMENT_S


class Clairvoyant(Oracle):
    """Knows the future of every path, though not its own later load."""

    def cost_s(self, host: Host, size: float) -> float:
        visit, now_s = self.network.visit, self.network.clock.now
        path = visit.paths[host]
        cold = HANDSHAKE_ROUND_TRIPS * path.rtt_s[int(now_s)] * self.network.is_cold(host)
        took_s = visit.solo_s(host, now_s, int(size)) + cold
        faults = path.fault[int(now_s) : int(min(now_s + took_s, visit.seconds)) + 1]
        here, _ = self.network.load(host)
        return math.inf if any(faults) else took_s * (1 + here)


class BestFixed(Oracle):
    """The one host that is best over the whole visit, in hindsight."""

    def arrive(self, now_s: float, network: Network) -> None:
        super().arrive(now_s, network)
        visit = network.visit
        moments = range(0, int(visit.segments * SEGMENT_S), 5)
        # A refused fetch costs about a time-out.
        self._total_s = {
            host: math.inf
            if path.corrupt.any()
            else sum(min(visit.solo_s(host, float(t), 1_000_000), 10.0) for t in moments)
            for host, path in visit.paths.items()
        }

    def plan(self, request: PlanRequest) -> Plan:  # noqa: ARG002
        return Plan((min(self.hosts, key=self._total_s.__getitem__),))
