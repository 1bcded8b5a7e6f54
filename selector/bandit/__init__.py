"""The selection engine: a bandit with beliefs about hosts, decisions, and a memory."""

from .checks import FieldError
from .messages import (
    Advice,
    Explanation,
    FetchSoFar,
    Hedge,
    Host,
    HostBelief,
    HostPrior,
    Idle,
    Limits,
    Observed,
    Outcome,
    OutcomeKind,
    Part,
    PartSoFar,
    Plan,
    PlanRequest,
    Takeover,
)
from .selector import Selector

__all__ = [
    "Advice",
    "Explanation",
    "FetchSoFar",
    "FieldError",
    "Hedge",
    "Host",
    "HostBelief",
    "HostPrior",
    "Idle",
    "Limits",
    "Observed",
    "Outcome",
    "OutcomeKind",
    "Part",
    "PartSoFar",
    "Plan",
    "PlanRequest",
    "Selector",
    "Takeover",
]
