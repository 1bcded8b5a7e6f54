"""Hosts of finite capacity that many viewers share, moved from event to event.

Between two events every rate is constant and max-min fair over hosts and access links, each
body being limited by its congestion window per round trip as well. Events are: a body begins or
ends, a window that limits its body doubles, a second begins (capacities move).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from benchmarks.selection.network import EPSILON_BYTES, EPSILON_S, Clock, Network, Timer, Transfer
from benchmarks.selection.protocol import Host
from benchmarks.selection.world import Visit

from benchmarks.crowd.sharing import Floats, Ints, max_min

MOST_BODIES = 4096
GOT, SIZE, RATE, WINDOW, RTT_S, GROWS_S = range(6)


class Pool:
    """Gives every body its rate. `capacity` is in bytes/s, one entry a second."""

    def __init__(
        self, clock: Clock, capacity: Mapping[Host, Sequence[float]], access: Sequence[float]
    ) -> None:
        self.hosts = tuple(capacity)
        self.clock = clock
        self.capacity = np.array([capacity[host] for host in self.hosts])
        self.delivered = np.zeros_like(self.capacity)
        """Bytes per host and second."""
        self.load = dict.fromkeys(self.hosts, 0)
        """Requests on their way, of all viewers."""
        self._access = np.array(access)
        # One column per body, the first ones in use.
        self._bodies: list[tuple[Seat, Transfer]] = []
        self._table: Floats = np.zeros((6, MOST_BODIES))
        self._links: Ints = np.zeros((2, MOST_BODIES), np.int64)
        self._column: dict[Transfer, int] = {}
        self._throughput = np.zeros(len(self.hosts))
        self._settled_s = 0.0
        self._next = Timer(self._move)
        self._touched = False

    @property
    def second(self) -> int:
        """The present second, or the last there is."""
        return min(int(self.clock.now + EPSILON_S), self.capacity.shape[1] - 1)

    def enter(self, seat: Seat, transfer: Transfer, window: float, rtt_s: float) -> None:
        """Let a body begin."""
        column = self._column[transfer] = len(self._bodies)
        self._bodies.append((seat, transfer))
        self._table[:, column] = (0.0, transfer.size, 0.0, window, rtt_s, np.inf)
        self._links[:, column] = (
            self.hosts.index(transfer.host),
            len(self.hosts) + seat.number,
        )

    def leave(self, transfer: Transfer) -> float:
        """Let a body end, and return its window; the last column fills the gap."""
        column, last = self._column.pop(transfer), len(self._bodies) - 1
        window = float(self._table[WINDOW, column])
        moved = self._bodies.pop()
        if column != last:
            self._bodies[column] = moved
            self._column[moved[1]] = column
            self._table[:, column] = self._table[:, last]
            self._links[:, column] = self._links[:, last]
        return window

    def got(self, transfer: Transfer) -> float:
        """Bytes of a body that have come."""
        return float(self._table[GOT, self._column[transfer]])

    def __contains__(self, transfer: Transfer) -> bool:
        return transfer in self._column

    def settle(self) -> None:
        """Bring every body up to now."""
        passed, self._settled_s = self.clock.now - self._settled_s, self.clock.now
        if passed > 0.0:
            bodies = self._table[:, : len(self._bodies)]
            bodies[GOT] += bodies[RATE] * passed
            second = min(int(self.clock.now - EPSILON_S), self.capacity.shape[1] - 1)
            self.delivered[:, second] += self._throughput * passed

    def touch(self) -> None:
        """Share anew, once all that happens at this moment has happened."""
        if not self._touched:
            self._touched = True
            self._next.cancel()
            self._next = self.clock.at(self.clock.now, self._move)

    def _move(self) -> None:
        self.settle()
        bodies = self._table[:, : len(self._bodies)]
        whole = np.flatnonzero(bodies[GOT] >= bodies[SIZE] - EPSILON_BYTES)
        ended = [self._bodies[column] for column in whole]
        for seat, transfer in ended:
            seat.complete(transfer)
        self._share()
        for _, transfer in ended:
            transfer.listener.ended(transfer, "ok", 206)

    def _share(self) -> None:
        now, n = self.clock.now, len(self._bodies)
        self._touched = False
        self._next.cancel()
        bodies, links = self._table[:, :n], self._links[:, :n]
        due = bodies[GROWS_S] <= now + EPSILON_S
        bodies[WINDOW, due] *= 2.0
        bodies[GROWS_S, due] = np.inf
        limit = bodies[WINDOW] / bodies[RTT_S]
        capacity = np.concatenate((self.capacity[:, self.second], self._access))
        rate = bodies[RATE] = max_min(limit, links, capacity)
        self._throughput = np.bincount(links[0], weights=rate, minlength=len(self.hosts))
        # A window grows while it is what limits the body; else it stays near what the path holds.
        waits = np.minimum(bodies[GROWS_S], now + bodies[RTT_S])
        grows_s = bodies[GROWS_S] = np.where(rate >= limit, waits, np.inf)
        ends_s = now + (bodies[SIZE] - bodies[GOT]) / rate
        soonest = float(np.minimum(ends_s, grows_s).min(initial=self.second + 1.0))
        if n:
            self._next = self.clock.at(soonest, self._move)


class Seat(Network):
    """One viewer's network, on hosts that others use as well."""

    def __init__(self, visit: Visit, pool: Pool, number: int) -> None:
        super().__init__(visit, pool.clock)
        self.pool, self.number = pool, number

    def complete(self, transfer: Transfer) -> None:
        """Take a body that is whole out of the pool."""
        self._settle()
        transfer.got = transfer.size
        self._drop(transfer)

    def _begin(self, transfer: Transfer) -> None:
        rtt_s = self.visit.paths[transfer.host].rtt_s[self._second()]
        self.pool.enter(self, transfer, self._connections[transfer.host].window, rtt_s)
        super()._begin(transfer)

    def _drop(self, transfer: Transfer) -> None:
        if transfer in self.pool:
            self._connections[transfer.host].window = self.pool.leave(transfer)
        super()._drop(transfer)

    def _settle(self) -> None:
        self.pool.settle()
        for transfer in self._active:
            if transfer in self.pool:
                got = self.pool.got(transfer)
                self.received += got - transfer.got
                transfer.got = got

    def _share(self) -> None:
        self.pool.touch()
