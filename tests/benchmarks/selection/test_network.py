"""The network: fair sharing of links and hosts, connection set-up and slow start of TCP."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from benchmarks.selection.world.network import Clock, Network, Transfer
from benchmarks.selection.world.scenario import Scenario
from benchmarks.selection.world.traces import Synthetic
from benchmarks.selection.world.world import (
    BYTES_PER_MBIT,
    INITIAL_WINDOW,
    Fault,
    Path,
    Visit,
    World,
)

Flat = Callable[..., Path]
MakeVisit = Callable[..., Visit]


class Diary:
    """Records the events of transfers, and their times."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.begun: dict[Transfer, float] = {}
        self.over: dict[Transfer, tuple[float, str, int | None]] = {}

    def first_byte(self, transfer: Transfer) -> None:
        self.begun[transfer] = self.clock.now

    def ended(self, transfer: Transfer, kind: str, status: int | None) -> None:
        self.over[transfer] = (self.clock.now, kind, status)


def start(visit: Visit) -> tuple[Network, Diary]:
    clock = Clock()
    return Network(visit, clock), Diary(clock)


def wait(network: Network, until_s: float) -> None:
    network.clock.run(until_s)
    network.clock.now = until_s


def test_a_cold_connection_takes_three_round_trips_to_the_first_byte_and_a_warm_one_takes_one(
    flat: Flat, flat_visit: MakeVisit
):
    network, diary = start(flat_visit({"a": flat(100, rtt_s=0.1)}))
    cold = network.ask("a", 0, 1000, diary)
    wait(network, 1.0)
    warm = network.ask("a", 0, 1000, diary)
    network.clock.run(5.0)
    assert diary.begun[cold] == pytest.approx(0.3)
    assert diary.begun[warm] == pytest.approx(1.1)
    assert (cold.cold, warm.cold) == (True, False)


@pytest.mark.parametrize("windows", [1, 3, 7, 31])
def test_an_unlimited_path_takes_log2_round_trips_of_slow_start(
    windows: int, flat: Flat, flat_visit: MakeVisit
):
    network, diary = start(flat_visit({"a": flat(1e5, rtt_s=0.1)}, access_mbps=1e5))
    transfer = network.ask("a", 0, windows * INITIAL_WINDOW, diary)
    network.clock.run(10.0)
    body_s = diary.over[transfer][0] - diary.begun[transfer]
    assert body_s == pytest.approx(0.1 * math.log2(windows + 1), rel=1e-6)


def test_a_long_body_comes_at_the_path_s_capacity(flat: Flat, flat_visit: MakeVisit):
    network, diary = start(flat_visit({"a": flat(8.0)}))
    transfer = network.ask("a", 0, 20e6, diary)
    network.clock.run(100.0)
    assert diary.over[transfer][0] == pytest.approx(20.0, rel=0.02)


@pytest.mark.parametrize("access_mbps", [3.0, 7.0, 12.0, 1000.0])
def test_sharing_is_max_min_fair_and_wastes_no_capacity(
    access_mbps: float, flat: Flat, flat_visit: MakeVisit
):
    network, diary = start(flat_visit({"a": flat(2.0), "b": flat(10.0)}, access_mbps))
    slow = network.ask("a", 0, 1e9, diary)
    quick = [network.ask("b", 0, 1e9, diary) for _ in range(2)]
    network.clock.run(10.0)
    rates = [transfer.rate / BYTES_PER_MBIT for transfer in (slow, *quick)]
    assert sum(rates) == pytest.approx(min(access_mbps, 12.0))
    assert rates[0] == pytest.approx(min(2.0, access_mbps / 3))
    assert rates[1] == pytest.approx(rates[2])


def test_bytes_received_are_the_sum_of_all_bodies(flat: Flat, flat_visit: MakeVisit):
    network, diary = start(flat_visit({"a": flat(5.0), "b": flat(3.0)}, 6.0))
    done = [network.ask("a", 0, 1e6, diary), network.ask("b", 0, 2e6, diary)]
    lost = network.ask("a", 0, 5e6, diary)
    wait(network, 2.0)
    network.abort(lost)
    network.clock.run(60.0)
    assert network.received == pytest.approx(sum(t.got for t in (*done, lost)), abs=2)
    assert [t.got for t in done] == pytest.approx([1e6, 2e6], abs=2)
    assert lost not in diary.over


