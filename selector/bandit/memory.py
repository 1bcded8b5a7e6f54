"""The engine's state as JSON, and back, with every field validated.

Floats are stored as they are: JSON keeps all 64 bits, so a restored engine continues bit
for bit. Nothing decays here: beliefs carry their age (see `beliefs.decay`).
"""

from collections.abc import Mapping
from typing import Any

from .beliefs.host import HostState
from .beliefs.outage import BACKOFF_MAX, DOWN_MAX, OutageBelief
from .beliefs.outliers import MAX_BYTES
from .beliefs.prior import Doubt, Doubts
from .beliefs.rate import RateBelief
from .beliefs.ttfb import TtfbBelief
from .checks import FieldError, array, host, integer, mapping, number
from .clock import LATEST_S, Clock
from .decisions.budget import Spent
from .decisions.cost import ERROR_COST_MAX_S, ERROR_COST_MIN_S
from .messages import HostPrior
from .pending import Pending
from .state import MAX_HOSTS, MAX_PENDING, State

FORMAT = "mirrorwise-bandit/2"

LARGEST_INT = 2**53 - 1
# A wall clock that is often set makes engine time run ahead of it.
LONGEST_TIME_S = 1e15

Range = tuple[float, float]
_LN, _VAR, _COUNT = (-20.0, 20.0), (1e-9, 1000.0), (0.0, 1e9)
_BYTES = (0.0, 1e18)

PRIOR_RANGES: Mapping[str, Range] = {
    "rate_mbps": (0.001, 100_000.0),
    "rate_sd": (0.01, 3.0),
    "ttfb_s": (0.0005, 60.0),
    "ttfb_sd": (0.01, 3.0),
    "error_rate": (0.0, 1.0),
}


def prior(value: object, field: str) -> HostPrior:
    """Return the prior that `value` holds; missing fields get the defaults.

    >>> prior({"rate_mbps": 30}, "priors")
    HostPrior(rate_mbps=30.0, rate_sd=1.0, ttfb_s=0.25, ttfb_sd=0.85, error_rate=0.02)
    """
    data = mapping(value, field, 16)
    return HostPrior(
        **{
            name: number(data[name], f"{field}.{name}", low, high)
            for name, (low, high) in PRIOR_RANGES.items()
            if data.get(name) is not None
        }
    )


def dump(state: State) -> dict[str, Any]:
    """Return the snapshot of a state: JSON-safe values."""
    return {
        "format": FORMAT,
        "seed": state.seed,
        "wall_s": state.clock.wall_s,
        "time_s": state.clock.time_s,
        "decisions": state.decisions,
        "outcomes": state.outcomes,
        "dropped": state.dropped,
        "segments": state.segments,
        "planned_s": state.planned_s,
        "spent": list(state.spent),
        "error_cost_s": state.error_cost_s,
        "rate_doubt": list(state.doubts.rate),
        "ttfb_doubt": list(state.doubts.ttfb),
        "usual_bytes": state.usual_bytes,
        "wanted_bytes": state.wanted_bytes,
        "hosts": {
            name: {
                "prior": list(known.prior),
                "rate": known.rate and list(known.rate),
                "ttfb": known.ttfb and list(known.ttfb),
                "outage": list(known.outage),
                "used": known.used,
                "asked_s": known.asked_s,
                "chosen_s": known.chosen_s,
                "seen_s": known.seen_s,
                "failed_s": known.failed_s,
                "open_s": known.open_s,
            }
            for name, known in state.hosts.items()
        },
        "pending": [
            [plan, list(pending.hosts), pending.planned_s]
            for plan, pending in state.pending.items()
        ],
    }


