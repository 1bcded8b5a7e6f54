"""An hls.js-like player: buffer, adaptive bit rate, start-up, two downloads at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.selection.viewer.courier import SegmentFetch, Tally
from benchmarks.selection.viewer.policy import Host, PlanRequest, Policy
from benchmarks.selection.world.network import Clock, Network
from benchmarks.selection.world.scenario import LADDER_MBPS, SEGMENT_S
from benchmarks.selection.world.world import BYTES_PER_MBIT, Visit

MAX_BUFFER_S = 30.0  # hls.js maxBufferLength
AT_ONCE = 2  # p2p-media-loader simultaneousHttpDownloads
RETRY_WAIT_S = 0.1


@dataclass(frozen=True)
class Segment:
    """One segment: its level's Mbit/s, its time, its time on the best host, its arrival.

    `best_s` is infinite if no host could have served it, or if none was asked.
    """

    mbps: float
    taken_s: float
    best_s: float
    arrived_s: float


@dataclass
class Record:
    """The record of one visit, for the viewer and for the hosts."""

    wanted: int
    segments: dict[int, Segment] = field(default_factory=dict)
    startup_s: float = 0.0
    stalls_s: dict[int, float] = field(default_factory=dict)
    """Time stalled for each segment that was late."""
    tally: Tally = field(default_factory=Tally)
    requests: int = 0
    received: float = 0.0
    useful: float = 0.0
    """Bytes that hosts sent, and those of them that were played."""
    from_peers: int = 0
    segment_s: float = SEGMENT_S
    top_mbps: float = LADDER_MBPS[-1]

    @property
    def stalled_s(self) -> float:
        """Time stalled in all."""
        return sum(self.stalls_s.values())


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


def level(
    estimate_mbps: float,
    buffer_s: float,
    current: int,
    ladder_mbps: Sequence[float] = LADDER_MBPS,
    segment_s: float = SEGMENT_S,
) -> int:
    """hls.js's rule: the highest level that is sustainable and arrives before the buffer ends.

    Factors are abrBandWidthFactor and abrBandWidthUpFactor; a level that cannot arrive in time
    may still cost maxStarvationDelay.
    """
    for allowed_s in (buffer_s, buffer_s + 4.0):
        for index in range(len(ladder_mbps) - 1, -1, -1):
            usable = estimate_mbps * (0.95 if index <= current else 0.7)
            fetch_s = ladder_mbps[index] * segment_s / usable
            if usable > ladder_mbps[index] and fetch_s < allowed_s:
                return index
    return 0


@dataclass
class _Download:
    """One segment, and the attempts to get it."""

    index: int
    level: int
    began_s: float
    received_before: float
    attempts: int = 0


class Player:
    """Plays one visit with one policy."""

    def __init__(
        self, visit: Visit, policy: Policy, throughput: Throughput, hosts: tuple[Host, ...]
    ) -> None:
        self._visit, self._policy, self._hosts = visit, policy, hosts
        self._clock = Clock()
        self._network = Network(visit, self._clock)
        self._throughput = throughput
        self._record = Record(
            visit.segments, segment_s=visit.segment_s, top_mbps=visit.ladder_mbps[-1]
        )
        self._next = 0
        self._loading = 0
        self._level = 0
        self._ahead = 0
        """Segments that have arrived without a gap, counted from the video's start."""
        self._played_s = 0.0
        self._updated_s = 0.0
        self._started = False
        self._alarm = False

    def play(self) -> Record:
        """Play to the end, or until the world ends."""
        self._policy.arrive(self._visit.start_s, self._network)
        self._load()
        self._clock.run(self._visit.seconds)
        if self._ahead < self._visit.segments:
            self._clock.now = float(self._visit.seconds)
            self._update()
        if not self._started:
            self._record.startup_s = self._clock.now
        self._policy.leave(self._visit.start_s + self._clock.now)
        self._record.requests = self._network.requests
        self._record.received = self._network.received + self._network.wasted
        return self._record

    def _buffer_s(self) -> float:
        """Media time ahead of the playhead."""
        self._update()
        return self._ahead * self._visit.segment_s - self._played_s

    def _update(self) -> None:
        """Let the playhead move up to now, and stall where the buffer ended."""
        passed = self._clock.now - self._updated_s
        self._updated_s = self._clock.now
        if self._started:
            played = min(passed, self._ahead * self._visit.segment_s - self._played_s)
            self._played_s += played
            if passed > played and self._ahead < self._visit.segments:
                stalls = self._record.stalls_s
                stalls[self._ahead] = stalls.get(self._ahead, 0.0) + passed - played

    def _load(self) -> None:
        """Start downloads while there is room for them."""
        while self._loading < AT_ONCE and self._next < self._visit.segments:
            buffer_s = self._buffer_s()
            full_s = buffer_s + (self._next - self._ahead) * self._visit.segment_s - MAX_BUFFER_S
            wait_s = max(full_s, self._visit.appears_s[self._next] - self._clock.now)
            if wait_s > 0.0:
                self._look_again(wait_s)
                return
            self._level = level(
                self._throughput.mbps,
                buffer_s,
                self._level,
                self._visit.ladder_mbps,
                self._visit.segment_s,
            )
            download = _Download(self._next, self._level, self._clock.now, self._network.received)
            self._next += 1
            self._loading += 1
            size = self._visit.size(download.index, download.level)
            if self._visit.peer_mbps[download.index]:
                self._from_peers(download, size)
            else:
                self._attempt(download, size)

    def _look_again(self, after_s: float) -> None:
        """Schedule the next look for room in the buffer."""
        if not self._alarm:
            self._alarm = True
            self._clock.at(self._clock.now + after_s + 1e-3, self._ring)

    def _ring(self) -> None:
        self._alarm = False
        self._load()

    def _from_peers(self, download: _Download, size: int) -> None:
        """Get a segment from other viewers; neither a policy nor a host is involved."""
        took_s = size / (self._visit.peer_mbps[download.index] * BYTES_PER_MBIT)
        self._record.from_peers += 1
        self._clock.at(self._clock.now + took_s, lambda: self._arrived(download, size, math.inf))

    def _attempt(self, download: _Download, size: int) -> None:
        """Ask the policy for `size` bytes of a segment, and carry its plan out."""
        request = PlanRequest(
            now_s=self._visit.start_s + self._clock.now,
            hosts=self._hosts,
            bytes=size,
            segment_s=self._visit.segment_s,
            buffer_s=self._buffer_s(),
            segments_left=self._left(download.index),
            starting=not self._started,
            attempt=download.attempts,
            top_mbps=self._visit.ladder_mbps[-1],
        )
        download.attempts += 1
        SegmentFetch(
            self._network,
            self._policy,
            self._record.tally,
            download.index,
            request,
            self._buffer_s,
            lambda complete, missing: self._ended(download, complete, missing),
        )

    def _left(self, index: int) -> int | None:
        """Segments still to come, this one included; nobody knows when a live stream ends."""
        live = self._visit.appears_s[-1] > 0.0
        return None if live else self._visit.segments - index

    def _ended(self, download: _Download, complete: bool, missing: int) -> None:
        if not complete:
            wait_s = min(RETRY_WAIT_S * 2 ** (download.attempts - 1), 1.0)
            self._clock.at(self._clock.now + wait_s, lambda: self._attempt(download, missing))
            return
        size = self._visit.size(download.index, download.level)
        delivered = self._network.received - download.received_before
        self._record.useful += size
        self._arrived(download, delivered, self._visit.best_s(download.began_s, size))

    def _arrived(self, download: _Download, delivered: float, best_s: float) -> None:
        """Put a segment into the buffer; `delivered` bytes arrived meanwhile, from anywhere."""
        now = self._clock.now
        self._update()
        self._loading -= 1
        taken_s = now - download.began_s
        self._throughput.sample(taken_s, delivered / taken_s / BYTES_PER_MBIT)
        self._record.segments[download.index] = Segment(
            self._visit.ladder_mbps[download.level], taken_s, best_s, now
        )
        while self._ahead in self._record.segments:
            self._ahead += 1
        if not self._started and self._ahead:
            self._started = True
            self._record.startup_s = now
        self._load()
