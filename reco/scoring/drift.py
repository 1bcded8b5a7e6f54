"""Drift detection: shifts of the viewers' taste, found with River's ADWIN.

Each feature has a detector. Its input is the difference between the played video and the sampled
rivals; a shift is a change of the mean difference (Bifet and Gavaldà, 2007).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from river.drift import ADWIN

# ADWIN's δ. A detector for each feature sees every comparison for months, so that false alarms must
# be much rarer than with its default of .002.
CONFIDENCE = 1e-5
MAX_SHIFTS = 1_000


class Shift(NamedTuple):
    """At `at_s` the mean excess of played videos over rivals went from `before` to `after`."""

    at_s: float
    feature: str
    before: float
    after: float


def _detector() -> ADWIN:
    from river.drift import ADWIN

    return ADWIN(delta=CONFIDENCE)  # type: ignore[no-untyped-call]


class Drift:
    """One detector per feature, and the list of shifts for the operator."""

    def __init__(self) -> None:
        self._detectors: dict[str, ADWIN] = {}
        self.shifts: list[Shift] = []

    def observe(self, excess: Mapping[str, float], at_s: float) -> None:
        """Pass each feature's excess of one played video over its rivals to its detector."""
        for feature, value in excess.items():
            if feature not in self._detectors:
                self._detectors[feature] = _detector()
            detector = self._detectors[feature]
            before = detector.estimation
            detector.update(value)  # type: ignore[no-untyped-call]
            if detector.drift_detected:
                self.shifts.append(Shift(at_s, feature, before, detector.estimation))
                del self.shifts[:-MAX_SHIFTS]
