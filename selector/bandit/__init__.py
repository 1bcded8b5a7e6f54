"""The selection engine: beliefs about hosts, the decision among them, and memory."""

from .checks import FieldError
from .messages import (
    Advice,
    Explanation,
    FetchSoFar,
    Hedge,
    Host,
    HostBelief,
    HostPrior,
    Observed,
    Outcome,
    OutcomeKind,
    Plan,
    PlanRequest,
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
    "Observed",
    "Outcome",
    "OutcomeKind",
    "Plan",
    "PlanRequest",
    "Selector",
]
