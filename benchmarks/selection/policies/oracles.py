"""Oracles: upper bounds from policies that read the network's state instead of learning it."""

from __future__ import annotations

import math

from benchmarks.selection.viewer.policy import Host, Part, Plan, PlanRequest, Policy
from benchmarks.selection.world.network import HANDSHAKE_ROUND_TRIPS, Network
from benchmarks.selection.world.world import INITIAL_WINDOW, Fault


class Oracle(Policy):
    """Ranks hosts by a cost computed from the network's state."""

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
    """Knows every host's state of `segments_late` ago, and what this viewer is fetching now."""

    segments_late = 0

    def cost_s(self, host: Host, size: float) -> float:
        cost_s, rtt, rate = self.path_now(host)
        if cost_s == math.inf:
            return math.inf
        window = INITIAL_WINDOW
        while size > window and window < rate * rtt:
            size -= window
            window *= 2
            cost_s += rtt
        return cost_s + size / min(rate, window / rtt)

    def path_now(self, host: Host, parts: int = 1) -> tuple[float, float, float]:
        """Return TTFB, round-trip time, and bytes/s with `parts` parts asked at once."""
        visit, clock = self.network.visit, self.network.clock
        then_s = max(0.0, clock.now - self.segments_late * visit.segment_s)
        second = min(int(then_s), visit.seconds - 1)
        path = visit.paths[host]
        if path.fault[second] != Fault.NONE or then_s >= path.evicted_s:
            return math.inf, 1.0, 0.0
        rtt = path.rtt_s[second]
        here, everywhere = self.network.load(host)
        rate = min(
            self.network.capacity(host, second) / (here + 1),
            visit.access[second] / (everywhere + parts),
            path.request_limit,
        )
        if path.shares_link:
            rate = min(rate, visit.shared / (here + 1))
        ttfb_s = path.think_s + rtt * (1 + HANDSHAKE_ROUND_TRIPS * self.network.is_cold(host))
        return ttfb_s, rtt, rate


class SplittingPresentState(PresentState):
    """Also splits every range into parts that end together, wherever that is faster.

    The parts share the access link, whose state it knows as well.
    """

    most_parts = 4
    # As in the engine, a smaller part is not worth a request.
    smallest_bytes = 25_000

    def plan(self, request: PlanRequest) -> Plan:
        whole = super().plan(request)
        size = float(request.bytes or 0)
        best_s = self.cost_s(whole.ranking[0], size)
        best: tuple[Part, ...] = ()
        for count in range(2, min(self.most_parts, len(whole.ranking)) + 1):
            hosts = [h for h in whole.ranking[:count] if self.cost_s(h, 1.0) < math.inf]
            if len(hosts) < count:
                break
            shares, took_s = self._even(hosts, size)
            if took_s < best_s - 0.01 and min(shares) >= self.smallest_bytes:
                best_s = took_s
                best = tuple(Part(h, int(x), None) for h, x in zip(hosts, shares, strict=True))
        if not best:
            return whole
        rest = int(size) - sum(part.bytes for part in best)
        return Plan(whole.ranking, parts=(best[0]._replace(bytes=best[0].bytes + rest), *best[1:]))

    def _even(self, hosts: list[Host], size: float) -> tuple[list[float], float]:
        """Return parts that end together, and when, by bisection."""
        low_s, high_s = 0.0, min(self.cost_s(host, size) for host in hosts)
        shares: list[float] = []
        for _ in range(30):
            middle_s = (low_s + high_s) / 2
            shares = [self._by(host, middle_s, len(hosts)) for host in hosts]
            low_s, high_s = (low_s, middle_s) if sum(shares) >= size else (middle_s, high_s)
        scale = size / max(sum(shares), 1.0)
        return [share * scale for share in shares], high_s

    def _by(self, host: Host, until_s: float, parts: int) -> float:
        """Return the bytes of one of `parts` parts that arrive in `until_s`."""
        start_s, rtt, rate = self.path_now(host, parts)
        left_s, window, got = until_s - start_s, INITIAL_WINDOW, 0.0
        while window < rate * rtt and left_s > rtt:
            got += window
            window *= 2
            left_s -= rtt
        return got + max(0.0, left_s) * min(rate, window / rtt)


class OneSegmentLate(PresentState):
    """Knows every host's state, one segment late."""

    segments_late = 1


class SplittingOneSegmentLate(SplittingPresentState):
    """Splits ranges, and knows every host's state one segment late."""

    segments_late = 1


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
        moments = range(0, int(visit.segments * visit.segment_s), 5)
        # A refused fetch counts as a time-out of 10 s.
        self._total_s = {
            host: math.inf
            if path.corrupt.any()
            else sum(min(visit.solo_s(host, float(t), 1_000_000), 10.0) for t in moments)
            for host, path in visit.paths.items()
        }

    def plan(self, request: PlanRequest) -> Plan:  # noqa: ARG002
        return Plan((min(self.hosts, key=self._total_s.__getitem__),))
