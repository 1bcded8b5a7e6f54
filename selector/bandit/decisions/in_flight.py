"""In-flight requests: what this viewer is fetching right now, by host.

Players run two fetches at a time, and a split range several more. Two bodies from one host share
its path (processor sharing): each gets half of the host's rate, until one of them ends. So the
mean number of requests that a host served during a fetch corrects the reading of its rate, and
the bytes still to come say how long a new body of x bytes will take:

body_s(x) = 8e-6·(x + Σ_j min(x, left_j)) / rate
"""

from ..messages import Host
from ..pending import PATIENCE_S


class InFlightRequest:
    """One request whose outcome is not known yet; its body may already be complete."""

    __slots__ = ("asked_s", "ended_load", "host", "host_load_s", "left", "plan", "reported_s")

    def __init__(
        self, plan: int, host: Host, asked_s: float, left: float, host_load_s: float
    ) -> None:
        self.plan = plan
        self.host = host
        self.asked_s = asked_s
        # Bytes still to come at the last report, and its engine time.
        self.left = left
        self.reported_s = asked_s
        # The host's request-seconds when this request began.
        self.host_load_s = host_load_s
        # Mean number of requests, this one included, that the host served until the body ended.
        self.ended_load: float | None = None


class _HostLoad:
    """Request-seconds that one host has served: the integral of its in-flight requests."""

    __slots__ = ("at_s", "count", "total_s")

    def __init__(self, at_s: float) -> None:
        self.count, self.total_s, self.at_s = 0, 0.0, at_s

    def at(self, time_s: float) -> float:
        return self.total_s + self.count * max(0.0, time_s - self.at_s)

    def change(self, time_s: float, by: int) -> None:
        self.total_s, self.at_s = self.at(time_s), max(time_s, self.at_s)
        self.count += by


class InFlightRequests:
    """All in-flight requests of this viewer.

    >>> requests = InFlightRequests()
    >>> requests.begin(1, "a", 1_000_000, 0.0)
    >>> requests.begin(2, "a", 500_000, 2.0)
    >>> requests.left("a", 3.0, mbps=1.6)
    [700000.0, 400000.0]
    >>> requests.end(1, "a", 4.0)
    1.5
    """

    __slots__ = ("_loads", "_requests")

    def __init__(self) -> None:
        self._requests: list[InFlightRequest] = []
        self._loads: dict[Host, _HostLoad] = {}

    def begin(self, plan: int, host: Host, size: float, time_s: float) -> None:
        """Add a request for `size` bytes from `host`."""
        self._expire(time_s)
        load = self._loads.setdefault(host, _HostLoad(time_s))
        self._requests.append(InFlightRequest(plan, host, time_s, float(size), load.at(time_s)))
        load.change(time_s, +1)

    def progress(self, plan: int, host: Host, left: float, time_s: float) -> None:
        """Store how many bytes of a request are still to come."""
        request = self._find(plan, host)
        if request is None:
            self.begin(plan, host, left, time_s)
        else:
            request.left, request.reported_s = float(left), time_s

    def shorten(self, plan: int, host: Host, by: float) -> None:
        """Subtract the last `by` bytes of a request, which another host delivers instead."""
        request = self._find(plan, host)
        if request is not None:
            request.left = max(0.0, request.left - by)

    def complete(self, plan: int, host: Host, time_s: float) -> None:
        """Mark a body as complete; its outcome follows when the whole segment has been checked."""
        request = self._find(plan, host)
        if request is not None:
            request.ended_load = self._leave(request, time_s)

    def end(self, plan: int, host: Host, time_s: float) -> float:
        """Remove a request that has an outcome; return the mean load of its host meanwhile."""
        for request in self._requests:
            if (request.plan, request.host) == (plan, host):
                self._requests.remove(request)
                return request.ended_load or self._leave(request, time_s)
        return 1.0

    def left(self, host: Host, time_s: float, mbps: float) -> list[float]:
        """Return the bytes still to come of each request to `host`, whose rate is `mbps`."""
        silences_s = [
            (request.left, time_s - request.reported_s)
            for request in self._requests
            if request.host == host and request.ended_load is None
        ]
        current = [(left, silent_s) for left, silent_s in silences_s if silent_s <= PATIENCE_S]
        each = mbps / 8e-6 / max(len(current), 1)
        return [rest for left, silent_s in current if (rest := left - each * silent_s) > 0.0]

    def _find(self, plan: int, host: Host) -> InFlightRequest | None:
        for request in self._requests:
            if (request.plan, request.host, request.ended_load) == (plan, host, None):
                return request
        return None

    def _leave(self, request: InFlightRequest, time_s: float) -> float:
        """Lower the load of a request's host; return its mean load meanwhile."""
        load, took_s = self._loads[request.host], time_s - request.asked_s
        mean = (load.at(time_s) - request.host_load_s) / took_s if took_s > 0.0 else 1.0
        load.change(time_s, -1)
        if load.count == 0:
            del self._loads[request.host]
        return max(1.0, mean)

    def _expire(self, time_s: float) -> None:
        for request in [it for it in self._requests if time_s - it.reported_s > PATIENCE_S]:
            self._requests.remove(request)
            if request.ended_load is None:
                self._leave(request, time_s)
