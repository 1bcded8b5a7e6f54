"""The engine's JSON interface for the browser's worker: one message in, one message out.

`web/plugin/messages.ts` is the contract. Every field is validated before the engine sees it: an
invalid message changes nothing and is answered with the name of the field. Fields that the tables
below do not name are ignored.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from math import nan
from typing import Any, get_args

from .bandit import (
    FetchSoFar,
    HostPrior,
    Idle,
    Limits,
    Outcome,
    OutcomeKind,
    PartSoFar,
    PlanRequest,
    Selector,
)
from .bandit.beliefs.outliers import MAX_BYTES
from .bandit.checks import FieldError, array, boolean, host, integer, mapping, number, text
from .bandit.clock import LATEST_S
from .bandit.inputs import checked_limits
from .bandit.memory import FORMAT, LARGEST_INT, prior
from .swarm import Segment, Swarm
from .swarm.events import events
from .telemetry import Context, Diary, Line, Terms
from .telemetry.diary import checked_secret

# A full snapshot of 64 hosts and 32 plans has some 100 kB and 400 brackets.
LONGEST_MESSAGE = 524_288
# JSON that is nested some 3000 deep overflows the stack of WebAssembly. Python cannot catch that
# and crashes (Pyodide 314 in Node).
MOST_BRACKETS = 1000
# 32 mirrors and the origin.
MAX_CANDIDATES = 33
MAX_PRIORS = 256
DAY_S = 86_400.0
HUGE = 1e300
KINDS = frozenset(get_args(OutcomeKind))

Check = Callable[[object, str], Any]


def real(low: float, high: float) -> Check:
    """Return a check for a number from `low` to `high`."""
    return lambda value, field: number(value, field, low, high)


def whole(low: int, high: int) -> Check:
    """Return a check for a whole number from `low` to `high`."""
    return lambda value, field: integer(value, field, low, high)


def optional(check: Check) -> Check:
    """Return a check that accepts null, and what `check` accepts."""
    return lambda value, field: None if value is None else check(value, field)


def measured(value: object, field: str) -> float:
    """Accept any number, and null as NaN: the engine itself rejects and counts outliers."""
    if value is None:
        return nan
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FieldError(field, "must be a number")
    return float(value) if abs(value) < HUGE else HUGE


def hosts(value: object, field: str) -> list[str]:
    """Check for a list of 1 to 33 hosts."""
    names = [host(name, field) for name in array(value, field, MAX_CANDIDATES)]
    if not names:
        raise FieldError(field, "must name at least one host")
    return names


def kind(value: object, field: str) -> str:
    """Check for a kind of outcome."""
    if text(value, field, 20) not in KINDS:
        raise FieldError(field, f"must be one of {', '.join(sorted(KINDS))}")
    return str(value)


def priors(value: object, field: str) -> dict[str, HostPrior]:
    """Check for priors by host."""
    return {
        host(name, field): prior(data, f"{field}.{name}")
        for name, data in mapping(value, field, MAX_PRIORS).items()
    }


def limits(value: object, field: str) -> Limits:
    """Check for limits; without any, the defaults hold."""
    if value is None:
        return Limits()
    data = mapping(value, field, 16)
    optional = {name: data[name] for name in ("prices", "reserves") if name in data}
    needed = Limits(data.get("extra_requests"), data.get("extra_bytes"))  # type: ignore[arg-type]
    return checked_limits(needed._replace(**optional))


def parts(value: object, field: str) -> list[PartSoFar]:
    """Check for the incomplete parts of a split range."""
    rows = (mapping(row, field, 16) for row in array(value, field, MAX_CANDIDATES))
    return [
        PartSoFar(**{name: check(row.get(name), f"{field}.{name}") for name, check in PART.items()})
        for row in rows
    ]


NOW = real(0.0, LATEST_S)
DURATION = real(0.0, DAY_S)
BYTES = real(0.0, MAX_BYTES)
PLAN = whole(0, LARGEST_INT)

PLAN_REQUEST: Mapping[str, Check] = {
    "now_s": NOW,
    "hosts": hosts,
    "bytes": optional(BYTES),
    "segment_s": DURATION,
    "buffer_s": DURATION,
    "segments_left": optional(whole(0, LARGEST_INT)),
    "starting": boolean,
    "attempt": whole(0, LARGEST_INT),
    "top_mbps": optional(real(0.0, 100_000.0)),
}
FETCH_SO_FAR: Mapping[str, Check] = {
    "plan": PLAN,
    "host": host,
    "now_s": NOW,
    "ttfb_s": DURATION,
    "body_s": DURATION,
    "bytes": BYTES,
    "bytes_left": BYTES,
    "buffer_s": DURATION,
    "tried": hosts,
    "rescues": whole(0, LARGEST_INT),
}
PART: Mapping[str, Check] = {
    "host": host,
    "age_s": DURATION,
    "ttfb_s": optional(DURATION),
    "bytes": BYTES,
    "bytes_left": BYTES,
}
IDLE: Mapping[str, Check] = {"plan": PLAN, "host": host, "now_s": NOW, "parts": parts}
OUTCOME: Mapping[str, Check] = {
    "plan": PLAN,
    "host": host,
    "now_s": measured,
    "kind": kind,
    "status": optional(whole(0, 999)),
    "ttfb_s": optional(measured),
    "total_s": measured,
    "bytes": measured,
    "cold": boolean,
    "overlapped": boolean,
    "public": boolean,
}
SWARM: Mapping[str, Check] = {
    "now_s": NOW,
    # The shortest and longest that hls.js can play as a live without trouble.
    "segment_s": real(0.2, 60.0),
    "bytes": real(1.0, MAX_BYTES),
    "peers": whole(0, 1000),
    "events": events,
}
REPORTING: Mapping[str, Check] = {
    "now_s": NOW,
    "context": Context.from_json,
    "terms": Terms.from_json,
}


_selector = Selector()
_swarm = Swarm()
_diary: Diary | None = None


Body = dict[str, Any]


def _open(body: Body) -> Body:
    global _selector, _swarm
    _selector, _swarm = Selector(**body), Swarm()
    return {"engine": FORMAT}


def _plan(body: Body) -> Body:
    plan = _selector.plan(PlanRequest(**body))
    return plan._asdict() | {
        "hedge": plan.hedge and plan.hedge._asdict(),
        "parts": [
            part._asdict() | {"hedge": part.hedge and part.hedge._asdict()} for part in plan.parts
        ],
    }


def _observe(body: Body) -> Body:
    public = body.pop("public")
    outcome = Outcome(**body)
    observed = _selector.observe(outcome)
    if observed.used and _diary:
        _diary.observe(outcome, public)
    return observed._asdict()


def _learn_swarm(body: Body) -> Body:
    segment = Segment(body["segment_s"], body["bytes"], body["peers"])
    return _swarm.learn(body["now_s"], segment, body["events"])._asdict()


def _restore_swarm(body: Body) -> Body:
    _swarm.restore(**body)
    return {}


def _keep_diary(body: Body) -> Body:
    global _diary
    secret, kept = body["secret"], body["diary"]
    _diary = Diary(secret) if kept is None else Diary.restore(secret, kept)
    return {}


def _open_diary() -> Diary:
    if _diary is None:
        raise FieldError("verb", "must come after keep_diary")
    return _diary


def _lines(lines: Iterable[Line]) -> Body:
    return {"lines": [{"report": line.report.to_json(), "truth": line.truth} for line in lines]}


def _explain(body: Body) -> Body:
    explanation = _selector.explain(**body)
    return explanation._asdict() | {"hosts": [belief._asdict() for belief in explanation.hosts]}


VERBS: Mapping[str, tuple[Mapping[str, Check], Callable[[Body], Body]]] = {
    "open": ({"seed": whole(0, LARGEST_INT), "priors": priors, "limits": limits}, _open),
    "plan": (PLAN_REQUEST, _plan),
    "progress": (FETCH_SO_FAR, lambda body: _selector.progress(FetchSoFar(**body))._asdict()),
    "idle": (IDLE, lambda body: _selector.idle(Idle(**body))._asdict()),
    "observe": (OUTCOME, _observe),
    "explain": ({"now_s": NOW}, _explain),
    "snapshot": ({}, lambda _: _selector.snapshot()),
    "restore": (
        {"snapshot": lambda value, _: value},
        lambda body: {"hosts": _selector.restore(**body)},
    ),
    "swarm": (SWARM, _learn_swarm),
    "swarm_snapshot": ({}, lambda _: _swarm.snapshot()),
    "swarm_restore": ({"snapshot": lambda value, _: value}, _restore_swarm),
    "keep_diary": ({"secret": checked_secret, "diary": lambda value, _: value}, _keep_diary),
    "diary": ({}, lambda _: _open_diary().snapshot()),
    "preview": (REPORTING, lambda body: _lines(_open_diary().preview(**body))),
    "tell": (REPORTING, lambda body: _lines(_open_diary().tell(**body))),
}


def handle(message: str) -> str:
    """Answer one message; never raise. The answer to a message without a valid id has the id 0.

    >>> handle('{"id": 1, "verb": "plan", "body": {"now_s": "noon"}}')
    '{"id": 1, "ok": false, "error": {"field": "now_s", "reason": "must be a number"}}'
    """
    answered = 0
    try:
        data = mapping(_parsed(text(message, "message", LONGEST_MESSAGE)), "message", 16)
        answered = integer(data.get("id"), "id", 0, LARGEST_INT)
        name = text(data.get("verb"), "verb", 20)
        if name not in VERBS:
            raise FieldError("verb", f"must be one of {', '.join(VERBS)}")
        checks, answer = VERBS[name]
        body = mapping(data.get("body"), "body", 64)
        checked = {field: check(body.get(field), field) for field, check in checks.items()}
        return json.dumps({"id": answered, "ok": True, "answer": answer(checked)})
    except FieldError as error:
        reply = {"field": error.field, "reason": error.reason}
        return json.dumps({"id": answered, "ok": False, "error": reply})


def _parsed(message: str) -> object:
    if message.count("[") + message.count("{") > MOST_BRACKETS:
        raise FieldError("message", f"must not have more than {MOST_BRACKETS} brackets")
    try:
        return json.loads(message)
    except ValueError:
        raise FieldError("message", "must be JSON") from None
