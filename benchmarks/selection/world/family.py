"""A family of worlds: a distribution from which every viewer's scenario is drawn anew.

A list of scenarios can be fitted; a family has a new world for every viewer. All families share
the wide distribution `ANYTHING`, and each narrows it to what it is named for. Rates are drawn in
relation to the ladder, because a host is slow or fast only for what it has to deliver.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from benchmarks.selection.world.scenario import Scenario

Draw = Callable[[np.random.Generator], object]
STEPS = (0.07, 0.17, 0.28, 0.43, 0.66, 1.0)
"""The rates of a ladder as shares of its highest."""


def between(low: float, high: float) -> Draw:
    """Draw log-uniformly."""
    return lambda rng: float(math.exp(rng.uniform(math.log(low), math.log(high))))


def whole(low: int, high: int) -> Draw:
    """Draw a whole number log-uniformly."""
    return lambda rng: min(int(math.exp(rng.uniform(math.log(low), math.log(high + 1)))), high)


def one_of(*values: object) -> Draw:
    """Draw one of the values; twice the value, twice as likely."""
    return lambda rng: values[int(rng.integers(len(values)))]


def always(value: object) -> Draw:
    """Return the value itself."""
    return lambda _: value


ANYTHING: Mapping[str, Draw] = {
    "top_mbps": between(1.5, 12.0),
    "segment_s": one_of(2.0, 4.0, 4.0, 6.0),
    "minutes": between(1.0, 5.0),
    # Of the highest rate of the ladder: the median host, and the access link.
    "rate": between(0.3, 2.0),
    "access": between(1.5, 12.0),
    "mirrors": whole(1, 10),
    # Between hosts a factor of 100 lies within ±2 sd at 1.15.
    "rate_sd": between(0.15, 1.2),
    "viewer_sd": between(0.1, 0.5),
    "rtt_s": between(0.02, 0.2),
    "rtt_sd": between(0.2, 1.2),
    "path_kinds": one_of(
        ("steady", "steady", "web"), ("web",), ("busy", "web"), ("steady",), ("4g", "steady")
    ),
    "access_kind": one_of("steady", "steady", "web", "4g"),
    "prior": one_of("right", "right", "weak", "none", "wrong"),
    # As published (see `benchmarks.selection.faults`), and twice as often.
    "error_rate": one_of(0.0015, 0.003),
    "failures_per_s": one_of(1 / 3000, 1 / 1500),
}


@dataclass(frozen=True)
class Family:
    """A kind of world; `draws` narrow or widen `ANYTHING`."""

    name: str
    seed: int
    draws: Mapping[str, Draw] = field(default_factory=dict)
    visits: int = 1

    def of(self, viewer: int) -> Scenario:
        """Draw one viewer's scenario.

        >>> Family("any", 1).of(3) == Family("any", 1).of(3) != Family("any", 1).of(4)
        True
        """
        drawn = {}
        for name, draw in {**ANYTHING, **self.draws}.items():
            # Each parameter has a stream of its own, so that narrowing one leaves the others.
            drawn[name] = draw(np.random.default_rng([self.seed, viewer, crc32(name.encode())]))
        top, segment_s = float(str(drawn.pop("top_mbps"))), float(str(drawn["segment_s"]))
        minutes = float(str(drawn.pop("minutes")))
        rate, access = float(str(drawn.pop("rate"))), float(str(drawn.pop("access")))
        for name in ("request", "shared"):
            if name in drawn:
                drawn[f"{name}_mbps"] = top * float(str(drawn.pop(name)))
        return Scenario(
            self.name,
            self.seed,
            segments=max(4, round(60 * minutes / segment_s)),
            ladder_mbps=tuple(top * step for step in STEPS),
            rate_mbps=top * rate,
            access_mbps=top * access,
            visits=self.visits,
            **drawn,  # type: ignore[arg-type]
        )
