"""Outlier rejection: which outcomes are too absurd to learn from.

Pages are suspended in the middle of a fetch, clocks are set, counters overflow: one absurd
reading must not cost a good host its reputation.
"""

from typing import get_args

from ..clock import Clock, is_time
from ..messages import Outcome, OutcomeKind
from ..pending import Pending

# PeerTube's largest segments are some tens of MB; no player waits ten minutes for one.
MAX_BYTES = 2**30
MAX_DURATION_S = 600.0
# performance.now() steps by .1 ms, rounded at both ends.
CLOCK_STEP_S = 0.001
# Beyond this a laptop slept during the fetch, or its clock was set ahead.
LEAP_S = 3600.0
# The plan number of fetches that the page decided itself, before the engine was ready.
DECIDED_BY_PAGE = 0
KINDS = frozenset(get_args(OutcomeKind))
BODY_KINDS = frozenset({"ok", "switched", "corrupt"})


def rejection_reason(outcome: Outcome, clock: Clock, pending: Pending | None) -> str | None:
    """Return why `outcome`, of the plan `pending`, is rejected; None if it is accepted."""
    return (
        _bad_time(outcome.now_s, clock, pending)
        or (_bad_plan(outcome, pending) if outcome.plan != DECIDED_BY_PAGE else None)
        or _bad_measure(outcome)
    )


def _bad_time(now_s: float, clock: Clock, pending: Pending | None) -> str | None:
    if not is_time(now_s):
        return "now_s is not a time"
    if clock.set_back_s(now_s):
        return f"the clock was set back {clock.set_back_s(now_s):.0f} s"
    if pending is not None and clock.time_at(now_s) - pending.planned_s > LEAP_S:
        return f"more than {LEAP_S:.0f} s after its plan"
    return None


def _bad_plan(outcome: Outcome, pending: Pending | None) -> str | None:
    if pending is None:
        return "no such plan is under way"
    if outcome.host not in pending.hosts:
        return "the plan did not name this host"
    return None


def _bad_measure(outcome: Outcome) -> str | None:
    if outcome.kind not in KINDS:
        return f"kind is not one of {', '.join(sorted(KINDS))}"
    if not 0.0 <= outcome.total_s <= MAX_DURATION_S:
        return f"total_s is not between 0 and {MAX_DURATION_S:.0f}"
    if not 0.0 <= outcome.bytes <= MAX_BYTES:
        return f"bytes is not between 0 and {MAX_BYTES}"
    ttfb_s = outcome.ttfb_s
    if ttfb_s is not None and not 0.0 <= ttfb_s <= outcome.total_s + CLOCK_STEP_S:
        return "ttfb_s is not between 0 and total_s"
    if outcome.kind in BODY_KINDS and (ttfb_s is None or outcome.bytes < 1.0):
        return f"{outcome.kind} without a byte"
    if outcome.kind in BODY_KINDS and outcome.total_s == 0.0:
        return f"{outcome.kind} in no time"
    return None