def load(snapshot: object, priors: Mapping[str, HostPrior]) -> State:
    """Return the state that `snapshot` holds, or raise `FieldError` naming the field.

    `priors` are newer and replace those in the snapshot.
    """
    data = mapping(snapshot, "snapshot", 64)
    if data.get("format") != FORMAT:
        raise FieldError("snapshot.format", f"must be {FORMAT}")
    fields = _Fields(data, "snapshot")
    state = State(fields.integer("seed"))
    time_s = fields.number("time_s", 0.0, LONGEST_TIME_S)
    state.clock = Clock(fields.optional("wall_s", 0.0, LATEST_S), time_s)
    state.decisions = fields.integer("decisions")
    state.outcomes = fields.integer("outcomes")
    state.dropped = fields.integer("dropped")
    state.segments = fields.integer("segments")
    state.planned_s = fields.number("planned_s", 0.0, time_s)
    requests, useful_bytes, wasted_bytes = fields.row("spent", [_COUNT, _BYTES, _BYTES])
    state.spent = Spent(int(requests), useful_bytes, wasted_bytes)
    state.error_cost_s = fields.number("error_cost_s", ERROR_COST_MIN_S, ERROR_COST_MAX_S)
    state.doubts = Doubts(
        Doubt(*fields.row("rate_doubt", [_COUNT, _COUNT])),
        Doubt(*fields.row("ttfb_doubt", [_COUNT, _COUNT])),
    )
    state.usual_bytes = fields.optional("usual_bytes", 1.0, MAX_BYTES)
    state.wanted_bytes = fields.optional("wanted_bytes", 1.0, MAX_BYTES)
    for name, value in mapping(data.get("hosts"), "snapshot.hosts", MAX_HOSTS).items():
        host(name, "snapshot.hosts")
        known = _Fields(mapping(value, f"snapshot.hosts.{name}", 16), f"snapshot.hosts.{name}")
        state.hosts[name] = _load_host(name, known, time_s, priors.get(name))
    for row in array(data.get("pending"), "snapshot.pending", MAX_PENDING):
        plan, pending = _load_pending(row, state.decisions, time_s)
        state.pending[plan] = pending
    return state


def _load_host(name: str, fields: "_Fields", time_s: float, newer: HostPrior | None) -> HostState:
    remembered = HostPrior(*fields.row("prior", list(PRIOR_RANGES.values())))
    state = HostState(name, newer or remembered, time_s)
    past = (0.0, time_s)
    if fields.data.get("rate") is not None:
        state.rate = RateBelief(*fields.row("rate", [_LN, _LN, _VAR, _LN, _VAR, past]))
    if fields.data.get("ttfb") is not None:
        state.ttfb = TtfbBelief(*fields.row("ttfb", [_LN, _VAR, _LN, _VAR, past]))
    outage = [(0.0, DOWN_MAX), _COUNT, _COUNT, (1.0, BACKOFF_MAX), past]
    state.outage = OutageBelief(*fields.row("outage", outage))
    state.used = fields.integer("used")
    state.asked_s = fields.number("asked_s", *past)
    state.chosen_s = fields.optional("chosen_s", *past)
    state.seen_s = fields.optional("seen_s", *past)
    state.failed_s = fields.optional("failed_s", *past)
    state.open_s = fields.optional("open_s", *past)
    return state


def _load_pending(row: object, decisions: int, time_s: float) -> tuple[int, Pending]:
    field = "snapshot.pending"
    values = array(row, field, 3)
    if len(values) != 3:
        raise FieldError(field, "must hold rows of 3")
    plan, names, planned_s = values
    return integer(plan, field, 1, decisions), Pending(
        tuple(host(name, field) for name in array(names, field, MAX_HOSTS)),
        number(planned_s, field, 0.0, time_s),
    )


class _Fields:
    """The fields of one JSON object, by name."""

    def __init__(self, data: Mapping[str, Any], path: str) -> None:
        self.data = data
        self.path = path

    def number(self, name: str, low: float, high: float) -> float:
        return number(self.data.get(name), f"{self.path}.{name}", low, high)

    def optional(self, name: str, low: float, high: float) -> float | None:
        return None if self.data.get(name) is None else self.number(name, low, high)

    def integer(self, name: str) -> int:
        return integer(self.data.get(name), f"{self.path}.{name}", 0, LARGEST_INT)

    def row(self, name: str, ranges: list[Range]) -> list[float]:
        field = f"{self.path}.{name}"
        row = array(self.data.get(name), field, len(ranges))
        if len(row) != len(ranges):
            raise FieldError(field, f"must hold {len(ranges)} numbers")
        return [number(value, field, *limits) for value, limits in zip(row, ranges, strict=True)]
