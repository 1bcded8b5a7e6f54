"""A viewer's world: the state of all hosts, second by second, drawn before any request.

Common random numbers: everything here depends on scenario seed, viewer, host, and time or segment,
never on what a policy does, so that every policy meets the same world.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from benchmarks.selection.world.scenario import LADDER_MBPS, SEGMENT_S, Situation
from benchmarks.selection.world.traces import Floats, Traces, ornstein_uhlenbeck, two_state
from selector.bandit import Host, HostPrior

BYTES_PER_MBIT = 125_000.0
INITIAL_WINDOW = 10 * 1460.0  # RFC 6928
DRAWS_PER_S = 20
"""Requests within the same 50 ms get the same random draws."""
SLOW_MIRROR = 40_000.0  # bytes/s; such mirrors hung PeerTube 8.2's player for 10 s
DAY_S = 86_400.0
# From Wi-Fi to a mobile network: a third of the rate, and a radio's round trip more (assumed).
HANDOVER_RATE, HANDOVER_RTT_S = 0.35, 0.05
THINK_S = 0.02
LIVE_SEGMENTS = 3  # hls.js liveSyncDurationCount
# A viewer's own ranking of hosts by latency correlates .61 (Seattle) and .38 (PlanetLab) with
# the other viewers' mean (NetLatency-Data); .5 lies between.
FLEET_LATENCY_CORRELATION = 0.5


class Fault(IntEnum):
    """What is wrong with a host in one second."""

    NONE = 0
    REFUSING = 1
    SILENT = 2
    DYING = 3
    """Sends a first byte, then the body stops somewhere in its first half."""


@dataclass(frozen=True)
class Path:
    """One host for one viewer during one visit; lists have one entry per second."""

    capacity: list[float]
    """Bytes a second."""
    rtt_s: list[float]
    fault: list[int]
    think_s: float
    """The server's own time per request."""
    evicted_s: float
    """Time from which on it answers 404; infinity if never."""
    miss: NDArray[np.bool_]
    corrupt: NDArray[np.bool_]
    """Per segment: not in the server's cache; delivered with wrong bytes."""
    hiccup: NDArray[np.bool_]
    jitter: Floats
    """Per 50 ms: answers 503; factor on the time to first byte."""
    dies_at: Floats
    """Per 50 ms: share of the body after which a dying host stops."""
    burst: float = math.inf
    after_burst: float = 1.0
    """Bytes after which the host sends at this share of its capacity."""
    request_limit: float = math.inf
    """Bytes a second for one request."""
    shares_link: bool = False
    """Whether it lies behind the visit's shared link."""


@dataclass(frozen=True)
class Visit:
    """The state of the network while one video is watched; times count from its start."""

    start_s: float
    seconds: int
    segments: int
    segment_mb: Floats
    """Size of each segment relative to its level's bit rate."""
    paths: dict[Host, Path]
    access: list[float]
    """Bytes a second of the link all hosts share."""
    miss_s: float
    appears_s: Floats
    """Per segment: time from which on it exists."""
    peer_mbps: Floats
    """Per segment: the rate at which other viewers bring it; 0 where it comes from a host."""
    segment_s: float = SEGMENT_S
    ladder_mbps: tuple[float, ...] = LADDER_MBPS
    shared: float = math.inf
    """Bytes a second of the link that some hosts share."""

    def size(self, segment: int, level: int) -> int:
        """Bytes of one segment at one level of the ladder."""
        mbit = self.ladder_mbps[level] * self.segment_s * float(self.segment_mb[segment])
        return int(mbit * BYTES_PER_MBIT)

    @cached_property
    def _delivered(self) -> dict[Host, list[float]]:
        """Bytes a lone transfer could have brought by the end of each second."""
        access = np.array(self.access)
        return {
            host: np.cumsum(np.minimum(np.array(path.capacity), access)).tolist()
            for host, path in self.paths.items()
        }

    def solo_s(self, host: Host, now_s: float, size: int) -> float:
        """Time for `size` bytes alone on a warm connection, in hindsight; inf if refused.

        Slow start doubles an initial window every round trip until the path is full.
        """
        path = self.paths[host]
        second = min(int(now_s), self.seconds - 1)
        if path.fault[second] or now_s >= path.evicted_s:
            return math.inf
        rtt = path.rtt_s[second]
        left, window, at = float(size), INITIAL_WINDOW, now_s + rtt + path.think_s
        while left > window:
            second = min(int(at), self.seconds - 1)
            if window >= min(path.capacity[second], self.access[second]) * rtt:
                break
            left -= window
            window *= 2.0
            at += rtt
        else:
            return at + left / window * rtt - now_s
        return self._drained(host, at, left) - now_s

    def _drained(self, host: Host, at: float, left: float) -> float:
        """Return the time at which `left` bytes have arrived, from `at` on, on a full path."""
        delivered = self._delivered[host]
        second = min(int(at), self.seconds - 1)
        before = delivered[second - 1] if second else 0.0
        goal = before + (at - second) * (delivered[second] - before) + left
        end = bisect_left(delivered, goal)
        if end >= self.seconds:
            return math.inf
        before = delivered[end - 1] if end else 0.0
        return end + (goal - before) / (delivered[end] - before)

    def best_s(self, now_s: float, size: int) -> float:
        """Return the time on the host that would have been fastest."""
        return min(self.solo_s(host, now_s, size) for host in self.paths)


