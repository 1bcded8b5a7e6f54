"""The record of one visit with one policy, fetch by fetch, for the timeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.selection.judging.experiment import play
from benchmarks.selection.viewer.player import Record
from benchmarks.selection.viewer.policy import Build, Host, Outcome, Policy
from benchmarks.selection.world.network import Listener, Network, Transfer
from benchmarks.selection.world.scenario import Situation
from benchmarks.selection.world.traces import Traces
from benchmarks.selection.world.world import World


@dataclass(frozen=True)
class Fetch:
    """One request: host, begin, end, and kind of outcome."""

    host: Host
    began_s: float
    ended_s: float
    kind: str


@dataclass(frozen=True)
class Story:
    """One visit: its hosts, its fetches, and the player's record."""

    hosts: tuple[Host, ...]
    fetches: list[Fetch]
    record: Record


class _Recorder:
    """Instruments a policy: records the transfers of its courier, and their outcomes."""

    def __init__(self, policy: Policy) -> None:
        self.transfers: list[Transfer] = []
        self.kinds: dict[tuple[Host, float], str] = {}
        self._arrive, self._observe = policy.arrive, policy.observe
        policy.arrive = self.arrive  # type: ignore[method-assign]
        policy.observe = self.observe  # type: ignore[method-assign]

    def arrive(self, now_s: float, network: Network) -> None:
        ask = network.ask

        def noted(host: Host, segment: int, size: float, listener: Listener) -> Transfer:
            self.transfers.append(ask(host, segment, size, listener))
            return self.transfers[-1]

        network.ask = noted  # type: ignore[method-assign]
        self._arrive(now_s, network)

    def observe(self, outcome: Outcome) -> None:
        self.kinds[outcome.host, outcome.total_s] = outcome.kind
        self._observe(outcome)


def tell(scenario: Situation, viewer: int, build: Build, traces: Traces) -> Story:
    """Play a viewer's first visit again, and return its record."""
    world = World(scenario, viewer, traces)
    policy = build(world.origin, world.hosts, world.priors, viewer)
    recorder = _Recorder(policy)
    [record] = play(world, [world.visit(0)], policy)
    fetches = [
        Fetch(
            t.host, t.asked_s, t.ended_s, recorder.kinds.get((t.host, t.ended_s - t.asked_s), "ok")
        )
        for t in recorder.transfers
        if t.ended_s is not None
    ]
    return Story(world.hosts, fetches, record)


def buffer_line(record: Record) -> Iterator[tuple[float, float]]:
    """Yield the vertices of the buffer curve: time, and media seconds ahead of the playhead.

    >>> from benchmarks.selection.viewer.player import Segment
    >>> segments = {0: Segment(1.0, 1.0, 1.0, 1.0), 1: Segment(1.0, 5.0, 1.0, 6.0)}
    >>> list(buffer_line(Record(2, segments, startup_s=1.0)))
    [(0.0, 0.0), (1.0, 0.0), (1.0, 4.0), (5.0, 0.0), (6.0, 0.0), (6.0, 4.0), (10.0, 0.0)]
    """
    at, ahead = 0.0, 0.0
    yield at, ahead
    arrived_s = 0.0
    for index in range(len(record.segments)):
        if index not in record.segments:
            break
        arrived_s = max(arrived_s, record.segments[index].arrived_s)
        if 0.0 < ahead < arrived_s - at:
            yield at + ahead, 0.0
        ahead = max(0.0, ahead - (arrived_s - at))
        at = arrived_s
        yield at, ahead
        ahead += record.segment_s
        yield at, ahead
    yield at + ahead, 0.0