def test_each_kind_of_fault_shows_as_itself(flat: Flat, flat_visit: MakeVisit):
    hosts = {
        "refusing": flat(8, fault=[Fault.REFUSING] * 300),
        "silent": flat(8, fault=[Fault.SILENT] * 300),
        "dying": flat(8, fault=[Fault.DYING] * 300),
        "evicted": flat(8, evicted_s=0.0),
        "cut": flat(8, fault=[0, Fault.REFUSING] + [0] * 298),
    }
    network, diary = start(flat_visit(hosts))
    asked = {host: network.ask(host, 0, 4e6, diary) for host in hosts}
    network.clock.run(100.0)
    ends = {
        host: diary.over.get(transfer, (0, "nothing", 0))[1:] for host, transfer in asked.items()
    }
    assert ends == {
        "refusing": ("http-error", None),
        "silent": ("nothing", 0),
        "dying": ("nothing", 0),
        "evicted": ("http-error", 404),
        "cut": ("stall", 206),
    }
    assert asked["dying"].got == pytest.approx(1e6, abs=2)
    assert diary.over[asked["cut"]][0] == pytest.approx(1.0)


def test_what_a_host_is_like_does_not_depend_on_what_was_asked_before():
    world = World(Scenario("any", 5), 0, Synthetic())
    lone, busy = world.origin, world.hosts[1]
    moments = []
    for others in (0, 3):
        network, diary = start(world.visit(0))
        for _ in range(others):
            network.ask(busy, 0, 1e5, diary)
        wait(network, 40.0)
        transfer = network.ask(lone, 1, 5e5, diary)
        network.clock.run(100.0)
        moments.append((diary.begun[transfer], diary.over[transfer]))
    assert moments[0] == moments[1]


def test_hindsight_agrees_with_what_happens(flat: Flat, flat_visit: MakeVisit):
    capacity = [(2.0 + second % 5) * BYTES_PER_MBIT for second in range(300)]
    visit = flat_visit({"a": flat(1, capacity=capacity)}, access_mbps=4.0)
    network, diary = start(visit)
    network.ask("a", 0, 1000, diary)
    wait(network, 3.3)
    for size in (5e3, 5e4, 5e5, 5e6):
        network, diary = start(visit)
        network.ask("a", 0, 10, diary)
        wait(network, 3.3)
        transfer = network.ask("a", 0, size, diary)
        network.clock.run(200.0)
        took_s = diary.over[transfer][0] - 3.3
        assert visit.solo_s("a", 3.3, int(size)) == pytest.approx(took_s, rel=0.03)


def test_a_token_bucket_lets_the_first_bytes_through_and_then_slows_down(
    flat: Flat, flat_visit: MakeVisit
):
    path = flat(8.0, burst=2e6, after_burst=0.25)
    network, diary = start(flat_visit({"a": path}))
    first, second = (network.ask("a", 0, 2e6, diary) for _ in range(2))
    network.clock.run(60.0)
    # 2 MB at 1 MB/s, and 2 MB at a quarter of it; capacities move on whole seconds.
    assert diary.over[second][0] == pytest.approx(10.0, abs=1.5)
    assert diary.over[first][0] == pytest.approx(10.0, abs=1.5)


def test_a_limit_per_request_holds_each_and_not_all_together(flat: Flat, flat_visit: MakeVisit):
    path = flat(80.0, rtt_s=0.01, request_limit=1e6)
    network, diary = start(flat_visit({"a": path}))
    both = [network.ask("a", 0, 5e6, diary) for _ in range(2)]
    network.clock.run(60.0)
    assert [diary.over[one][0] for one in both] == pytest.approx([5.05, 5.05], abs=0.1)


def test_hosts_behind_one_link_share_it_and_others_do_not(flat: Flat, flat_visit: MakeVisit):
    far = {name: flat(80.0, rtt_s=0.01, shares_link=name != "c") for name in "abc"}
    visit = replace(flat_visit(far), shared=1e6)
    network, diary = start(visit)
    transfers = [network.ask(name, 0, 2e6, diary) for name in "abc"]
    network.clock.run(60.0)
    ends_s = [diary.over[one][0] for one in transfers]
    assert ends_s == pytest.approx([4.05, 4.05, 0.25], abs=0.1)
