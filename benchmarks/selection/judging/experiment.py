"""The experiment: every policy plays every viewer of every scenario, in the same worlds."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import Pool
from time import monotonic, perf_counter

from benchmarks.selection.judging.metrics import Score, score
from benchmarks.selection.viewer.player import Player, Record, Throughput
from benchmarks.selection.viewer.policy import (
    FAILURES,
    Build,
    Outcome,
    OutcomeKind,
    Plan,
    PlanRequest,
    Policy,
)
from benchmarks.selection.world.scenario import Situation
from benchmarks.selection.world.traces import Traces
from benchmarks.selection.world.world import Visit, World

Cell = tuple[str, int, str]
"""Scenario, viewer, policy."""
Task = tuple[Situation, int, Sequence[str]]


@dataclass(frozen=True)
class Result:
    """One cell and its score."""

    scenario: str
    viewer: int
    policy: str
    score: Score


class _Instrumented:
    """Instruments a policy: counts its decisions, the time that they took, and its errors."""

    def __init__(self, policy: Policy) -> None:
        self.decisions, self.seconds = 0, 0.0
        self.errors: Counter[OutcomeKind] = Counter()
        self._plan, self._observe = policy.plan, policy.observe
        policy.plan = self.plan  # type: ignore[method-assign]
        policy.observe = self.observe  # type: ignore[method-assign]

    def plan(self, request: PlanRequest) -> Plan:
        began = perf_counter()
        plan = self._plan(request)
        self.seconds += perf_counter() - began
        self.decisions += 1
        return plan

    def observe(self, outcome: Outcome) -> None:
        began = perf_counter()
        self._observe(outcome)
        self.seconds += perf_counter() - began
        if outcome.kind in FAILURES:
            self.errors[outcome.kind] += 1


def play(world: World, visits: Sequence[Visit], policy: Policy) -> list[Record]:
    """Play all visits of one viewer."""
    throughput = Throughput()
    return [Player(visit, policy, throughput, world.hosts).play() for visit in visits]


def watch(world: World, visits: Sequence[Visit], build: Build) -> Score:
    """Play all visits of one viewer with one policy, and return the score."""
    policy = build(world.origin, world.hosts, world.priors, world.viewer)
    instrumented = _Instrumented(policy)
    records = play(world, visits, policy)
    return score(records, instrumented.errors, instrumented.decisions, instrumented.seconds)


@dataclass(frozen=True)
class Experiment:
    """The policies and the traces, which are the same for all viewers."""

    policies: Mapping[str, Build]
    traces: Traces

    def of(self, task: Task) -> list[Result]:
        """Run some policies for one viewer; return a cell for each."""
        scenario, viewer, names = task
        world = World(scenario, viewer, self.traces)
        visits = [world.visit(number) for number in range(scenario.visits)]
        return [
            Result(scenario.name, viewer, name, watch(world, visits, self.policies[name]))
            for name in names
        ]

    def run(
        self,
        scenarios: Sequence[Situation],
        viewers: int,
        jobs: int = 1,
        known: Collection[Cell] = (),
    ) -> Iterator[Result]:
        """Yield every cell that is not `known`, one viewer's world at a time."""
        tasks = []
        for scenario in scenarios:
            for viewer in range(viewers):
                names = [n for n in self.policies if (scenario.name, viewer, n) not in known]
                if names:
                    tasks.append((scenario, viewer, names))
        if jobs == 1:
            for task in tasks:
                yield from self.of(task)
            return
        with Pool(jobs, _remember, (self,)) as pool:
            for results in pool.imap(_of, tasks):
                yield from results


def with_progress(results: Iterator[Result], total: int) -> Iterator[Result]:
    """Pass on `total` results; print progress and remaining time on stderr."""
    began = monotonic()
    for done, result in enumerate(results, 1):
        yield result
        if done % 20 == 0 or done == total:
            left_s = (monotonic() - began) / done * (total - done)
            status = f"{result.scenario}: {done} of {total}, {left_s:.0f} s left"
            print(f"\r{status:60}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


_experiment: Experiment


def _remember(experiment: Experiment) -> None:
    """Store the experiment in a worker process, for the tasks that it will get."""
    global _experiment
    _experiment = experiment


def _of(task: Task) -> list[Result]:
    return _experiment.of(task)
