"""An hls.js-like player: buffer, bit-rate choice, start-up, two downloads at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from benchmarks.selection.courier import SegmentFetch, Tally
from benchmarks.selection.network import Clock, Network
from benchmarks.selection.protocol import Host, PlanRequest, Policy
from benchmarks.selection.scenario import LADDER_MBPS, SEGMENT_S
from benchmarks.selection.world import Visit

MAX_BUFFER_S = 30.0  # hls.js maxBufferLength
AT_ONCE = 2  # p2p-media-loader simultaneousHttpDownloads
RETRY_WAIT_S = 0.1


@dataclass(frozen=True)
class Segment:
    """One segment as it was fetched: level's Mbit/s, time taken, time on the best host."""

    mbps: float
    taken_s: float
    best_s: float


@dataclass
class Record:
    """What one visit was like, for the viewer and for the hosts."""

    wanted: int
    segments: dict[int, Segment] = field(default_factory=dict)
    startup_s: float = 0.0
    stalled_s: float = 0.0
    tally: Tally = field(default_factory=Tally)
    requests: int = 0
    received: float = 0.0
    useful: float = 0.0


class Throughput:
    """hls.js's bandwidth estimate: the lower of a fast and a slow moving average.

    Half-lives are in seconds of download (abrEwmaFastVoD, abrEwmaSlowVoD); before the first
    download it is abrEwmaDefaultEstimate.
    """

    def __init__(self) -> None:
        self._averages = [(3.0, 0.0, 0.0), (9.0, 0.0, 0.0)]

    def sample(self, seconds: float, mbps: float) -> None:
        """Count one download."""
        updated = []
        for half_life, value, weight in self._averages:
            keep = math.exp2(-seconds / half_life)
            updated.append(
                (half_life, keep * value + (1 - keep) * mbps, keep * weight + (1 - keep))
            )
        self._averages = updated

    @property
    def mbps(self) -> float:
        """The estimate, corrected for its short history."""
        return min((value / weight if weight else 0.5) for _, value, weight in self._averages)


def level(estimate_mbps: float, buffer_s: float, current: int) -> int:
    """hls.js's rule: the highest level that is sustainable and arrives before the buffer ends.

    Factors are abrBandWidthFactor and abrBandWidthUpFactor; a level that cannot arrive in time
    may still cost maxStarvationDelay.
    """
    for allowed_s in (buffer_s, buffer_s + 4.0):
        for index in range(len(LADDER_MBPS) - 1, -1, -1):
            usable = estimate_mbps * (0.95 if index <= current else 0.7)
            fetch_s = LADDER_MBPS[index] * SEGMENT_S / usable
            if usable > LADDER_MBPS[index] and fetch_s < allowed_s:
                return index
    return 0


class Player:
    """Plays one visit with one policy."""

    def __init__(
        self,
        visit: Visit,
        policy: Policy,
        throughput: Throughput,
        hosts: tuple[Host, ...],
    ) -> None:
        self._visit, self._policy, self._hosts = visit, policy, hosts
        self._clock = Clock()
        self.network = Network(visit, self._clock)
        self._throughput = throughput
        self._record = Record(visit.segments)
        self._next = 0
        self._loading = 0
        self._level = 0
        self._arrived: set[int] = set()
        self._ahead = 0
        """Segments in the buffer without a gap, counted from the video's start."""
        self._played_s = 0.0
        self._updated_s = 0.0
        self._started = False
        self._waking = False

    def play(self) -> Record:
        """Play to the end, or until the world ends."""
        self._policy.arrive(self._visit.start_s, self.network)
        self._load()
        self._clock.run(self._visit.seconds)
        finished = self._ahead == self._visit.segments
        if not finished:
            self._clock.now = float(self._visit.seconds)
            self._update()
        if not self._started:
            self._record.startup_s = self._clock.now
        self._policy.leave(self._visit.start_s + self._clock.now)
        self._record.requests = self.network.requests
        self._record.received = self.network.received
        return self._record

    def buffer_s(self) -> float:
        """Media time ahead of the playhead."""
        self._update()
        return self._ahead * SEGMENT_S - self._played_s

    def _update(self) -> None:
        """Let the playhead move up to now, and stall where the buffer ended."""
        passed = self._clock.now - self._updated_s
        self._updated_s = self._clock.now
        if self._started:
            played = min(passed, self._ahead * SEGMENT_S - self._played_s)
            self._played_s += played
            if self._ahead < self._visit.segments:
                self._record.stalled_s += passed - played

    def _load(self) -> None:
        """Start downloads while there is room for them."""
        while self._loading < AT_ONCE and self._next < self._visit.segments:
            ahead_s = self.buffer_s() + (self._next - self._ahead) * SEGMENT_S
            if ahead_s >= MAX_BUFFER_S:
                self._wake(ahead_s - MAX_BUFFER_S)
                return
            self._level = level(self._throughput.mbps, self.buffer_s(), self._level)
            index, self._next = self._next, self._next + 1
            self._loading += 1
            _Download(self, index, self._level).attempt(self._visit.size(index, self._level))

    def _wake(self, after_s: float) -> None:
        if not self._waking:
            self._waking = True
            self._clock.at(self._clock.now + after_s + 1e-3, self._woken)

    def _woken(self) -> None:
        self._waking = False
        self._load()

    def arrived(self, index: int, segment: Segment, useful: int) -> None:
        """Put a segment into the buffer."""
        self._update()
        self._loading -= 1
        self._record.segments[index] = segment
        self._record.useful += useful
        self._arrived.add(index)
        while self._ahead in self._arrived:
            self._ahead += 1
        if not self._started and self._ahead:
            self._started = True
            self._record.startup_s = self._clock.now
        self._load()


class _Download:
    """One segment until it is there, through as many attempts as it takes."""

    def __init__(self, player: Player, index: int, level_index: int) -> None:
        self._player, self._index, self._level = player, index, level_index
        self._clock = player._clock
        self._began_s = self._clock.now
        self._received = player.network.received
        self._attempt = 0

    def attempt(self, size: int) -> None:
        """Ask the policy and carry its plan out."""
        player = self._player
        request = PlanRequest(
            now_s=player._visit.start_s + self._clock.now,
            hosts=player._hosts,
            bytes=size,
            segment_s=SEGMENT_S,
            buffer_s=player.buffer_s(),
            segments_left=player._visit.segments - self._index,
            starting=not player._started,
            attempt=self._attempt,
        )
        SegmentFetch(
            player.network,
            player._policy,
            player._record.tally,
            self._index,
            request,
            player.buffer_s,
            self._done,
        )

    def _done(self, complete: bool, missing: int) -> None:
        if not complete:
            self._attempt += 1
            wait_s = min(RETRY_WAIT_S * 2 ** (self._attempt - 1), 1.0)
            self._clock.at(self._clock.now + wait_s, lambda: self.attempt(missing))
            return
        player, now = self._player, self._clock.now
        taken_s = now - self._began_s
        delivered = player.network.received - self._received
        player._throughput.sample(taken_s, delivered / taken_s / 125_000.0)
        size = player._visit.size(self._index, self._level)
        best_s = player._visit.best_s(self._began_s, size)
        player.arrived(self._index, Segment(LADDER_MBPS[self._level], taken_s, best_s), size)
