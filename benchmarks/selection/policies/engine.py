"""Ours: the engine, through its public interface."""

from __future__ import annotations

import json

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
from selector.bandit import Limits, Selector


class Mirrorwise(Policy):
    """The engine as it ships; between visits only its snapshot remains, as in the browser."""

    limits = Limits()
    _memory: str | None = None

    def arrive(self, now_s: float, network: Network) -> None:  # noqa: ARG002
        self._lacking: set[Host] = set()
        self._selector = Selector(self.seed, self.priors, self.limits)
        if self._memory:
            self._selector.restore(json.loads(self._memory))

    def plan(self, request: PlanRequest) -> Plan:
        # As in the page: hosts that lack the video are no candidates.
        holding = [host for host in request.hosts if host not in self._lacking]
        plan = self._selector.plan(request._replace(hosts=holding or request.hosts))
        return Plan(plan.ranking, plan.plan, plan.hedge, plan.stall_s, plan.parts)

    def progress(self, so_far: FetchSoFar) -> Host | None:
        return self._selector.progress(so_far).rescue

    def idle(self, idle: Idle) -> Takeover:
        return self._selector.idle(idle)

    def observe(self, outcome: Outcome) -> None:
        if outcome.is_missing:
            self._lacking.add(outcome.host)
        self._selector.observe(outcome)

    def leave(self, now_s: float) -> None:  # noqa: ARG002
        self._memory = json.dumps(self._selector.snapshot())


class AtMostHalf(Mirrorwise):
    """May send one extra request per two segments."""

    limits = Limits(extra_requests=0.5)


class AtMostQuarter(Mirrorwise):
    """May send one extra request per four segments."""

    limits = Limits(extra_requests=0.25)


class AtMostOne(Mirrorwise):
    """May send one extra request per segment."""

    limits = Limits(extra_requests=1.0)


class Whole(Mirrorwise):
    """Never splits a range."""

    limits = Limits(extra_requests=0.0)


LIMITED: dict[str, type[Mirrorwise]] = {
    "Mirrorwise, no extra requests": Whole,
    "Mirrorwise, .25 a segment": AtMostQuarter,
    "Mirrorwise, .5 a segment": AtMostHalf,
    "Mirrorwise, 1 a segment": AtMostOne,
}
