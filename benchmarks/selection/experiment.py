"""Every policy for every viewer of every scenario, in the same worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from benchmarks.selection.metrics import Score, score
from benchmarks.selection.network import Network
from benchmarks.selection.player import Player, Throughput
from benchmarks.selection.protocol import (
    FetchSoFar,
    Host,
    HostPrior,
    Idle,
    Outcome,
    Plan,
    PlanRequest,
    Policy,
    Takeover,
)
from benchmarks.selection.scenario import Scenario
from benchmarks.selection.traces import Traces
from benchmarks.selection.world import Visit, World

Build = Callable[[Host, tuple[Host, ...], Mapping[Host, HostPrior], int], Policy]


class _Timed(Policy):
    """A policy, and how long it thought."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy.origin, policy.hosts, policy.priors, policy.seed)
        self._policy = policy
        self.error_wait_s = policy.error_wait_s
        self.decisions = 0
        self.seconds = 0.0

    def arrive(self, now_s: float, network: Network) -> None:
        self._policy.arrive(now_s, network)

    def plan(self, request: PlanRequest) -> Plan:
        self.decisions += 1
        began = perf_counter()
        plan = self._policy.plan(request)
        self.seconds += perf_counter() - began
        return plan

    def progress(self, so_far: FetchSoFar) -> Host | None:
        return self._policy.progress(so_far)

    def idle(self, idle: Idle) -> Takeover | None:
        return self._policy.idle(idle)

    def observe(self, outcome: Outcome) -> None:
        began = perf_counter()
        self._policy.observe(outcome)
        self.seconds += perf_counter() - began

    def leave(self, now_s: float) -> None:
        self._policy.leave(now_s)


def watch(world: World, visits: Sequence[Visit], build: Build) -> Score:
    """Let one viewer pay all visits with one policy."""
    policy = _Timed(build(world.origin, world.hosts, world.priors, world.viewer))
    throughput = Throughput()
    records = [Player(visit, policy, throughput, world.hosts).play() for visit in visits]
    return score(records, policy.decisions, policy.seconds)


@dataclass(frozen=True)
class Result:
    """One cell: a scenario, a viewer, a policy."""

    scenario: str
    viewer: int
    policy: str
    score: Score


def run(
    scenarios: Sequence[Scenario], viewers: int, policies: Mapping[str, Build], traces: Traces
) -> Iterator[Result]:
    """Yield every cell, one viewer's world at a time."""
    for scenario in scenarios:
        for viewer in range(viewers):
            world = World(scenario, viewer, traces)
            visits = [world.visit(number) for number in range(scenario.visits)]
            for name, build in policies.items():
                yield Result(scenario.name, viewer, name, watch(world, visits, build))
