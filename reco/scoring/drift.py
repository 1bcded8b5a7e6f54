"""When taste shifted: River's ADWIN over what speaks for the videos that are played.

For every feature the detector sees by how much the played video exceeded what could have
been played instead. A shift is a change of that mean (Bifet and Gavaldà, 2007).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from river.drift import ADWIN

# Ten detectors look at every comparison for months: a false alarm must be much rarer than
# ADWIN's usual .002.
CONFIDENCE = 1e-5
KEPT = 1_000


class Shift(NamedTuple):
    """At `at_s`, what was played began to exceed its rivals by `after`, no more by `before`."""

    at_s: float
    feature: str
    before: float
    after: float


def _detector() -> ADWIN:
    from river.drift import ADWIN

    return ADWIN(delta=CONFIDENCE)  # type: ignore[no-untyped-call]


class Drift:
    """The detectors, and the log for the operator."""

    def __init__(self) -> None:
        self._detectors: dict[str, ADWIN] = {}
        self.shifts: list[Shift] = []

    def observe(self, excess: Mapping[str, float], at_s: float) -> None:
        """Learn by how much one played video exceeded its rivals."""
        for feature, value in excess.items():
            detector = self._detectors.setdefault(feature, _detector())
            before = detector.estimation
            detector.update(value)  # type: ignore[no-untyped-call]
            if detector.drift_detected:
                self.shifts.append(Shift(at_s, feature, before, detector.estimation))
                del self.shifts[:-KEPT]
