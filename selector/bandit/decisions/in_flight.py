"""What this viewer is fetching right now, host by host.

Players run two fetches at a time, and a split range several more. Two bodies from one host
share its path: each gets half of the rate that the host gives, until one of them ends. So the
n flights that a host carried while it served one of them say how its reading is to be taken,
and the bytes that are still to come say how long a new body will take:

body_s(x) = 8e-6·(x + Σ_j min(x, left_j)) / rate   (processor sharing)
"""

from ..messages import Host

# Players report every .5 s; a flight not heard of for longer has lost its page.
PATIENCE_S = 10.0


class Flight:
    """One fetch under way, or one that has ended and is yet to be reported."""

    __slots__ = ("asked_s", "busy_s", "ended_load", "heard_s", "host", "left", "plan")

    def __init__(self, plan: int, host: Host, asked_s: float, left: float, busy_s: float) -> None:
        self.plan = plan
        self.host = host
        self.asked_s = asked_s
        # Bytes still to come when last heard of.
        self.left = left
        self.heard_s = asked_s
        # The host's flight-seconds when this one began.
        self.busy_s = busy_s
        # Mean number of flights, itself included, that the host carried meanwhile.
        self.ended_load: float | None = None


class _Busy:
    """Flight-seconds that one host has carried so far."""

    __slots__ = ("at_s", "count", "total_s")

    def __init__(self, at_s: float) -> None:
        self.count, self.total_s, self.at_s = 0, 0.0, at_s

    def at(self, time_s: float) -> float:
        return self.total_s + self.count * max(0.0, time_s - self.at_s)

    def change(self, time_s: float, by: int) -> None:
        self.total_s, self.at_s = self.at(time_s), max(time_s, self.at_s)
        self.count += by


class Flights:
    """All fetches under way.

    >>> flights = Flights()
    >>> flights.begin(1, "a", 1_000_000, 0.0)
    >>> flights.begin(2, "a", 500_000, 2.0)
    >>> flights.left("a", 3.0, mbps=1.6)
    [700000.0, 400000.0]
    >>> flights.end(1, "a", 4.0)
    1.5
    """

    __slots__ = ("_busy", "_flights")

    def __init__(self) -> None:
        self._flights: list[Flight] = []
        self._busy: dict[Host, _Busy] = {}

    def begin(self, plan: int, host: Host, size: float, time_s: float) -> None:
        """Note that `size` bytes were asked of `host`."""
        self._give_up(time_s)
        busy = self._busy.setdefault(host, _Busy(time_s))
        self._flights.append(Flight(plan, host, time_s, float(size), busy.at(time_s)))
        busy.change(time_s, +1)

    def heard(self, plan: int, host: Host, left: float, time_s: float) -> None:
        """Note how many bytes of a flight are still to come."""
        flight = self._find(plan, host)
        if flight is None:
            self.begin(plan, host, left, time_s)
        else:
            flight.left, flight.heard_s = float(left), time_s

    def shorten(self, plan: int, host: Host, by: float) -> None:
        """Note that another host brings the last `by` bytes of a flight."""
        flight = self._find(plan, host)
        if flight is not None:
            flight.left = max(0.0, flight.left - by)

    def land(self, plan: int, host: Host, time_s: float) -> None:
        """Note that a body is complete; its outcome comes when the whole segment is checked."""
        flight = self._find(plan, host)
        if flight is not None:
            flight.ended_load = self._leave(flight, time_s)

    def end(self, plan: int, host: Host, time_s: float) -> float:
        """Forget a flight whose outcome is here; return the mean load of its host meanwhile."""
        for flight in self._flights:
            if (flight.plan, flight.host) == (plan, host):
                self._flights.remove(flight)
                return flight.ended_load or self._leave(flight, time_s)
        return 1.0

    def left(self, host: Host, time_s: float, mbps: float) -> list[float]:
        """Return the bytes still to come of each flight from `host`, a host of rate `mbps`."""
        silences_s = [
            (flight.left, time_s - flight.heard_s)
            for flight in self._flights
            if flight.host == host and flight.ended_load is None
        ]
        current = [(left, silent_s) for left, silent_s in silences_s if silent_s <= PATIENCE_S]
        each = mbps / 8e-6 / max(len(current), 1)
        return [rest for left, silent_s in current if (rest := left - each * silent_s) > 0.0]

    def _find(self, plan: int, host: Host) -> Flight | None:
        for flight in self._flights:
            if (flight.plan, flight.host, flight.ended_load) == (plan, host, None):
                return flight
        return None

    def _leave(self, flight: Flight, time_s: float) -> float:
        """Take a flight off its host; return the mean load of the host meanwhile."""
        busy, took_s = self._busy[flight.host], time_s - flight.asked_s
        load = (busy.at(time_s) - flight.busy_s) / took_s if took_s > 0.0 else 1.0
        busy.change(time_s, -1)
        if busy.count == 0:
            del self._busy[flight.host]
        return max(1.0, load)

    def _give_up(self, time_s: float) -> None:
        for flight in [f for f in self._flights if time_s - f.heard_s > PATIENCE_S]:
            self._flights.remove(flight)
            if flight.ended_load is None:
                self._leave(flight, time_s)
