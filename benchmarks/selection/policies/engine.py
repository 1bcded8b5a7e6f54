"""Ours: the selector through its public verbs."""

from __future__ import annotations

import json

from selector.bandit import Limits, Selector

from benchmarks.selection.viewer.policy import (
    FetchSoFar,
    Host,
    Idle,
    Outcome,
    Plan,
    PlanRequest,
    Policy,
    Takeover,
)
from benchmarks.selection.world.network import Network


class Mirrorwise(Policy):
    """Between visits only a snapshot remains, as in the browser."""

    limits = Limits()
    _memory: str | None = None

    def arrive(self, now_s: float, network: Network) -> None:  # noqa: ARG002
        self._selector = Selector(self.seed, self.priors, self.limits)
        if self._memory:
            self._selector.restore(json.loads(self._memory))

    def plan(self, request: PlanRequest) -> Plan:
        plan = self._selector.plan(request)
        return Plan(plan.ranking, plan.plan, plan.hedge, plan.stall_s, plan.parts)

    def progress(self, so_far: FetchSoFar) -> Host | None:
        return self._selector.progress(so_far).rescue

    def idle(self, idle: Idle) -> Takeover:
        return self._selector.idle(idle)

    def observe(self, outcome: Outcome) -> None:
        self._selector.observe(outcome)

    def leave(self, now_s: float) -> None:  # noqa: ARG002
        self._memory = json.dumps(self._selector.snapshot())


class AtMostHalf(Mirrorwise):
    """Is allowed one extra request in two segments."""

    limits = Limits(extra_requests=0.5)


class AtMostQuarter(Mirrorwise):
    """Is allowed one extra request in four segments."""

    limits = Limits(extra_requests=0.25)


class AtMostOne(Mirrorwise):
    """Is allowed one extra request a segment."""

    limits = Limits(extra_requests=1.0)


class Whole(Mirrorwise):
    """Never shares a range out."""

    limits = Limits(extra_requests=0.0)


LIMITED: dict[str, type[Mirrorwise]] = {
    "Mirrorwise, no extra requests": Whole,
    "Mirrorwise, .25 a segment": AtMostQuarter,
    "Mirrorwise, .5 a segment": AtMostHalf,
    "Mirrorwise, 1 a segment": AtMostOne,
}
