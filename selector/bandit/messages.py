"""The engine's messages, in and out: the Python types of `web/plugin/messages.ts`.

That file says what each field means. Units are in the names where they are not SI. All are named
tuples: immutable, compared by value, and six times cheaper to define at start-up in a browser
than dataclasses (.3 ms against 1.8 ms each in Pyodide 314).
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

Host = str
OutcomeKind = Literal[
    "ok", "http-error", "missing", "timeout", "stall", "corrupt", "aborted", "switched"
]
# Statuses that speak of the file and not of the host: forbidden, not found, gone, no such range.
FILE_STATUSES = frozenset({403, 404, 410, 416})


class Clause(NamedTuple):
    """A sentence that can be translated: `{name}` in `say` stands for `values[name]`."""

    say: str
    values: Mapping[str, float | Host]


class HostPrior(NamedTuple):
    """What the fleet says of a host before this viewer has tried it.

    `rate_sd` and `ttfb_sd` are standard deviations of the natural logarithms; `ttfb_s` is
    that of a connection already open. The defaults hold for hosts of which the fleet says
    nothing, and are wide on purpose: 8 Mbit/s lies between the FCC's SD and HD access-line
    traces (medians 6.2 and 16.6), and one sd of 1.0 to either side reaches from 3G to 4G; .25 s
    is the median round trip between personal devices (Seattle, .22 s) and a little server time,
    with the spread between the hosts of one client found there and on PlanetLab (.85).
    """

    rate_mbps: float = 8.0
    rate_sd: float = 1.0
    ttfb_s: float = 0.25
    ttfb_sd: float = 0.85
    error_rate: float = 0.02


class Limits(NamedTuple):
    """What an admin allows: requests and bytes beyond those needed, and hosts to be spared."""

    extra_requests: float = 2.0
    extra_bytes: float = 0.01
    # In s per MB.
    prices: Mapping[Host, float] = {}
    reserves: Sequence[Host] = []


class PlanRequest(NamedTuple):
    """What the player needs next."""

    now_s: float
    hosts: Sequence[Host]
    bytes: float | None
    segment_s: float
    buffer_s: float
    segments_left: int | None = None
    starting: bool = False
    attempt: int = 0
    top_mbps: float | None = None


class Hedge(NamedTuple):
    """Ask `host` as well when no byte has come `after_s` after the request."""

    host: Host
    after_s: float


class Part(NamedTuple):
    """One part of a split range, and when to ask another host for it as well."""

    host: Host
    bytes: int
    hedge: Hedge | None


class Plan(NamedTuple):
    """The decision for one segment: which host to ask, and when to ask another."""

    plan: int
    ranking: tuple[Host, ...]
    hedge: Hedge | None
    stall_s: float
    propensity: float
    explored: bool
    why: tuple[Clause, ...]
    parts: tuple[Part, ...] = ()


class FetchSoFar(NamedTuple):
    """Progress of one body; sent about every .5 s."""

    plan: int
    host: Host
    now_s: float
    ttfb_s: float
    body_s: float
    bytes: float
    bytes_left: float
    buffer_s: float
    tried: Sequence[Host]
    rescues: int


class Advice(NamedTuple):
    """Continue the remaining range on `rescue`, or carry on when None."""

    rescue: Host | None
    why: str


class PartSoFar(NamedTuple):
    """Progress of one part of a split range that is not complete yet."""

    host: Host
    age_s: float
    ttfb_s: float | None
    bytes: float
    bytes_left: float


class Idle(NamedTuple):
    """A host is done with its part of a split range while other parts are not complete."""

    plan: int
    host: Host
    now_s: float
    parts: Sequence[PartSoFar]


class Takeover(NamedTuple):
    """The idle host takes over the last `bytes` of `parts[part]`; None leaves all as it is."""

    part: int | None
    bytes: int
    why: str


class Outcome(NamedTuple):
    """How one fetch ended. `plan` is 0 when the page decided without the engine."""

    plan: int
    host: Host
    now_s: float
    kind: OutcomeKind
    status: int | None
    ttfb_s: float | None
    total_s: float
    bytes: float
    cold: bool
    overlapped: bool

    @property
    def is_missing(self) -> bool:
        """Whether the host lacks the file, which says nothing about the host."""
        refused = self.kind == "http-error" and self.status in FILE_STATUSES
        return refused or self.kind == "missing"


class Observed(NamedTuple):
    """Whether an outcome was learned from, and if not, why."""

    used: bool
    reason: str | None


class HostBelief(NamedTuple):
    """The belief about one host, for people to read."""

    host: Host
    ttfb_s: float
    ttfb_s_90: tuple[float, float]
    rate_mbps: float
    rate_mbps_90: tuple[float, float]
    p_down: float
    error_rate: float
    used: int
    cost_s: float | None
    words: tuple[Clause, ...]


class Explanation(NamedTuple):
    """Everything believed, and why the last choice was made."""

    hosts: tuple[HostBelief, ...]
    last_choice: tuple[Clause, ...]
    plans: int
    outcomes: int
    dropped: int
