"""Shared hosts: max-min fairness, conservation of bytes, reproducible crowds."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.crowd.crowd import play, watch
from benchmarks.crowd.policies import LeastLoaded, Proportional, policies
from benchmarks.crowd.pool import Pool, SharedNetwork
from benchmarks.crowd.scenario import BITRATE_MBPS, SCENARIOS, Scenario, World
from benchmarks.crowd.sharing import max_min
from benchmarks.selection.policies.engine import Mirrorwise
from benchmarks.selection.world.network import Clock, Transfer
from benchmarks.selection.world.scenario import SEGMENT_S
from benchmarks.selection.world.world import BYTES_PER_MBIT

SMALL = Scenario("small", viewers=6, segments=8, arrive_s=5.0)
MB = 1_000_000.0


class Recorder:
    """Records when transfers end."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ended_s: dict[Transfer, float] = {}

    def first_byte(self, transfer: Transfer) -> None:
        pass

    def ended(self, transfer: Transfer, kind: str, status: int | None) -> None:  # noqa: ARG002
        self.ended_s[transfer] = self.clock.now


def crowd_on(
    host_mbps: list[float], access_mbps: list[float]
) -> tuple[Clock, list[SharedNetwork], Recorder]:
    """Return a clock and a network per viewer, on unchanging hosts a millisecond away."""
    scenario = replace(
        SMALL, shares=tuple(m / sum(host_mbps) for m in host_mbps), viewers=len(access_mbps)
    )
    world, clock = World(scenario, 0), Clock()
    capacity = {
        host: np.full(world.seconds, mbps * BYTES_PER_MBIT)
        for host, mbps in zip(world.hosts, host_mbps, strict=True)
    }
    pool = Pool(clock, capacity, np.array(access_mbps) * BYTES_PER_MBIT)
    networks = []
    for number in range(len(access_mbps)):
        visit = world.visit(number)
        near = {
            host: replace(path, rtt_s=[0.001] * world.seconds, think_s=0.0)
            for host, path in visit.paths.items()
        }
        networks.append(SharedNetwork(replace(visit, paths=near), pool, number))
    return clock, networks, Recorder(clock)


def test_a_lone_viewer_gets_the_narrower_of_link_and_host():
    for host_mbps, access_mbps in ((8.0, 80.0), (80.0, 8.0)):
        clock, [network], recorder = crowd_on([host_mbps], [access_mbps])
        transfer = network.ask("https://origin.example", 0, 4 * MB, recorder)
        clock.run(60.0)
        assert recorder.ended_s[transfer] == pytest.approx(4.0, rel=0.01)
        assert transfer.got == 4 * MB


def test_viewers_of_one_host_share_it_equally_except_whom_their_own_link_limits():
    clock, networks, recorder = crowd_on([16.0], [2.0, 100.0, 100.0])
    transfers = [
        network.ask("https://origin.example", 0, 100 * MB, recorder) for network in networks
    ]
    clock.run(10.0)
    clock.now = 10.0
    got = [network.settle(transfer) for network, transfer in zip(networks, transfers, strict=True)]
    assert got == pytest.approx([2.5 * MB, 8.75 * MB, 8.75 * MB], rel=0.01)


def test_two_bodies_on_one_connection_count_as_one_viewer():
    clock, [first, second], recorder = crowd_on([16.0], [100.0, 100.0])
    twice = [first.ask("https://origin.example", n, 100 * MB, recorder) for n in (0, 1)]
    once = second.ask("https://origin.example", 0, 100 * MB, recorder)
    clock.run(10.0)
    clock.now = 10.0
    assert [first.settle(t) for t in twice] == pytest.approx([5 * MB, 5 * MB], rel=0.01)
    assert second.settle(once) == pytest.approx(10 * MB, rel=0.01)


