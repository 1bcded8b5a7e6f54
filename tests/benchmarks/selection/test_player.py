"""The simulated player: bit rate, buffer and stalls as in hls.js, for videos and live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.selection.judging.experiment import play
from benchmarks.selection.policies import POLICIES
from benchmarks.selection.viewer.player import Player, Throughput, level
from benchmarks.selection.viewer.policy import Outcome, Plan, PlanRequest, Policy
from benchmarks.selection.world.scenario import SEGMENT_S, Scenario
from benchmarks.selection.world.traces import Synthetic
from benchmarks.selection.world.world import Path, Visit, World

Flat = Callable[..., Path]
MakeVisit = Callable[..., Visit]


class Lone(Policy):
    """A policy that asks the only host, and records requests and outcomes."""

    def __init__(self) -> None:
        super().__init__("a", ("a",), {}, 0)
        self.asked: list[PlanRequest] = []
        self.told: list[Outcome] = []

    def plan(self, request: PlanRequest) -> Plan:
        self.asked.append(request)
        return Plan(("a",))

    def observe(self, outcome: Outcome) -> None:
        self.told.append(outcome)


def appearing(segments: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.maximum(np.arange(segments) - 2.0, 0.0) * SEGMENT_S


def test_the_estimate_starts_at_half_a_megabit_and_follows_what_came():
    estimate = Throughput()
    assert estimate.mbps == 0.5
    for _ in range(20):
        estimate.sample(2.0, 6.0)
    assert estimate.mbps == pytest.approx(6.0)


def test_the_bit_rate_rises_only_with_room_to_spare():
    assert level(6.0, 20.0, current=0) == 4
    assert level(6.2, 20.0, current=0) == 5
    assert level(4.6, 20.0, current=5) == 5
    assert level(0.2, 0.0, current=3) == 0


def test_a_live_stream_is_loaded_as_it_appears_and_its_buffer_does_not_grow(
    flat: Flat, flat_visit: MakeVisit
):
    visit = replace(flat_visit({"a": flat(20.0)}), appears_s=appearing(20))
    policy = Lone()
    record = Player(visit, policy, Throughput(), ("a",)).play()
    for index, request in enumerate(policy.asked):
        assert request.now_s - visit.start_s >= visit.appears_s[index]
        assert request.buffer_s <= 3 * SEGMENT_S
        assert request.segments_left is None
    assert len(record.segments) == 20
    assert record.stalled_s == 0.0


def test_a_live_stream_stalls_where_the_same_video_has_the_buffer_for_it(
    flat: Flat, flat_visit: MakeVisit
):
    capacity = [3e6] * 50 + [1e3] * 12 + [3e6] * 238
    video = flat_visit({"a": flat(1, capacity=capacity)})
    live = replace(video, appears_s=appearing(20))
    stalled_s = [
        Player(visit, Lone(), Throughput(), ("a",)).play().stalled_s for visit in (video, live)
    ]
    assert stalled_s[0] == 0.0
    assert stalled_s[1] > 2.0


def test_what_peers_bring_touches_no_host_and_no_policy(flat: Flat, flat_visit: MakeVisit):
    by_peers = np.arange(20) % 2 == 1
    visit = replace(flat_visit({"a": flat(8.0)}), peer_mbps=np.where(by_peers, 6.0, 0.0))
    policy = Lone()
    record = Player(visit, policy, Throughput(), ("a",)).play()
    assert len(record.segments) == 20
    assert len(policy.asked) == len(policy.told) == record.requests == 10
    assert record.from_peers == 10
    assert record.received == pytest.approx(record.useful, abs=20)


def test_peers_bring_the_same_segments_to_every_policy():
    world = World(Scenario("peers", 41, peer_share=0.4, segments=15), 0, Synthetic())
    counts = set()
    for name in ("Mirrorwise", "PeerTube today", "origin only"):
        policy = POLICIES[name](world.origin, world.hosts, world.priors, 0)
        counts |= {record.from_peers for record in play(world, [world.visit(0)], policy)}
    assert len(counts) == 1
