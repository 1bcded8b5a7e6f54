"""The schema of a host-quality report: names, ranges and meanings of its fields.

A report answers exactly one question about one host, and the answer has passed through
randomised response (see `noise`). The service validates, stores and documents reports with
`FIELDS`; its estimates are computed from pairs of (`Report`, number of equal reports).
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

from ..bandit.checks import FieldError, host, integer, mapping, number
from .day import checked_day

Question = Literal["ttfb", "rate", "error", "missing"]
QUESTIONS: tuple[Question, ...] = get_args(Question)

TTFB_EDGES_S = tuple(0.025 * 2.0**step for step in range(7))
"""Edges of the eight TTFB buckets: .025, .05 … 1.6 s. A host that never answered is in the last."""

RATE_EDGES_BPS = tuple(1e6 * 2.0**step for step in range(7))
"""Edges of the eight rate buckets: 1, 2 … 64 Mbit/s. A host that sent nothing is in the first."""

BUCKETS = 8
ANSWERS: Mapping[Question, int] = {"ttfb": BUCKETS, "rate": BUCKETS, "error": 2, "missing": 2}
"""How many answers each question has."""

EPSILON_MIN, EPSILON_MAX = 0.1, 8.0


class Field(NamedTuple):
    """One field: a whole number from `low` to `high` unless its name is day, host or epsilon."""

    name: str
    low: float
    high: float
    noised: bool
    meaning: str


CONNECTIONS = ("unknown", "wired", "wifi", "cellular")
ZONES, HOURS = 8, 4

FIELDS: tuple[Field, ...] = (
    Field("day", 10, 10, False, "day in UTC on which the host was used, such as 2026-05-14"),
    Field("host", 8, 300, False, "origin of the host's URL, never a path"),
    Field("epsilon", EPSILON_MIN, EPSILON_MAX, False, "ε that the answer was noised with"),
    Field(
        "connection",
        0,
        len(CONNECTIONS) - 1,
        False,
        "kind of connection: " + ", ".join(CONNECTIONS),
    ),
    Field("zone", 0, ZONES - 1, False, "band of three hours of time zone; 4 is UTC to UTC+2:59"),
    Field(
        "hours",
        0,
        HOURS - 1,
        False,
        "quarter of the viewer's day: night, morning, afternoon, evening",
    ),
    Field("control", 0, 1, False, "1 when today's coin made the player pick as PeerTube does"),
    Field("ttfb", 0, 7, True, "bucket of the day's median time to first byte; null when not asked"),
    Field("rate", 0, 7, True, "bucket of the day's median rate; null when not asked"),
    Field("error", 0, 1, True, "1 when any fetch of the day failed; null when not asked"),
    Field(
        "missing",
        0,
        1,
        True,
        "1 when the host lacked the file of a fetch of the day, drawn at random; null or absent "
        "when not asked",
    ),
)
"""`low` and `high` are lengths for `day` and `host`. Only `noised` fields carry measurements.

The others are not noised: the instance that receives a report sees its address and its time, has
listed the hosts of the video itself, and has set `epsilon`; `control` is a random draw.
"""


class Report(NamedTuple):
    """One noised answer; of `ttfb`, `rate`, `error` and `missing` exactly one is not None."""

    day: str
    host: str
    epsilon: float
    connection: int
    zone: int
    hours: int
    control: int
    ttfb: int | None = None
    rate: int | None = None
    error: int | None = None
    missing: int | None = None

    @property
    def question(self) -> Question:
        """Name of the question that was asked."""
        return next(name for name in QUESTIONS if getattr(self, name) is not None)

    @property
    def answer(self) -> int:
        """Number of the answer."""
        return int(getattr(self, self.question))

    def answered(self, question: Question, answer: int) -> "Report":
        """Return the report with this as its only answer."""
        told: dict[str, Any] = {name: answer if name == question else None for name in QUESTIONS}
        return self._replace(**told)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON-safe values.

        `missing` is left out unless it is the answer: services of 0.2 do not know the field.
        """
        data = self._asdict()
        if self.missing is None:
            del data["missing"]
        return data


def from_json(value: object, field: str = "report") -> Report:
    """Return the report that `value` holds, or raise `FieldError` naming the field.

    >>> from_json({"day": "2026-05-14", "host": "https://mirror.example", "epsilon": 2,
    ...     "connection": 2, "zone": 4, "hours": 3, "control": 0, "ttfb": 3}).question
    'ttfb'
    """
    data = mapping(value, field, len(FIELDS))
    unknown = data.keys() - set(Report._fields)
    if unknown:
        raise FieldError(f"{field}.{min(unknown)[:40]}", "is not a field of a report")
    checked: dict[str, Any] = {
        each.name: _checked(data.get(each.name), field, each) for each in FIELDS
    }
    report = Report(**checked)
    if sum(getattr(report, name) is not None for name in QUESTIONS) != 1:
        raise FieldError(field, f"must answer exactly one of {', '.join(QUESTIONS)}")
    return report


def _checked(value: object, report: str, field: Field) -> str | float | None:
    path = f"{report}.{field.name}"
    if field.name == "day":
        return checked_day(value, path)
    if field.name == "host":
        return host(value, path)
    if field.name == "epsilon":
        return number(value, path, field.low, field.high)
    if value is None and field.noised:
        return None
    return integer(value, path, int(field.low), int(field.high))
