"""A pool of hosts of finite capacity that many viewers share: a discrete-event simulation.

Between two events every rate is constant. Hosts and access links serve connections max-min
fairly, each up to its congestion window per round trip; a viewer has one connection to a host,
which its bodies share equally (HTTP/2). Events are: a body begins or ends, a window that limits
doubles, a second begins (capacities move).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.crowd.sharing import Floats, Ints, max_min
from benchmarks.selection.viewer.policy import Host
from benchmarks.selection.world.network import (
    EPSILON_BYTES,
    EPSILON_S,
    Clock,
    Listener,
    Network,
    Timer,
    Transfer,
)
from benchmarks.selection.world.world import Visit

MOST_BODIES = 4096
# Windows that double within 5 ms double together: this leaves a fourth of the events, and changes
# far less than the jitter of a round trip.
TOGETHER_S = 0.005
GOT, SIZE, RATE, WEIGHT, WINDOW, RTT_S, GROWS_S = range(7)


class Pool:
    """Gives every body its rate. `capacity` is in bytes/s, one entry a second."""

    def __init__(self, clock: Clock, capacity: Mapping[Host, Floats], access: Floats) -> None:
        self.hosts = tuple(capacity)
        self.clock = clock
        self.capacity: Floats = np.array([capacity[host] for host in self.hosts])
        self.delivered = np.zeros_like(self.capacity)
        """Bytes per host and second."""
        self.load = dict.fromkeys(self.hosts, 0)
        """In-flight requests of all viewers."""
        self._access = access
        # One column per body, the first ones in use.
        self._bodies: list[tuple[SharedNetwork, Transfer]] = []
        self._table: Floats = np.zeros((7, MOST_BODIES))
        self._links: Ints = np.zeros((2, MOST_BODIES), np.int64)
        self._column: dict[Transfer, int] = {}
        self._throughput: Floats = np.zeros(len(self.hosts))
        self._settled_s = 0.0
        self._next = Timer(self._move)
        self._touched = False

    @property
    def second(self) -> int:
        """The present second, or the last there is."""
        return min(int(self.clock.now + EPSILON_S), len(self.capacity[0]) - 1)

    def enter(
        self, network: SharedNetwork, transfer: Transfer, window: float, rtt_s: float
    ) -> None:
        """Begin a body on a connection that carries no other."""
        column = self._column[transfer] = len(self._bodies)
        self._bodies.append((network, transfer))
        self._table[:, column] = (0.0, transfer.size, 0.0, 1.0, window, rtt_s, np.inf)
        self._links[:, column] = self.hosts.index(transfer.host), len(self.hosts) + network.number

    def join(self, network: SharedNetwork, transfer: Transfer, sibling: Transfer) -> None:
        """Begin a body beside another one on its connection."""
        window, rtt_s, grows_s = self._table[[WINDOW, RTT_S, GROWS_S], self._column[sibling]]
        self.enter(network, transfer, window, rtt_s)
        self._table[GROWS_S, self._column[transfer]] = grows_s

    def update(self, bodies: Sequence[Transfer]) -> None:
        """Update weights and sizes of a connection's bodies."""
        for transfer in bodies:
            column = self._column[transfer]
            self._table[WEIGHT, column] = 1.0 / len(bodies)
            self._table[SIZE, column] = transfer.size

    def leave(self, transfer: Transfer) -> float:
        """End a body and return its window; the last column fills the gap."""
        column, last = self._column.pop(transfer), len(self._bodies) - 1
        window = float(self._table[WINDOW, column])
        moved = self._bodies.pop()
        if column != last:
            self._bodies[column] = moved
            self._column[moved[1]] = column
            self._table[:, column] = self._table[:, last]
            self._links[:, column] = self._links[:, last]
        return window

    def read(self, transfer: Transfer) -> tuple[float, float]:
        """Return the bytes of a body so far, and its present rate."""
        got, rate = self._table[[GOT, RATE], self._column[transfer]].tolist()
        return got, rate

    def __contains__(self, transfer: Transfer) -> bool:
        return transfer in self._column

    def settle(self) -> None:
        """Move all bodies on to the present time."""
        passed, self._settled_s = self.clock.now - self._settled_s, self.clock.now
        if passed > 0.0:
            bodies = self._table[:, : len(self._bodies)]
            bodies[GOT] += bodies[RATE] * passed
            second = min(int(self.clock.now - EPSILON_S), self.capacity.shape[1] - 1)
            self.delivered[:, second] += self._throughput * passed

    def touch(self) -> None:
        """Compute all rates again, after all events of this moment."""
        if not self._touched:
            self._touched = True
            self._next.cancel()
            self._next = self.clock.at(self.clock.now, self._move)

    def _move(self) -> None:
        self.settle()
        bodies = self._table[:, : len(self._bodies)]
        whole = np.flatnonzero(bodies[GOT] >= bodies[SIZE] - EPSILON_BYTES)
        ended = [self._bodies[column] for column in whole]
        for network, transfer in ended:
            network.complete(transfer)
        self._share()
        for _, transfer in ended:
            transfer.listener.ended(transfer, "ok", 206)

    def _share(self) -> None:
        now, n = self.clock.now, len(self._bodies)
        self._touched = False
        self._next.cancel()
        bodies, links = self._table[:, :n], self._links[:, :n]
        due = bodies[GROWS_S] <= now + TOGETHER_S
        bodies[WINDOW, due] *= 2.0
        bodies[GROWS_S, due] = np.inf
        limit = bodies[WEIGHT] * bodies[WINDOW] / bodies[RTT_S]
        capacity = np.concatenate((self.capacity[:, self.second], self._access))
        rate = bodies[RATE] = max_min(bodies[WEIGHT], limit, links, capacity)
        carried = np.bincount(links[0], weights=rate, minlength=len(self.hosts))
        self._throughput = carried.astype(np.float64)
        # A window grows while it limits the body; else it stays near the capacity of the path.
        waits = np.minimum(bodies[GROWS_S], now + bodies[RTT_S])
        grows_s = bodies[GROWS_S] = np.where(rate >= limit, waits, np.inf)
        ends_s = now + (bodies[SIZE] - bodies[GOT]) / rate
        soonest = float(np.minimum(ends_s, grows_s).min(initial=self.second + 1.0))
        if n:
            self._next = self.clock.at(soonest, self._move)


