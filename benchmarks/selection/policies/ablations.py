"""The engine with one part taken out, to see what that part is worth."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib import import_module
from typing import Any, ClassVar

from selector.bandit.decisions.in_flight import Flights

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


class WithoutPrior(Mirrorwise):
    """Hears nothing from the fleet."""

    def arrive(self, now_s: float, network: Network) -> None:
        self.priors = {}
        super().arrive(now_s, network)


class WithoutMemory(Mirrorwise):
    """Starts anew at every visit."""

    def leave(self, now_s: float) -> None:
        """Keep nothing."""


class WithoutHedge(Mirrorwise):
    """Waits for its first choice."""

    def plan(self, request: PlanRequest) -> Plan:
        return replace(super().plan(request), hedge=None)


class WithoutRescue(Mirrorwise):
    """Never moves a body that has begun."""

    def progress(self, so_far: FetchSoFar) -> Host | None:
        super().progress(so_far)
        return None


class WithoutTakeover(Mirrorwise):
    """Lets a host that has brought its part rest."""

    def idle(self, idle: Idle) -> Takeover:
        return super().idle(idle._replace(parts=[]))


class NoFlights(Flights):
    """Forgets at once what is under way."""

    def begin(self, plan: int, host: Host, size: float, time_s: float) -> None:
        """Note nothing."""


class WithoutFlights(Mirrorwise):
    """Does not know what it is fetching already."""

    def arrive(self, now_s: float, network: Network) -> None:
        super().arrive(now_s, network)
        self._selector._state.flights = NoFlights()


class _Constant(Mirrorwise):
    """Has one constant of the engine changed, for as long as a visit lasts."""

    module: ClassVar[str]
    constant: ClassVar[str]
    value: ClassVar[float]

    def arrive(self, now_s: float, network: Network) -> None:
        self._module: Any = import_module(f"selector.bandit.{self.module}")
        self._original = getattr(self._module, self.constant)
        setattr(self._module, self.constant, self.value)
        super().arrive(now_s, network)

    def leave(self, now_s: float) -> None:
        super().leave(now_s)
        setattr(self._module, self.constant, self._original)


class WithoutExploring(_Constant):
    """Never asks a host to learn about it."""

    module, constant, value = "decision", "WORTH_MIN", math.inf


class WithoutSlices(_Constant):
    """Tries uncertain hosts with whole ranges."""

    module, constant, value = "split", "SLICE_SHARE", 1.0


class WithoutCare(_Constant):
    """Gives parts to hosts that have just failed, and tries them to learn of them."""

    module, constant, value = "cost", "SOUND_P_FAIL_MAX", 1.0


class AlwaysSplitting(_Constant):
    """Splits also where the viewer would not notice."""

    module, constant, value = "split", "CALM_SEGMENTS", math.inf


class WithoutDraw(_Constant):
    """Always asks the cheapest host, however near the next."""

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
    "without counting own fetches": WithoutFlights,
}
