"""The policy of one viewer in a swarm: a few numbers, learned, that the page acts by."""

from collections.abc import Sequence
from math import sqrt
from typing import Any, NamedTuple

from ..bandit.checks import FieldError, mapping, number
from ..bandit.clock import Clock
from ..bandit.messages import Clause
from .events import Event
from .origin import Origin

FORMAT = "mirrorwise-swarm/1"

# Additive-increase, multiplicative-decrease of TCP, with both steps as factors.
AFTER_FALLBACK, OTHERWISE, AFTER_COPY = 1.25, 0.97, 0.94
MIN_K, MAX_K = 1.0, 16.0
# With fewer than one, even the first rank waits for what comes over two hops.
MIN_SCARCE_K = 0.25
MIN_SLOTS, MAX_SLOTS = 1, 8
# Bits that one upload should get, over the live's bit rate.
UPLOAD_SHARE = 2.0
# Peers are waited for between these numbers of segments.
MIN_STAGGER, MAX_STAGGER = 0.5, 2.0
NEWEST = 0.1
# Bursts that are shorter do not show the uplink.
LEAST_UPLOAD_S = 0.1
# The uplink is what was reached, not what peers asked for: up quickly, down slowly.
UPLINK_UP, UPLINK_DOWN = 0.5, 0.05
UPLINK_BPS = (1e3, 1e11)

SEEDS = "About {k} viewers among your peers fetch each segment from the server."
UPLINK = "At most {slots} uploads at once, because your uplink carries about {mbps} Mbit/s."
SLOTS = "At most {slots} uploads at once, until your uplink is known."
WAITS = "Peers usually have a segment after {wait_s} s; the server is asked after {stagger_s} s."
SCARCE = "The server is slow, so nothing is fetched for others for {backoff_s} s."


class Segment(NamedTuple):
    """What a segment of the live is like now: duration, mean size, and connected peers."""

    segment_s: float
    bytes: float
    peers: int = 0


class Policy(NamedTuple):
    """What the page does until the next policy."""

    k: float
    slots: int
    # None: one segment.
    stagger_s: float | None
    volunteer: bool
    backoff_s: float
    uplink_bps: float | None
    scarce: bool = False
    # What each rank waits longer than the one before it, when the player needs a segment.
    fallback_s: float = 0.75
    words: tuple[Clause, ...] = ()


START = Policy(k=1.0, slots=2, stagger_s=None, volunteer=True, backoff_s=0.0, uplink_bps=None)


class Swarm:
    """What one viewer learns while watching a live.

    >>> swarm, segment = Swarm(), Segment(segment_s=4, bytes=400_000)
    >>> swarm.learn(0, segment, [Event("late"), Event("upload", bytes=300_000, busy_s=1)]).k
    1.25
    >>> swarm.learn(4, segment, [Event("peer", wait_s=3)]).k
    1.2125
    """

    def __init__(self) -> None:
        self._clock = Clock()
        self._k = START.k
        self._wait_s: float | None = None
        self._variance = 0.0
        self._uplink_bps: float | None = None
        self._origin = Origin()

    def learn(self, now_s: float, segment: Segment, events: Sequence[Event]) -> Policy:
        """Learn from the events since the last message; return the policy from now on."""
        self._clock.advance(now_s)
        bit_rate = max(1.0, 8 * segment.bytes / segment.segment_s)
        for event in events:
            if event.kind == "origin":
                self._origin.observe(event, self._clock.time_s, segment.segment_s, bit_rate)
            else:
                self._observe(event)
        return self._policy(segment.segment_s, bit_rate)

    def _observe(self, event: Event) -> None:
        match event.kind:
            case "peer":
                self._scale_k(OTHERWISE)
                self._observe_wait(event.wait_s)
            case "late":
                # More seeds would only share a scarce origin among more.
                self._scale_k(AFTER_COPY if self._origin.scarce else AFTER_FALLBACK)
            case "twice":
                self._scale_k(AFTER_COPY)
            case "upload" if event.busy_s >= LEAST_UPLOAD_S and event.bytes > 0:
                self._observe_uplink(8 * event.bytes / event.busy_s)

    def _scale_k(self, factor: float) -> None:
        least = MIN_SCARCE_K if self._origin.scarce else MIN_K
        self._k = min(max(self._k * factor, least), MAX_K)

    def _observe_wait(self, wait_s: float) -> None:
        if self._wait_s is None:
            self._wait_s, self._variance = wait_s, (wait_s / 4) ** 2
            return
        error = wait_s - self._wait_s
        self._wait_s += NEWEST * error
        self._variance += NEWEST * ((1 - NEWEST) * error**2 - self._variance)

    def _observe_uplink(self, bps: float) -> None:
        known = self._uplink_bps or bps
        known += (UPLINK_UP if bps > known else UPLINK_DOWN) * (bps - known)
        self._uplink_bps = min(max(known, UPLINK_BPS[0]), UPLINK_BPS[1])

    def _policy(self, segment_s: float, bit_rate: float) -> Policy:
        backoff_s = self._origin.backoff_s(self._clock.time_s)
        slots = START.slots
        if self._uplink_bps is not None:
            fit = int(min(self._uplink_bps / (UPLOAD_SHARE * bit_rate), MAX_SLOTS))
            slots = max(fit, MIN_SLOTS)
        stagger_s = segment_s
        if self._wait_s is not None:
            late_s = self._wait_s + 3 * sqrt(self._variance)
            stagger_s = min(max(late_s, MIN_STAGGER * segment_s), MAX_STAGGER * segment_s)
        policy = Policy(
            k=self._k,
            slots=slots,
            stagger_s=stagger_s,
            volunteer=not backoff_s,
            backoff_s=backoff_s,
            uplink_bps=self._uplink_bps,
            scarce=self._origin.scarce,
            fallback_s=self._fallback_s(segment_s),
        )
        return policy._replace(words=self._words(policy))

    def _fallback_s(self, segment_s: float) -> float:
        if not self._origin.scarce:
            return START.fallback_s
        return max(min(self._origin.took_s, MAX_STAGGER * segment_s), START.fallback_s)

    def _words(self, policy: Policy) -> tuple[Clause, ...]:
        words = [Clause(SEEDS, {"k": round(policy.k, 1)})]
        if policy.uplink_bps is None:
            words.append(Clause(SLOTS, {"slots": policy.slots}))
        else:
            mbps = round(policy.uplink_bps / 1e6, 1)
            words.append(Clause(UPLINK, {"slots": policy.slots, "mbps": mbps}))
        if self._wait_s is not None and policy.stagger_s is not None:
            times = {"wait_s": round(self._wait_s, 1), "stagger_s": round(policy.stagger_s, 1)}
            words.append(Clause(WAITS, times))
        if policy.backoff_s:
            words.append(Clause(SCARCE, {"backoff_s": round(policy.backoff_s)}))
        return tuple(words)

    def snapshot(self) -> dict[str, Any]:
        """Return what is remembered between visits: the uplink, nothing of what was watched."""
        return {"format": FORMAT, "uplink_bps": self._uplink_bps}

    def restore(self, snapshot: object) -> None:
        """Continue with what a snapshot remembers."""
        data = mapping(snapshot, "snapshot", 16)
        if data.get("format") != FORMAT:
            raise FieldError("snapshot.format", f"must be {FORMAT}")
        uplink = data.get("uplink_bps")
        if uplink is not None:
            uplink = number(uplink, "snapshot.uplink_bps", *UPLINK_BPS)
        self._uplink_bps = uplink
