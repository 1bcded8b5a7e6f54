"""A fluid model of concurrent transfers over the hosts' paths and one access link.

A discrete-event simulation: between two events every rate is constant. A host's path serves all
transfers from that host equally, up to its capacity and to its connection's congestion window per
round trip; the access link then serves all transfers max-min fairly (Bertsekas and Gallager, Data
Networks, 6.5.2). Events are: a second begins (capacities move), a window doubles, a body ends.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from benchmarks.selection.world.world import DRAWS_PER_S, INITIAL_WINDOW, Fault, Path, Visit
from selector.bandit import Host, OutcomeKind

KEEP_ALIVE_S = 10.0  # keepalive_timeout in PeerTube's nginx configuration
HANDSHAKE_ROUND_TRIPS = 2  # TCP, then TLS 1.3
EPSILON_S = 1e-9
EPSILON_BYTES = 0.5


class Timer:
    """A scheduled call, which can be cancelled."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Cancel the call."""
        self.action = None


class Clock:
    """Simulated time: an event queue."""

    def __init__(self) -> None:
        self.now = 0.0
        self._queue: list[tuple[float, int, Timer]] = []
        self._order = count()

    def at(self, when: float, action: Callable[[], None]) -> Timer:
        """Schedule `action` at `when`, or now if `when` is past."""
        timer = Timer(action)
        heapq.heappush(self._queue, (max(when, self.now), next(self._order), timer))
        return timer

    def run(self, until: float) -> None:
        """Run all events before `until`."""
        while self._queue and self._queue[0][0] < until:
            when, _, timer = heapq.heappop(self._queue)
            if timer.action is not None:
                self.now = when
                timer.action()


class Listener(Protocol):
    """Gets the events of a transfer."""

    def first_byte(self, transfer: Transfer) -> None:
        """Handle the first byte of the body."""

    def ended(self, transfer: Transfer, kind: OutcomeKind, status: int | None) -> None:
        """Handle the end, unless it was aborted: `ok`, `http-error`, or `stall` if it broke."""


@dataclass(eq=False)
class Transfer:
    """One request and its body."""

    host: Host
    size: float
    listener: Listener
    asked_s: float
    cold: bool
    corrupt: bool
    overlapped: bool
    dies_at: float
    got: float = 0.0
    rate: float = 0.0
    first_byte_s: float | None = None
    ended_s: float | None = None
    timer: Timer | None = None


@dataclass
class _Connection:
    """HTTP/2 over one TCP connection, which all requests to one host share."""

    window: float = INITIAL_WINDOW
    next_doubling_s: float = math.inf
    last_used_s: float = -math.inf
    bodies: list[Transfer] = field(default_factory=list)
    got: float = 0.0


def max_min(flows: list[tuple[float, Transfer]], capacity: float) -> list[tuple[float, Transfer]]:
    """Share a link: each flow gets its own limit, or the same as all that could use more."""
    left, waiting = capacity, len(flows)
    shared = []
    for limit, transfer in sorted(flows, key=lambda flow: flow[0]):
        rate = min(limit, left / waiting)
        left -= rate
        waiting -= 1
        shared.append((rate, transfer))
    return shared


