"""Ours: the selector through its public verbs."""

from __future__ import annotations

import json

from selector.bandit import Selector

from benchmarks.selection.network import Network
from benchmarks.selection.protocol import (
    FetchSoFar,
    Host,
    Idle,
    Outcome,
    Plan,
    PlanRequest,
    Policy,
    Takeover,
)


class Mirrorwise(Policy):
    """Between visits only a snapshot remains, as in the browser."""

    _memory: str | None = None

    def arrive(self, now_s: float, network: Network) -> None:  # noqa: ARG002
        self._selector = Selector(self.seed, self.priors)
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