def test_slow_start_limits_a_body_to_a_doubling_window_per_round_trip():
    world, clock = World(replace(SMALL, shares=(1.0,), viewers=1), 0), Clock()
    pool = Pool(clock, {"https://origin.example": np.full(world.seconds, 1e9)}, np.array([1e9]))
    visit, recorder = world.visit(0), Recorder(clock)
    path = replace(
        visit.paths["https://origin.example"],
        rtt_s=[0.1] * world.seconds,
        think_s=0.0,
        jitter=np.ones(20 * world.seconds),
    )
    network = SharedNetwork(replace(visit, paths={"https://origin.example": path}), pool, 0)
    transfer = network.ask("https://origin.example", 0, 7 * 14_600.0, recorder)
    clock.run(5.0)
    # Three round trips to the first byte of a cold connection, then 1 + 2 + 4 windows.
    assert recorder.ended_s[transfer] == pytest.approx(0.6)


flows = st.lists(
    st.tuples(st.floats(0.1, 50.0), st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=12
)


@settings(max_examples=60, deadline=None)
@given(flows, st.lists(st.floats(1.0, 100.0), min_size=7, max_size=7))
def test_rates_are_max_min_fair(wanted: list[tuple[float, int, int]], links: list[float]):
    """Each flow has what it wants, or crosses a full link on which nobody has more."""
    most, host, viewer = (np.array(column) for column in zip(*wanted, strict=True))
    crossed = np.stack((host, viewer + 3))
    capacity = np.array(links)
    rate = max_min(np.ones(len(most)), most, crossed, capacity)
    load = np.bincount(crossed.ravel(), weights=np.tile(rate, 2), minlength=7)
    assert (load <= capacity * (1 + 1e-6)).all()
    for flow, (a, b) in enumerate(crossed.T):
        full = [
            link
            for link in (a, b)
            if load[link] >= capacity[link] * (1 - 1e-6)
            and rate[flow] >= rate[(crossed == link).any(axis=0)].max() * (1 - 1e-6)
        ]
        assert full or rate[flow] == pytest.approx(most[flow])


@pytest.mark.parametrize("build", [LeastLoaded, Mirrorwise])
def test_hosts_send_exactly_the_bytes_that_viewers_receive(build: type):
    pool, records = play(World(SMALL, 3), build)
    received = sum(record.received for record in records)
    assert pool.delivered.sum() == pytest.approx(received, rel=1e-6)
    assert not any(pool.load.values())


def test_no_host_sends_more_than_it_can():
    pool, _ = play(World(replace(SMALL, viewers=20, capacity=1.0), 3), Proportional)
    assert (pool.delivered <= pool.capacity * (1 + 1e-6)).all()


def test_every_segment_is_fetched_at_the_same_bit_rate():
    _, records = play(World(SMALL, 3), LeastLoaded)
    for record in records:
        assert {segment.mbps for segment in record.segments.values()} == {BITRATE_MBPS}
        assert record.useful == SMALL.segments * SEGMENT_S * BITRATE_MBPS * BYTES_PER_MBIT


def test_the_same_seed_gives_the_same_crowd_and_another_seed_another():
    once, again = (watch(World(SMALL, 1), Mirrorwise) for _ in range(2))
    assert once == again
    assert once != watch(World(SMALL, 2), Mirrorwise)


def test_a_crowd_stalls_when_all_follow_one_ranking_and_not_when_they_know_the_load():
    steering = policies()["content steering, ranking every 5 min"]
    scenario = replace(SMALL, viewers=20, segments=12, capacity=1.5)
    assert watch(World(scenario, 1), steering).stalled > 0.05
    assert watch(World(scenario, 1), LeastLoaded).stalled < 0.01


def test_all_hosts_together_carry_what_the_scenario_promises():
    for scenario in SCENARIOS:
        world = World(scenario, 1)
        total = sum(capacity[0] for capacity in world.capacity.values())
        demand = scenario.viewers * BITRATE_MBPS * BYTES_PER_MBIT
        assert total == pytest.approx(scenario.capacity * demand)