class Network:
    """Sends requests to hosts, moves their bodies, and calls their listeners."""

    def __init__(self, visit: Visit, clock: Clock) -> None:
        self.visit = visit
        self.clock = clock
        self.requests = 0
        self.received = 0.0
        self.wasted = 0.0
        self._connections = {host: _Connection() for host in visit.paths}
        self._active: list[Transfer] = []
        self._settled_s = 0.0
        self._next: Timer | None = None

    def ask(self, host: Host, segment: int, size: float, listener: Listener) -> Transfer:
        """Send a request for `size` bytes of one segment."""
        now, path = self.clock.now, self.visit.paths[host]
        second, draw = self._second(), self._draw()
        transfer = Transfer(
            host=host,
            size=size,
            listener=listener,
            asked_s=now,
            cold=self.is_cold(host),
            corrupt=bool(path.corrupt[segment]),
            overlapped=bool(self._active),
            dies_at=math.inf,
        )
        for other in self._active:
            other.overlapped = True
        self._active.append(transfer)
        self.requests += 1
        connection, fault = self._connections[host], path.fault[second]
        rtt = path.rtt_s[second]
        # An idle connection starts slowly again (RFC 5681 4.1); idle is longer than the
        # retransmission timer, which in Linux is at least the round trip and .2 s.
        if not connection.bodies and now - connection.last_used_s > 0.2 + rtt:
            connection.window = INITIAL_WINDOW
        if fault == Fault.SILENT:
            return transfer
        connect_s = HANDSHAKE_ROUND_TRIPS * rtt * transfer.cold
        if fault == Fault.REFUSING or path.hiccup[draw] or now >= path.evicted_s:
            status = None if fault == Fault.REFUSING else 404 if now >= path.evicted_s else 503
            answer_s = now + rtt + (connect_s if status else 0.0)
            if status:
                connection.last_used_s = answer_s
            transfer.timer = self.clock.at(
                answer_s, lambda: self._over(transfer, "http-error", status)
            )
            return transfer
        if fault == Fault.DYING:
            transfer.dies_at = size * float(path.dies_at[draw])
        think_s = path.think_s + self.visit.miss_s * bool(path.miss[segment])
        ttfb_s = connect_s + (rtt + think_s) * float(path.jitter[draw])
        connection.last_used_s = now + ttfb_s
        transfer.timer = self.clock.at(now + ttfb_s, lambda: self._begin(transfer))
        return transfer

    def abort(self, transfer: Transfer) -> None:
        """Abort a transfer, without a call to its listener."""
        if transfer in self._active:
            self._settle()
            self._count_in_flight(transfer)
            self._drop(transfer)
            self._share()

    def cut(self, transfer: Transfer, size: float) -> None:
        """Shorten a transfer to `size` bytes."""
        self._settle()
        transfer.size = max(size, transfer.got + EPSILON_BYTES)
        self._count_in_flight(transfer)
        self._share()

    def _count_in_flight(self, transfer: Transfer) -> None:
        """Count the bytes in flight when a body is shortened or aborted: a round trip's worth.

        They still arrive, and are wasted.
        """
        rtt = self.visit.paths[transfer.host].rtt_s[self._second()]
        self.wasted += min(transfer.rate * rtt, max(transfer.size - transfer.got, 0.0))

    def settle(self, transfer: Transfer) -> float:
        """Bytes that have come so far."""
        self._settle()
        return transfer.got

    def is_cold(self, host: Host) -> bool:
        """Tell whether a request would need a new connection."""
        return self.clock.now - self._connections[host].last_used_s > KEEP_ALIVE_S

    def load(self, host: Host) -> tuple[int, int]:
        """Transfers in progress: from this host, and from all."""
        return sum(t.host == host for t in self._active), len(self._active)

    def _second(self) -> int:
        return min(int(self.clock.now + EPSILON_S), self.visit.seconds - 1)

    def _draw(self) -> int:
        return min(int(self.clock.now * DRAWS_PER_S), self.visit.seconds * DRAWS_PER_S - 1)

    def _begin(self, transfer: Transfer) -> None:
        """Start a body."""
        path, now = self.visit.paths[transfer.host], self.clock.now
        connection = self._connections[transfer.host]
        if path.fault[self._second()] == Fault.SILENT:
            return
        self._settle()
        if not connection.bodies:
            connection.next_doubling_s = now + path.rtt_s[self._second()]
        transfer.first_byte_s = now
        connection.bodies.append(transfer)
        self._share()
        transfer.listener.first_byte(transfer)

    def _drop(self, transfer: Transfer) -> None:
        self._active.remove(transfer)
        transfer.ended_s = self.clock.now
        if transfer.timer:
            transfer.timer.cancel()
        connection = self._connections[transfer.host]
        if transfer in connection.bodies:
            connection.bodies.remove(transfer)
            connection.last_used_s = self.clock.now

    def _over(self, transfer: Transfer, kind: OutcomeKind, status: int | None) -> None:
        self._drop(transfer)
        transfer.listener.ended(transfer, kind, status)

    def _settle(self) -> None:
        """Move all bodies on to the present time."""
        passed = self.clock.now - self._settled_s
        self._settled_s = self.clock.now
        if passed > 0.0:
            for transfer in self._active:
                if transfer.rate > 0.0:
                    transfer.got += transfer.rate * passed
                    self.received += transfer.rate * passed
                    self._connections[transfer.host].got += transfer.rate * passed

    def _share(self) -> None:
        """Give every body its max-min fair rate, and schedule the next change of any rate."""
        now, second = self.clock.now, self._second()
        flows: list[tuple[float, Transfer]] = []
        change_s = second + 1.0
        for host, connection in self._connections.items():
            moving = [t for t in connection.bodies if t.got < t.dies_at]
            if not moving:
                continue
            limit, grows_s = self._limit(self.visit.paths[host], connection, second)
            change_s = min(change_s, grows_s)
            limit = min(limit / len(moving), self.visit.paths[host].request_limit)
            flows += [(limit, transfer) for transfer in moving]
        behind = [flow for flow in flows if self.visit.paths[flow[1].host].shares_link]
        if self.visit.shared < math.inf and behind:
            flows = [flow for flow in flows if flow not in behind]
            flows += max_min(behind, self.visit.shared)
        for rate, transfer in max_min(flows, self.visit.access[second]):
            transfer.rate = rate
            change_s = min(change_s, now + self._burst_left_s(transfer))
            if transfer.rate > 0.0:
                goal = min(transfer.size, transfer.dies_at)
                change_s = min(change_s, now + (goal - transfer.got) / transfer.rate)
        if self._next:
            self._next.cancel()
        self._next = self.clock.at(change_s, self._changed) if flows else None

    def _burst_left_s(self, transfer: Transfer) -> float:
        """Return after how many seconds a host's bodies use up its burst, if all are as fast."""
        left = self.visit.paths[transfer.host].burst - self._connections[transfer.host].got
        many = len(self._connections[transfer.host].bodies)
        return (
            left / many / transfer.rate
            if transfer.rate > 0.0 and left > EPSILON_BYTES
            else math.inf
        )

    def capacity(self, host: Host, second: int) -> float:
        """Return a host's capacity in bytes/s, as it is after what it has sent."""
        return self._capacity(self.visit.paths[host], self._connections[host], second)

    def _capacity(self, path: Path, connection: _Connection, second: int) -> float:
        share = path.after_burst if connection.got >= path.burst - EPSILON_BYTES else 1.0
        return path.capacity[second] * share

    def _limit(self, path: Path, connection: _Connection, second: int) -> tuple[float, float]:
        """Return a path's present rate in bytes/s, and when its window doubles next."""
        if path.fault[second] == Fault.SILENT:
            return 0.0, math.inf
        rtt, capacity = path.rtt_s[second], self._capacity(path, connection, second)
        if self.clock.now >= connection.next_doubling_s - EPSILON_S:
            connection.window *= 2.0
            connection.next_doubling_s = self.clock.now + rtt
        if connection.window > 2.0 * capacity * rtt:
            # A full queue loses a packet: the window stays near what the path holds.
            connection.window = max(2.0 * capacity * rtt, INITIAL_WINDOW)
            connection.next_doubling_s = self.clock.now + rtt
            return min(capacity, connection.window / rtt), math.inf
        return min(capacity, connection.window / rtt), connection.next_doubling_s

    def _changed(self) -> None:
        self._settle()
        second = self._second()
        ended: list[tuple[Transfer, OutcomeKind]] = []
        for host, connection in self._connections.items():
            refused = self.visit.paths[host].fault[second] == Fault.REFUSING
            for transfer in connection.bodies:
                if transfer.got >= transfer.size - EPSILON_BYTES:
                    transfer.got = transfer.size
                    ended.append((transfer, "ok"))
                elif refused:
                    ended.append((transfer, "stall"))
                elif transfer.got >= transfer.dies_at - EPSILON_BYTES:
                    transfer.dies_at = transfer.got
                    transfer.rate = 0.0
        for transfer, _ in ended:
            self._drop(transfer)
        self._share()
        for transfer, kind in ended:
            transfer.listener.ended(transfer, kind, 206)
