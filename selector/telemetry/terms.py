"""The terms of reporting, which an admin sets, and the context of a report."""

from typing import NamedTuple

from ..bandit.checks import integer, mapping, number
from .report import CONNECTIONS, EPSILON_MAX, EPSILON_MIN, HOURS, ZONES

HOSTS_MAX = 4
LEAST_EPSILON = EPSILON_MIN * HOSTS_MAX
MOST_CONTROL = 0.5


class Terms(NamedTuple):
    """ε per viewer and day, maximal number of hosts reported, share of days in the control group.

    The default is one host, because k hosts share ε: two at ε = 1 tell less than one at ε = 2 (see
    benchmarks/reports).
    """

    epsilon: float = 2.0
    hosts: int = 1
    control: float = 0.05

    @property
    def epsilons(self) -> tuple[float, ...]:
        """Return the ε that a report may have: if k hosts are reported, each report has ε / k.

        >>> Terms(epsilon=2.0, hosts=2).epsilons
        (2.0, 1.0)
        """
        return tuple(self.epsilon / told for told in range(1, self.hosts + 1))

    @classmethod
    def from_json(cls, value: object, field: str) -> "Terms":
        """Return the terms that `value` holds, or raise `FieldError` naming the field.

        >>> Terms.from_json({"epsilon": 1, "hosts": 1, "control": 0.1}, "terms")
        Terms(epsilon=1.0, hosts=1, control=0.1)
        """
        data = mapping(value, field, 16)
        return cls(
            number(data.get("epsilon"), f"{field}.epsilon", LEAST_EPSILON, EPSILON_MAX),
            integer(data.get("hosts"), f"{field}.hosts", 1, HOSTS_MAX),
            number(data.get("control"), f"{field}.control", 0.0, MOST_CONTROL),
        )


class Context(NamedTuple):
    """Kind of connection, time zone and time of day, as coarse as in a report."""

    connection: int
    zone: int
    hours: int

    @classmethod
    def from_json(cls, value: object, field: str) -> "Context":
        """Return the context that `value` holds, or raise `FieldError` naming the field."""
        data = mapping(value, field, 16)
        most = {"connection": len(CONNECTIONS), "zone": ZONES, "hours": HOURS}
        return cls(
            *(integer(data.get(name), f"{field}.{name}", 0, most[name] - 1) for name in cls._fields)
        )

    @classmethod
    def at(cls, now_s: float, connection: int, utc_offset_min: float) -> "Context":
        """Return the context at `now_s` on a clock `utc_offset_min` ahead of UTC.

        >>> Context.at(1_778_783_400.0, 2, 120.0)  # 18:30 in UTC, 20:30 here
        Context(connection=2, zone=4, hours=3)
        """
        zone = min(max(int(utc_offset_min // 180) + 4, 0), ZONES - 1)
        return cls(connection, zone, int((now_s / 60 + utc_offset_min) // 360) % HOURS)


CONTEXTS = tuple(
    Context(connection, zone, hours)
    for connection in range(len(CONNECTIONS))
    for zone in range(ZONES)
    for hours in range(HOURS)
)
"""All possible contexts."""
