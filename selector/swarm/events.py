"""What happened in a swarm since the last message, as checked events."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..bandit.beliefs.outliers import MAX_BYTES
from ..bandit.checks import FieldError, array, boolean, mapping, number, text

MAX_EVENTS = 64
LONGEST_S = 3600.0


class Event(NamedTuple):
    """One event; a field that its kind does not have keeps its default."""

    kind: str
    wait_s: float = 0.0
    ttfb_s: float = 0.0
    total_s: float = 0.0
    busy_s: float = 0.0
    bytes: float = 0.0
    own: bool = False
    whole: bool = True


def _seconds(value: object, field: str) -> float:
    return number(value, field, 0.0, LONGEST_S)


def _bytes(value: object, field: str) -> float:
    return number(value, field, 0.0, MAX_BYTES)


FIELDS: Mapping[str, Mapping[str, Callable[[object, str], Any]]] = {
    "peer": {"wait_s": _seconds},
    "late": {},
    "origin": {
        "ttfb_s": _seconds,
        "total_s": _seconds,
        "bytes": _bytes,
        "own": boolean,
        "whole": boolean,
    },
    "twice": {},
    "upload": {"bytes": _bytes, "busy_s": _seconds},
}


def events(value: object, field: str) -> list[Event]:
    """Check for a list of events.

    >>> events([{"kind": "peer", "wait_s": 2}], "events")[0].wait_s
    2.0
    """
    return [_event(mapping(row, field, 16), field) for row in array(value, field, MAX_EVENTS)]


def _event(row: Mapping[str, object], field: str) -> Event:
    kind = text(row.get("kind"), f"{field}.kind", 20)
    if kind not in FIELDS:
        raise FieldError(f"{field}.kind", f"must be one of {', '.join(FIELDS)}")
    given = FIELDS[kind].items()
    return Event(kind, **{name: check(row.get(name), f"{field}.{name}") for name, check in given})
