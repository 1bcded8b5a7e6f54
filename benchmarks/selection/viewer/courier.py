"""The courier carries a plan out: hedge, rescue, failover, parts, validation of the segment.

It simulates the player's courier. Without a hedge, and with a ranking of one host, it is a plain
fetch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.selection.viewer.policy import (
    FAILURES,
    NO_BYTES_S,
    FetchSoFar,
    Hedge,
    Host,
    Idle,
    Outcome,
    OutcomeKind,
    Part,
    PartSoFar,
    PlanRequest,
    Policy,
)
from benchmarks.selection.world.network import EPSILON_BYTES, Network, Timer, Transfer

TICK_S = 0.5
MAX_RESCUES = 2


@dataclass
class Tally:
    """Counts of errors and wasted bytes of a visit."""

    errors: int = 0
    wasted_bytes: float = 0.0


@dataclass(eq=False)
class _Part:
    """A part of the range, and the transfers that race for it."""

    left: float
    racing: list[Transfer] = field(default_factory=list)
    tried: list[Host] = field(default_factory=list)
    hedge: Timer | None = None
    cut: bool = False
    """Whether another host has taken over its end."""


@dataclass(eq=False)
class _Watch:
    """The state of watching one transfer for timeouts, stalls and progress."""

    part: _Part
    timer: Timer
    seen: float = 0.0
    seen_s: float = 0.0


class SegmentFetch:
    """The download of one segment; calls `done(complete, bytes still missing)` once."""

    def __init__(
        self,
        network: Network,
        policy: Policy,
        tally: Tally,
        segment: int,
        request: PlanRequest,
        buffer_s: Callable[[], float],
        done: Callable[[bool, int], None],
    ) -> None:
        self._network, self._policy, self._tally = network, policy, tally
        self._segment, self._bytes = segment, float(request.bytes or 0)
        self._buffer_s, self._done = buffer_s, done
        self._watches: dict[Transfer, _Watch] = {}
        self._sources: list[tuple[Transfer, bool]] = []
        self._failed: set[Host] = set()
        self._wrong: list[Host] = []
        self._rescues = 0
        self._plan = policy.plan(request)
        whole = Part(self._plan.ranking[0], int(self._bytes), self._plan.hedge)
        self._parts: list[_Part] = []
        for planned in self._plan.parts or (whole,):
            self._start(planned.host, planned.bytes, planned.hedge)

    def _start(self, host: Host, size: float, hedge: Hedge | None = None) -> None:
        part, clock = _Part(float(size)), self._network.clock
        self._parts.append(part)
        self._ask(part, host)
        if hedge:
            other = hedge.host
            part.hedge = clock.at(clock.now + hedge.after_s, lambda: self._ask(part, other))

    def _ask(self, part: _Part, host: Host) -> None:
        clock = self._network.clock
        part.tried.append(host)
        transfer = self._network.ask(host, self._segment, part.left, self)
        part.racing.append(transfer)
        timer = clock.at(clock.now + NO_BYTES_S, lambda: self._fail(transfer, "timeout"))
        self._watches[transfer] = _Watch(part, timer)

    def first_byte(self, transfer: Transfer) -> None:
        """Let the transfer that answers first win its part, and abort the others."""
        watch = self._watches[transfer]
        part = watch.part
        if part.hedge:
            part.hedge.cancel()
        for loser in [other for other in part.racing if other is not transfer]:
            self._end(loser, "aborted")
        watch.timer.cancel()
        watch.seen_s = self._network.clock.now
        self._tick(transfer, watch)

    def ended(self, transfer: Transfer, kind: OutcomeKind, status: int | None) -> None:
        """Handle a complete body, an HTTP error, or a broken body."""
        if kind == "ok":
            self._arrived(transfer)
        elif self._policy.error_wait_s and kind == "http-error":
            watch, clock = self._watches[transfer], self._network.clock
            watch.timer.cancel()
            when = transfer.asked_s + self._policy.error_wait_s
            watch.timer = clock.at(when, lambda: self._fail(transfer, kind, status))
        else:
            self._fail(transfer, kind, status)

    def _tick(self, transfer: Transfer, watch: _Watch) -> None:
        """Check every half second for a stall, and whether another host would be faster."""
        clock = self._network.clock
        got = self._network.settle(transfer)
        if got > watch.seen + EPSILON_BYTES:
            watch.seen, watch.seen_s = got, clock.now
        if clock.now - watch.seen_s >= self._plan.stall_s:
            self._fail(transfer, "stall")
            return
        watch.timer = clock.at(clock.now + TICK_S, lambda: self._tick(transfer, watch))
        if clock.now > (transfer.first_byte_s or 0.0) and self._rescues < MAX_RESCUES:
            self._offer(transfer, watch.part)

    def _offer(self, transfer: Transfer, part: _Part) -> None:
        now, first = self._network.clock.now, transfer.first_byte_s or 0.0
        rescue = self._policy.progress(
            FetchSoFar(
                plan=self._plan.plan,
                host=transfer.host,
                now_s=self._network.visit.start_s + now,
                ttfb_s=first - transfer.asked_s,
                body_s=now - first,
                bytes=int(transfer.got),
                bytes_left=int(transfer.size - transfer.got),
                buffer_s=self._buffer_s(),
                tried=tuple(part.tried),
                rescues=self._rescues,
            )
        )
        if rescue is not None:
            self._rescues += 1
            self._end(transfer, "switched")
            self._ask(part, rescue)

    def _arrived(self, transfer: Transfer) -> None:
        watch = self._watches.pop(transfer)
        watch.timer.cancel()
        watch.part.racing.remove(transfer)
        self._parts.remove(watch.part)
        if watch.part.cut:
            self._tell(transfer, "switched", 206)
        self._sources.append((transfer, not watch.part.cut))
        if self._parts:
            self._employ(transfer.host)
        else:
            self._verify()

    def _employ(self, host: Host) -> None:
        """Let a host that is done with its part take over the end of another, if that pays."""
        clock = self._network.clock
        parts = [part for part in self._parts if len(part.racing) == 1]
        if not parts:
            return
        for part in parts:
            self._network.settle(part.racing[0])
        takeover = self._policy.idle(
            Idle(
                plan=self._plan.plan,
                host=host,
                now_s=self._network.visit.start_s + clock.now,
                parts=[_so_far(part.racing[0], clock.now) for part in parts],
            )
        )
        if takeover is None or takeover.part is None:
            return
        part = parts[takeover.part]
        [transfer] = part.racing
        part.cut, part.left = True, part.left - takeover.bytes
        self._network.cut(transfer, transfer.size - takeover.bytes)
        self._start(host, takeover.bytes)

    def _verify(self) -> None:
        """Validate the segment's sha256; fetch wrong bytes again from another host."""
        corrupt = [t for t, _ in self._sources if t.corrupt]
        for transfer, complete in self._sources:
            if transfer.corrupt or complete:
                self._tell(transfer, "corrupt" if transfer.corrupt else "ok", 206)
        self._sources = []
        if not corrupt:
            self._done(True, 0)
            return
        self._tally.wasted_bytes += self._bytes
        self._wrong += [transfer.host for transfer in corrupt]
        again = _Part(self._bytes, tried=list(self._wrong))
        self._parts = [again]
        self._fail_over(again)

    def _fail(self, transfer: Transfer, kind: OutcomeKind, status: int | None = None) -> None:
        part = self._watches[transfer].part
        self._failed.add(transfer.host)
        self._end(transfer, kind, status)
        if not part.racing:
            self._fail_over(part)

    def _fail_over(self, part: _Part) -> None:
        """Ask the next host of the ranking for the missing bytes, or give the segment up.

        Hosts that have failed another part of the segment come last.
        """
        if part.hedge:
            part.hedge.cancel()
        for host in sorted(self._plan.ranking, key=self._failed.__contains__):
            if host not in part.tried:
                self._ask(part, host)
                return
        for transfer in list(self._watches):
            self._end(transfer, "aborted")
        self._done(False, max(1, int(sum(part.left for part in self._parts))))

    def _end(self, transfer: Transfer, kind: OutcomeKind, status: int | None = None) -> None:
        """Abort a transfer; its bytes so far are kept."""
        watch = self._watches.pop(transfer)
        watch.timer.cancel()
        self._network.abort(transfer)
        watch.part.racing.remove(transfer)
        watch.part.left -= transfer.got
        if transfer.got:
            self._sources.append((transfer, False))
        self._tell(transfer, kind, status)

    def _tell(self, transfer: Transfer, kind: OutcomeKind, status: int | None) -> None:
        now = self._network.clock.now
        self._tally.errors += kind in FAILURES
        first, ended = transfer.first_byte_s, transfer.ended_s
        self._policy.observe(
            Outcome(
                plan=self._plan.plan,
                host=transfer.host,
                now_s=self._network.visit.start_s + now,
                kind=kind,
                status=status,
                ttfb_s=None if first is None else first - transfer.asked_s,
                total_s=(now if ended is None else ended) - transfer.asked_s,
                bytes=int(transfer.got),
                cold=transfer.cold,
                overlapped=transfer.overlapped,
            )
        )


def _so_far(transfer: Transfer, now: float) -> PartSoFar:
    first = transfer.first_byte_s
    return PartSoFar(
        host=transfer.host,
        age_s=now - transfer.asked_s,
        ttfb_s=None if first is None else first - transfer.asked_s,
        bytes=transfer.got,
        bytes_left=transfer.size - transfer.got,
    )
