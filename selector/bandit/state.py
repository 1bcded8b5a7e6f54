"""The engine's whole state in one object, so that it can be stored and replaced."""

from collections.abc import Iterable

from .beliefs.host import HostState
from .beliefs.prior import Doubts
from .clock import Clock
from .decisions.budget import Spent
from .decisions.cost import ERROR_COST_S
from .decisions.in_flight import InFlightRequests
from .messages import Clause, Host
from .pending import Pending

MAX_HOSTS = 64
# Plans whose fetches may still report; players run two or three fetches at once.
MAX_PENDING = 32


class State:
    """The mutable state of a `Selector`."""

    __slots__ = (
        "clock",
        "decisions",
        "doubts",
        "dropped",
        "error_cost_s",
        "hosts",
        "in_flight",
        "last_choice",
        "outcomes",
        "pending",
        "planned_s",
        "seed",
        "segments",
        "spent",
        "usual_bytes",
        "wanted_bytes",
    )

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.clock = Clock()
        self.decisions = 0
        self.outcomes = 0
        self.dropped = 0
        # Segments planned in this visit, and the engine time of the last.
        self.segments = 0
        self.planned_s = 0.0
        self.spent = Spent()
        self.error_cost_s = ERROR_COST_S
        self.doubts = Doubts()
        # Smoothed size of whole ranges, and the size last asked for.
        self.usual_bytes: float | None = None
        self.wanted_bytes: float | None = None
        # Why the last choice of this visit was made.
        self.last_choice: tuple[Clause, ...] = ()
        self.hosts: dict[Host, HostState] = {}
        self.pending: dict[int, Pending] = {}
        self.in_flight = InFlightRequests()

    def evict(self, keep: Iterable[Host]) -> None:
        """Evict the least recently used hosts and the oldest plans, down to the limits."""
        while len(self.pending) > MAX_PENDING:
            del self.pending[min(self.pending)]
        excess = len(self.hosts) - MAX_HOSTS
        if excess > 0:
            old = [host for name, host in self.hosts.items() if name not in set(keep)]
            for host in sorted(old, key=lambda host: (host.asked_s, host.name))[:excess]:
                del self.hosts[host.name]
