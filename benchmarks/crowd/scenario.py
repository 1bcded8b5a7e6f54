"""The scenarios of a crowd, and its world: arrivals, links and capacities, drawn beforehand.

Common random numbers: everything depends on the scenario and the seed, never on a policy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from benchmarks.crowd.sharing import Floats
from benchmarks.selection.viewer.policy import Host, HostPrior
from benchmarks.selection.world.scenario import LADDER_MBPS, SEGMENT_S
from benchmarks.selection.world.world import BYTES_PER_MBIT, DRAWS_PER_S, Path, Visit

BITRATE_MBPS = LADDER_MBPS[-1]
START_S = 1e9
FADE_S = 60.0
FADED = 0.2
"""Time over which a fading mirror loses its capacity, and the share that is left."""
ACCESS_MBPS, ACCESS_SD = 30.0, 0.5
RTT_S, RTT_SD, RTT_MIN_S = 0.06, 0.6, 0.008
THINK_S = 0.02
QUIET_VIEWERS = 10
"""The fleet's rates are those that each of ten viewers at once would see."""


@dataclass(frozen=True)
class Scenario:
    """One kind of crowd."""

    name: str
    capacity: float = 1.25
    """Of all hosts together, as a multiple of what all viewers together watch."""
    shares: tuple[float, ...] = (0.60, 0.25, 0.10, 0.05)
    arrive_s: float = 60.0
    """Viewers arrive uniformly within this time."""
    prior: bool = True
    """Whether all viewers have the same right prior from the fleet."""
    fading: int | None = None
    """The mirror that loses most of its capacity in the middle of the video."""
    viewers: int = 80
    segments: int = 75


SCENARIOS = (
    Scenario("1.5 × demand", capacity=1.5),
    Scenario("1.25 × demand"),
    Scenario("1.1 × demand", capacity=1.1),
    Scenario("1.1 ×, no prior", capacity=1.1, prior=False),
    Scenario("flash crowd", arrive_s=10.0, prior=False),
    Scenario("flash crowd, one prior", arrive_s=10.0),
    Scenario("a mirror fades", capacity=1.5, fading=1),
    Scenario("equal capacities", shares=(0.2,) * 5),
)


class World:
    """One crowd: every viewer's visit, and the hosts' capacities by the second."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario, self.seed = scenario, seed
        self._rng = np.random.default_rng([seed, crc32(scenario.name.encode())])
        n = len(scenario.shares)
        mirrors = [f"https://mirror{i}.example" for i in range(1, n)]
        self.hosts: tuple[Host, ...] = ("https://origin.example", *mirrors)
        self.video_s = scenario.segments * SEGMENT_S
        # As for a single viewer, the visit ends after half the video's length of stalls.
        self.seconds = int(scenario.arrive_s + 1.5 * self.video_s + 60.0)
        self.arrivals_s = np.sort(self._rng.uniform(0.0, scenario.arrive_s, scenario.viewers))
        ln_access = self._rng.normal(math.log(ACCESS_MBPS), ACCESS_SD, scenario.viewers)
        self.access = np.maximum(np.exp(ln_access), 2.0 * BITRATE_MBPS) * BYTES_PER_MBIT
        self.capacity = self._capacities()
        self.priors = self._fleet_says() if scenario.prior else {}

    def _capacities(self) -> dict[Host, Floats]:
        """Bytes/s of each host, one entry a second."""
        scenario = self.scenario
        total = scenario.capacity * scenario.viewers * BITRATE_MBPS * BYTES_PER_MBIT
        factor = np.ones((len(self.hosts), self.seconds))
        if scenario.fading is not None:
            since_s = np.arange(self.seconds) - 0.5 * self.video_s
            factor[scenario.fading] = FADED ** np.clip(since_s / FADE_S, 0.0, 1.0)
        shares = zip(self.hosts, scenario.shares, factor, strict=True)
        return {host: share * total * changing for host, share, changing in shares}

    def _fleet_says(self) -> dict[Host, HostPrior]:
        """Return one prior for all: what ten viewers at once would see, with noise."""
        heard = np.exp(self._rng.normal(0.0, 0.15, len(self.hosts)))
        return {
            host: HostPrior(
                rate_mbps=float(
                    min(self.capacity[host][0] / QUIET_VIEWERS / BYTES_PER_MBIT, ACCESS_MBPS)
                    * heard[i]
                ),
                rate_sd=0.35,
                ttfb_s=RTT_S + THINK_S,
                ttfb_sd=0.5,
                error_rate=0.003,
            )
            for i, host in enumerate(self.hosts)
        }

    def visit(self, viewer: int) -> Visit:
        """Draw the paths of one viewer to the hosts."""
        rng = np.random.default_rng([self.seed, viewer, crc32(b"visit")])
        segments = self.scenario.segments
        return Visit(
            start_s=START_S,
            seconds=self.seconds,
            segments=segments,
            segment_mb=np.ones(segments),
            paths={host: self._path(host, rng) for host in self.hosts},
            access=[float(self.access[viewer])] * self.seconds,
            miss_s=0.0,
            appears_s=np.zeros(segments),
            peer_mbps=np.zeros(segments),
        )

    def _path(self, host: Host, rng: np.random.Generator) -> Path:
        rtt_s = max(float(np.exp(rng.normal(math.log(RTT_S), RTT_SD))), RTT_MIN_S)
        segments, draws = self.scenario.segments, self.seconds * DRAWS_PER_S
        return Path(
            capacity=self.capacity[host].tolist(),
            rtt_s=[rtt_s] * self.seconds,
            fault=[0] * self.seconds,
            think_s=THINK_S,
            evicted_s=math.inf,
            miss=np.zeros(segments, bool),
            corrupt=np.zeros(segments, bool),
            hiccup=np.zeros(draws, bool),
            jitter=np.exp(rng.normal(0.0, 0.2, draws)),
            dies_at=np.ones(draws),
        )
