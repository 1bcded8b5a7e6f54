"""The simulated swarms: what must hold of the model, and the page."""

from dataclasses import replace
from math import isnan

import pytest

from benchmarks.live.peers import ALL_HTTP, OURS, PEERS, SHIPPED, STOCK
from benchmarks.live.report import interval, markdown
from benchmarks.live.scenario import BED, BED_SCARCE, JUDGING, TUNING, Scenario
from benchmarks.live.swarm import Simulation, simulate

SMALL = replace(BED, duration_s=80.0)
SCARCE = replace(BED_SCARCE, duration_s=80.0)
WORLDS = [
    SMALL,
    replace(SMALL, name="liars", liars=0.2),
    replace(SMALL, name="leaving", stay_s=30.0),
    replace(SMALL, name="mixed", plugin=0.5),
]


def test_without_p2p_a_rich_origin_sends_each_viewer_everything_and_nobody_stalls():
    found = simulate(SMALL, 1, ALL_HTTP, STOCK)
    # The loader without P2P fetches only what is needed next, not all that is listed.
    assert 0.75 < found.share <= 1
    assert found.stall_s == 0


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_the_same_seed_gives_the_same_swarm_and_the_origin_sends_at_least_a_copy(
    world: Scenario,
):
    one, again = (simulate(world, 3, OURS, STOCK) for _ in range(2))
    assert one == again
    assert 1 <= one.copies < simulate(world, 3, ALL_HTTP, ALL_HTTP).copies


def test_the_origin_never_sends_more_than_its_uplink():
    for rules in PEERS:
        assert simulate(SCARCE, 2, rules, STOCK).copies <= 2.5


def test_no_bytes_are_kept_for_what_is_behind_the_playhead_nor_sent_by_who_has_left():
    swarm = Simulation(replace(WORLDS[2], duration_s=60.0), 5, OURS, STOCK)
    swarm.run()
    assert swarm.gone
    for me, viewer in swarm.viewers.items():
        assert all(viewer.part.get(seg, 0) >= 1 - 1e-9 for seg in viewer.have)
        assert all(flow.src == -1 or flow.src in swarm.viewers for flow in viewer.flows.values())
        assert all(me in swarm.viewers[other].peers for other in viewer.peers)


def test_fallbacks_one_after_the_other_keep_a_scarce_origin_from_collapsing():
    ours, stock = (simulate(SCARCE, 4, rules, STOCK) for rules in (OURS, STOCK))
    assert ours.copies < stock.copies
    assert ours.stall_s < stock.stall_s


def test_judging_shares_no_swarm_with_tuning():
    tuned = {replace(world, name="") for world in TUNING}
    assert not tuned & {replace(world, name="") for world in JUDGING}


def test_the_page_pairs_by_seed():
    results = {SMALL: {r.name: [simulate(SMALL, seed, r, STOCK) for seed in (1, 2)] for r in PEERS}}
    page = markdown(results, "command", 2)
    assert all(rules.name in page for rules in PEERS)
    assert all(f"*{rules.name}*, paired" in page for rules in (SHIPPED, OURS))
    assert isnan(interval([1.0])[1])
