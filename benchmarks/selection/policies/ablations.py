"""Ablations: the engine with one part removed, to measure what that part is worth."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib import import_module
from typing import Any, ClassVar

from benchmarks.selection.policies.engine import Mirrorwise
from benchmarks.selection.viewer.policy import (
    FetchSoFar,
    Host,
    Idle,
    Plan,
    PlanRequest,
    Policy,
    Takeover,
)
from benchmarks.selection.world.network import Network
from selector.bandit.decisions.in_flight import InFlightRequests


class WithoutPrior(Mirrorwise):
    """Has no prior from the fleet."""

    def arrive(self, now_s: float, network: Network) -> None:
        self.priors = {}
        super().arrive(now_s, network)


class WithoutMemory(Mirrorwise):
    """Starts every visit without a snapshot."""

    def leave(self, now_s: float) -> None:
        """Keep nothing."""


class WithoutHedge(Mirrorwise):
    """Never hedges."""

    def plan(self, request: PlanRequest) -> Plan:
        return replace(super().plan(request), hedge=None)


class WithoutRescue(Mirrorwise):
    """Never rescues a slow body."""

    def progress(self, so_far: FetchSoFar) -> Host | None:
        super().progress(so_far)
        return None


class WithoutTakeover(Mirrorwise):
    """Lets no host take over the end of another's part."""

    def idle(self, idle: Idle) -> Takeover:
        return super().idle(idle._replace(parts=[]))


class NoInFlightRequests(InFlightRequests):
    """Stores no in-flight request."""

    def begin(self, plan: int, host: Host, size: float, time_s: float) -> None:
        """Note nothing."""


class WithoutInFlight(Mirrorwise):
    """Does not know its own in-flight requests."""

    def arrive(self, now_s: float, network: Network) -> None:
        super().arrive(now_s, network)
        self._selector._state.in_flight = NoInFlightRequests()


class _Constant(Mirrorwise):
    """Changes one constant of `selector.bandit.decisions` while a visit lasts."""

    module: ClassVar[str]
    constant: ClassVar[str]
    value: ClassVar[float]

    def arrive(self, now_s: float, network: Network) -> None:
        self._module: Any = import_module(f"selector.bandit.decisions.{self.module}")
        self._original = getattr(self._module, self.constant)
        setattr(self._module, self.constant, self.value)
        super().arrive(now_s, network)

    def leave(self, now_s: float) -> None:
        super().leave(now_s)
        setattr(self._module, self.constant, self._original)


class WithoutExploring(_Constant):
    """Never explores."""

    module, constant, value = "decision", "WORTH_MIN", math.inf


class WithoutSlices(_Constant):
    """Explores with whole ranges instead of a range's end."""

    module, constant, value = "split", "SLICE_SHARE", 1.0


class WithoutCare(_Constant):
    """Gives parts to hosts that have just failed, and explores them."""

    module, constant, value = "cost", "SOUND_P_FAIL_MAX", 1.0


class AlwaysSplitting(_Constant):
    """Splits also where the viewer would not notice."""

    module, constant, value = "split", "CALM_SEGMENTS", math.inf


class WithoutDraw(_Constant):
    """Never draws among near-ties."""

    module, constant, value = "decision", "TIE", 1.0


ABLATIONS: dict[str, type[Policy]] = {
    "without prior": WithoutPrior,
    "without memory": WithoutMemory,
    "without hedge": WithoutHedge,
    "without rescue": WithoutRescue,
    "without exploring": WithoutExploring,
    "without draw": WithoutDraw,
    "without takeovers": WithoutTakeover,
    "without tail slices": WithoutSlices,
    "without care for failures": WithoutCare,
    "without sparing requests": AlwaysSplitting,
    "without counting own fetches": WithoutInFlight,
}