class SharedNetwork(Network):
    """One viewer's network, on hosts that other viewers use as well."""

    def __init__(self, visit: Visit, pool: Pool, number: int) -> None:
        super().__init__(visit, pool.clock)
        self.pool, self.number = pool, number

    def ask(self, host: Host, segment: int, size: float, listener: Listener) -> Transfer:
        """Send a request, and count it as load of the host."""
        self.pool.load[host] += 1
        return super().ask(host, segment, size, listener)

    def complete(self, transfer: Transfer) -> None:
        """Remove a complete body from the pool."""
        self._settle()
        transfer.got = transfer.size
        self._drop(transfer)
        self.pool.update(self._connections[transfer.host].bodies)

    def _begin(self, transfer: Transfer) -> None:
        connection = self._connections[transfer.host]
        if connection.bodies:
            self.pool.join(self, transfer, connection.bodies[0])
        else:
            rtt_s = self.visit.paths[transfer.host].rtt_s[self._second()]
            self.pool.enter(self, transfer, connection.window, rtt_s)
        super()._begin(transfer)

    def _drop(self, transfer: Transfer) -> None:
        if transfer in self.pool:
            self._connections[transfer.host].window = self.pool.leave(transfer)
        self.pool.load[transfer.host] -= 1
        super()._drop(transfer)

    def _settle(self) -> None:
        self.pool.settle()
        for transfer in self._active:
            if transfer in self.pool:
                got, transfer.rate = self.pool.read(transfer)
                self.received += got - transfer.got
                transfer.got = got

    def _share(self) -> None:
        for connection in self._connections.values():
            self.pool.update(connection.bodies)
        self.pool.touch()
