"""A statement: what another instance says of one week, checked from end to end."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from .leanings import BOUND, TOLD

FORMAT = "leanings 1"
# In thousandths: the most that one week may cost its viewers.
MOST_EPSILON = 4_000
MOST_VIEWERS = 10_000_000
# No honest noise is so many times its scale: a chance of less than 1e-17.
TAIL = 40
MOST_REASON = 300
PARTS = ("weights", "counts", "left out")
WEIGHTS = frozenset(
    {
        *("format", "mechanism", "epsilon_thousandths", "bound", "scale"),
        *("sums", "viewers", "viewers_scale"),
    }
)
MECHANISM = "discrete Laplace"
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]*")


class StatementError(ValueError):
    """The parts are not a statement; `reason` says what is wrong."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Statement(NamedTuple):
    """What was said: noised sums over viewers, and how much noise they hold.

    `sums` are in thousandths by the names in `TOLD`; each, and the number of viewers, holds
    discrete Laplace noise of its scale. An empty `sums` says nothing.
    """

    sums: Mapping[str, int] = MappingProxyType({})
    viewers: int = 0
    scale: int = 1
    viewers_scale: int = 1
    epsilon_thousandths: int = 0


def read(parts: Any, most_viewers: int = MOST_VIEWERS) -> Statement:  # noqa: ANN401 - hostile
    """Return what parts of a document say, or raise StatementError.

    `most_viewers` is how many viewers the sender can have had, by its own public figures.
    """
    _keys(parts, "parts", frozenset(PARTS), optional=frozenset(PARTS))
    _left_out(parts.get("left out", {}))
    if "counts" in parts:
        raise StatementError("counts: no counts are known to this version; leave the part out")
    if "weights" not in parts:
        return Statement()
    return _weights(parts["weights"], most_viewers)


def _weights(part: Any, most_viewers: int) -> Statement:  # noqa: ANN401
    _keys(part, "weights", WEIGHTS)
    for name, expected in (("format", FORMAT), ("mechanism", MECHANISM), ("bound", BOUND)):
        if type(part[name]) is not type(expected) or part[name] != expected:
            raise StatementError(f"weights: {name} must be {expected!r}")
    epsilon = _whole(part, "epsilon_thousandths", 1, MOST_EPSILON)
    scale = _whole(part, "scale", 1, 1_000 * BOUND)
    viewers_scale = _whole(part, "viewers_scale", 1, 1_000_000)
    if BOUND * 1_000 * viewers_scale + 1_000 * scale > epsilon * scale * viewers_scale:
        raise StatementError("weights: the noise is too small for epsilon_thousandths")
    # Noise may exceed what is true, or fall below 0.
    beyond = TAIL * viewers_scale
    most = min(most_viewers, MOST_VIEWERS) + beyond
    viewers = _whole(part, "viewers", -beyond, most)
    _keys(part["sums"], "weights: sums", frozenset(TOLD))
    room = BOUND * (max(0, viewers) + beyond) + TAIL * scale
    sums = {name: _whole(part["sums"], name, -room, room) for name in TOLD}
    if sum(map(abs, sums.values())) > room + len(TOLD) * TAIL * scale:
        raise StatementError("weights: sums are above what so many viewers can say")
    return Statement(sums, max(0, viewers), scale, viewers_scale, epsilon)


def _keys(
    part: Any,  # noqa: ANN401
    name: str,
    known: frozenset[str],
    optional: frozenset[str] = frozenset(),
) -> None:
    if not isinstance(part, Mapping):
        raise StatementError(f"{name}: must be an object")
    if any(not isinstance(key, str) for key in part):
        raise StatementError(f"{name}: names must be strings")
    if unknown := sorted(part.keys() - known):
        raise StatementError(f"{name}: unknown {unknown[0][:60]!r}")
    if missing := sorted(known - optional - part.keys()):
        raise StatementError(f"{name}: {missing[0]!r} is missing")


def _whole(part: Mapping[str, Any], name: str, low: int, high: int) -> int:
    value = part[name]
    if type(value) is not int or not low <= value <= high:
        raise StatementError(f"weights: {name} must be a whole number from {low} to {high}")
    return int(value)


def _left_out(reasons: Any) -> None:  # noqa: ANN401
    _keys(reasons, "left out", frozenset(PARTS[:2]), optional=frozenset(PARTS[:2]))
    for name, reason in reasons.items():
        if not isinstance(reason, str) or len(reason) > MOST_REASON:
            raise StatementError(f"left out: {name} must be a text of at most {MOST_REASON}")
        if not _PRINTABLE.fullmatch(reason):
            raise StatementError(f"left out: {name} must be printable")