class World:
    """One viewer's hosts, the fleet's priors for them, and every visit."""

    def __init__(self, situation: Situation, viewer: int, traces: Traces) -> None:
        self.scenario = scenario = situation.of(viewer)
        self.viewer = viewer
        self._traces = traces
        self.origin: Host = "https://origin.example"
        mirrors = [f"https://mirror{i + 1}.example" for i in range(scenario.mirrors)]
        self.hosts: tuple[Host, ...] = (self.origin, *mirrors)

        rng = self._rng("hosts")
        n = len(self.hosts)
        fleet_ln = math.log(scenario.rate_mbps) + rng.normal(0.0, scenario.rate_sd, n)
        fleet_ln[0] = math.log(scenario.rate_mbps * scenario.origin_factor)
        self._rate_mbps = np.exp(fleet_ln + rng.normal(0.0, scenario.viewer_sd, n))
        self._rtt_s = np.clip(traces.rtts(scenario.rtt_s, scenario.rtt_sd, n, rng), 0.004, 0.8)
        self._think_s = THINK_S * np.exp(rng.normal(0.0, 0.5, n))
        mirrors_shuffled = rng.permutation(np.arange(1, n)).tolist()
        self._slow = set(mirrors_shuffled[: scenario.slow])
        self._corrupt = set(mirrors_shuffled[scenario.slow :][: scenario.corrupt])
        best_first = sorted(range(1, n), key=lambda i: -self._rate_mbps[i])
        self._evicted = set(best_first[: scenario.evicted])
        self._best_first = [i for i in best_first if i not in self._slow]
        for host in self._slow:
            fleet_ln[host] = math.log(SLOW_MIRROR / BYTES_PER_MBIT)
        self.priors = self._fleet_says(fleet_ln)

    def _rng(self, purpose: str, *more: int) -> np.random.Generator:
        key = [self.scenario.seed, self.viewer, crc32(purpose.encode()), *more]
        return np.random.default_rng(key)

    def _fleet_says(self, fleet_ln: Floats) -> dict[Host, HostPrior]:
        scenario, rng = self.scenario, self._rng("prior")
        if scenario.prior == "none":
            return {}
        rates = fleet_ln + rng.normal(0.0, 0.15, len(fleet_ln))
        ttfb = self._fleet_latency_ln(rng)
        sd = {"right": 0.35, "weak": 0.9, "wrong": 0.35, "inverted": 0.35}[scenario.prior]
        if scenario.prior == "weak":
            rates = rates + rng.normal(0.0, 0.7, len(rates))
        elif scenario.prior == "wrong":
            rates, ttfb = rng.permutation(rates), rng.permutation(ttfb)
        elif scenario.prior == "inverted":
            rates, ttfb = 2 * rates.mean() - rates, 2 * ttfb.mean() - ttfb
        return {
            host: HostPrior(
                rate_mbps=float(math.exp(rates[i])),
                rate_sd=sd,
                ttfb_s=float(math.exp(ttfb[i])),
                ttfb_sd=0.5,
                error_rate=scenario.error_rate,
            )
            for i, host in enumerate(self.hosts)
        }

    def _fleet_latency_ln(self, rng: np.random.Generator) -> Floats:
        """Draw the others' mean given this viewer's: ρ²·x + N(0, ρ²·(1 - ρ²)·σ²)."""
        typical = math.log(self.scenario.rtt_s + THINK_S)
        own = np.log(self._rtt_s + self._think_s) - typical
        known = FLEET_LATENCY_CORRELATION**2
        sd = self.scenario.rtt_sd * math.sqrt(known * (1.0 - known))
        return np.asarray(typical + known * own + rng.normal(0.0, sd, len(own)))

    def visit(self, number: int) -> Visit:
        """Draw visit `number`, counting from 0."""
        scenario = self.scenario
        # The visit ends after half the video's length of stalls, which nobody would wait for.
        seconds = int(scenario.segments * scenario.segment_s * 1.5) + 60
        start = 1.0e9 + number * scenario.gap_days * DAY_S
        rng = self._rng("visit", number)
        hour = rng.uniform(0.0, 24.0)
        busy = 0.5 + 0.5 * math.cos((hour - 21.0) / 24.0 * 2 * math.pi)
        load = 1.0 - scenario.diurnal_depth * busy
        access = self._traces.shape(scenario.access_kind, seconds, rng) * scenario.access_mbps
        if scenario.change == "handover":
            access[self._changes_s :] *= HANDOVER_RATE
        segments = np.arange(scenario.segments)
        return Visit(
            start_s=start,
            seconds=seconds,
            segments=scenario.segments,
            segment_mb=np.exp(rng.normal(-0.02, 0.2, scenario.segments)),
            paths={host: self._path(i, number, seconds, load) for i, host in enumerate(self.hosts)},
            access=np.maximum(access * BYTES_PER_MBIT, 1.0).tolist(),
            miss_s=scenario.miss_s,
            appears_s=np.maximum(segments + 1.0 - LIVE_SEGMENTS, 0.0)
            * scenario.segment_s
            * scenario.live,
            peer_mbps=self._peers(number),
            segment_s=scenario.segment_s,
            ladder_mbps=scenario.ladder_mbps,
            shared=scenario.shared_mbps * BYTES_PER_MBIT,
        )

    @property
    def _changes_s(self) -> int:
        scenario = self.scenario
        return int(scenario.change_at * scenario.segments * scenario.segment_s)

    def _peers(self, visit: int) -> Floats:
        """Draw which segments other viewers bring, and at which rate (assumed)."""
        scenario, rng = self.scenario, self._rng("peers", visit)
        mbps = np.minimum(
            6.0 * np.exp(rng.normal(0.0, 0.5, scenario.segments)), scenario.access_mbps
        )
        return np.where(rng.random(scenario.segments) < scenario.peer_share, mbps, 0.0)

    def _path(self, host: int, visit: int, seconds: int, load: float) -> Path:
        scenario, rng = self.scenario, self._rng("path", host, visit)
        kind = scenario.path_kinds[host % len(scenario.path_kinds)]
        rate = self._traces.shape(kind, seconds, rng) * self._rate_mbps[host] * load
        # Assumed, not measured: how far a host's mean moves from one visit to the next.
        rate *= math.exp(rng.normal(0.0, 0.2)) * self._change(host, seconds)
        capacity = rate * BYTES_PER_MBIT
        if scenario.swing > 1.0:
            half = (np.arange(seconds) + rng.uniform(0.0, scenario.swing_s)) % scenario.swing_s
            capacity = np.where(half < scenario.swing_s / 2, capacity, capacity / scenario.swing)
        if host in self._slow:
            capacity = np.minimum(capacity, SLOW_MIRROR)
        # Within-series sd of ln(RTT): .04 in PlanetLab, .72 in Seattle (NetLatency-Data).
        rtt = self._rtt_s[host] * np.exp(ornstein_uhlenbeck(rng, seconds, 0.15, 60.0))
        if scenario.change == "handover":
            rtt[self._changes_s :] += HANDOVER_RTT_S
        draws = seconds * DRAWS_PER_S
        lost_s = scenario.change_at * scenario.segments * scenario.segment_s
        return Path(
            capacity=np.maximum(capacity, 1.0).tolist(),
            rtt_s=rtt.tolist(),
            fault=self._faults(rng, seconds),
            think_s=float(self._think_s[host]),
            evicted_s=lost_s if host in self._evicted else math.inf,
            miss=rng.random(scenario.segments) < scenario.miss_rate,
            corrupt=(rng.random(scenario.segments) < 0.5) & (host in self._corrupt),
            hiccup=rng.random(draws) < scenario.error_rate,
            jitter=np.exp(rng.normal(0.0, 0.2, draws)),
            dies_at=rng.uniform(0.0, 0.5, draws),
            burst=scenario.burst_mb * 1e6 if host else math.inf,
            after_burst=scenario.after_burst,
            request_limit=scenario.request_mbps * BYTES_PER_MBIT,
            shares_link=host % 2 == 1,
        )

    def _change(self, host: int, seconds: int) -> Floats:
        """Return the factor by second that the scenario's change applies to a host's rate."""
        factor = np.ones(seconds)
        best, worst = self._best_first[0], self._best_first[-1]
        at = self._changes_s
        if self.scenario.change == "shifts" and host in (best, worst):
            swap = self._rate_mbps[worst] / self._rate_mbps[best]
            factor[at:] = swap if host == best else 1.0 / swap
        elif self.scenario.change == "degrades" and host == best:
            factor[at:] = np.exp(-np.minimum(np.arange(seconds - at) / 30.0, 2.0))
        return factor

    def _faults(self, rng: np.random.Generator, seconds: int) -> list[int]:
        """Outages by the second; each is of one kind from its first second to its last."""
        scenario = self.scenario
        share = scenario.failures_per_s * scenario.repair_s
        down = two_state(rng, seconds, share / (1.0 + share), scenario.repair_s)
        begins = np.flatnonzero(down & ~np.concatenate(([False], down[:-1])))
        kinds = rng.integers(Fault.REFUSING, Fault.DYING + 1, len(begins) + 1)
        outage = np.searchsorted(begins, np.arange(seconds), side="right")
        faults: list[int] = np.where(down, kinds[outage - 1], Fault.NONE).tolist()
        return faults
