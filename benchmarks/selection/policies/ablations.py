"""The engine with one part taken out, to see what that part is worth."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any, ClassVar

from benchmarks.selection.network import Network
from benchmarks.selection.policies.engine import Mirrorwise
from benchmarks.selection.protocol import FetchSoFar, Host, Plan, PlanRequest, Policy


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
        plan = super().plan(request)
        return Plan(plan.ranking, plan.plan, None, plan.stall_s)


class WithoutRescue(Mirrorwise):
    """Never moves a body that has begun."""

    def progress(self, so_far: FetchSoFar) -> Host | None:
        super().progress(so_far)
        return None


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
}
