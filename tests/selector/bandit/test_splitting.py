"""Splitting a range between hosts, and takeovers between the parts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selector.bandit import (
    HostPrior,
    Idle,
    Limits,
    Outcome,
    PartSoFar,
    Plan,
    PlanRequest,
    Selector,
)

A, B, C = "https://a.example", "https://b.example", "https://c.example"
NOW_S = 1_700_000_000.0
SURE = {"rate_sd": 0.1, "ttfb_sd": 0.1}
ALIKE = {host: HostPrior(rate_mbps=4.0, ttfb_s=0.05, **SURE) for host in (A, B, C)}
URGENT = PlanRequest(NOW_S, [A, B, C], 2_000_000, segment_s=4.0, buffer_s=2.0, top_mbps=8.0)


def ended(plan: Plan, host: str, size: float, kind: str = "ok") -> Outcome:
    return Outcome(plan.plan, host, NOW_S + 1, kind, 206, 0.1, 1.0, size, False, True)  # type: ignore[arg-type]


def test_a_slow_fleet_is_asked_together_and_the_parts_are_the_range():
    plan = Selector(1, ALIKE).plan(URGENT)
    assert {part.host for part in plan.parts} == {A, B, C}
    assert sum(part.bytes for part in plan.parts) == 2_000_000
    assert plan.hedge is None
    assert {clause.values["host"] for clause in plan.why if "size_mb" in clause.values} >= {A, B, C}


def test_parts_are_as_large_as_their_hosts_are_fast():
    fleet = {A: ALIKE[A]._replace(rate_mbps=12.0), B: ALIKE[B]}
    plan = Selector(1, fleet).plan(URGENT._replace(hosts=[A, B]))
    sizes = {part.host: part.bytes for part in plan.parts}
    assert 2.0 < sizes[A] / sizes[B] < 4.0


def test_a_viewer_who_would_not_notice_gets_whole_ranges():
    calm = URGENT._replace(buffer_s=20.0, top_mbps=1.0, segments_left=1)
    assert Selector(1, ALIKE).plan(URGENT).parts
    assert not Selector(1, ALIKE).plan(calm).parts


def test_no_more_hosts_are_asked_than_the_viewer_would_notice():
    fleet = {host: prior._replace(rate_mbps=3.5) for host, prior in ALIKE.items()}
    calm = URGENT._replace(buffer_s=20.0, segments_left=1, top_mbps=4.0)
    top, below = Selector(1, fleet).plan(calm), Selector(1, fleet).plan(calm._replace(bytes=1e6))
    waits = Selector(1, fleet).plan(calm._replace(buffer_s=2.0))
    # Two of them keep the top resolution up; it takes three to rise to it.
    assert [len(plan.parts) for plan in (top, below, waits)] == [2, 3, 3]


@pytest.mark.parametrize(
    "change",
    [{"bytes": None}, {"bytes": 45_000}, {"hosts": [A]}],
    ids=["of unknown size", "too small", "from the only host"],
)
def test_some_ranges_cannot_be_split(change: dict[str, float]):
    assert not Selector(1, ALIKE).plan(URGENT._replace(**change)).parts


def test_no_part_is_given_to_a_host_that_has_just_failed():
    selector = Selector(1, ALIKE)
    plan = selector.plan(URGENT)
    selector.observe(ended(plan, C, 0, "http-error")._replace(ttfb_s=None))
    after = selector.plan(URGENT._replace(now_s=NOW_S + 2))
    assert C not in {part.host for part in after.parts}


@given(st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0]), st.integers(1, 40))
def test_extra_requests_stay_within_the_admins_limit(limit: float, segments: int):
    selector = Selector(1, ALIKE, Limits(extra_requests=limit))
    asked = 0
    for number in range(segments):
        plan = selector.plan(URGENT._replace(now_s=NOW_S + 4 * number))
        asked += max(len(plan.parts), 1)
        first = plan.ranking[0]
        parts = [PartSoFar(part.host, 2.0, 0.1, 1e4, 9e5) for part in plan.parts[1:]]
        idle = selector.idle(Idle(plan.plan, first, NOW_S + 4 * number + 2, parts))
        asked += idle.part is not None
        for host in {part.host for part in plan.parts} or {first}:
            selector.observe(ended(plan, host, 9e5)._replace(now_s=NOW_S + 4 * number + 3))
    assert asked - segments <= limit * segments


def test_bytes_that_come_in_vain_end_splitting_until_they_are_few():
    selector = Selector(1, ALIKE, Limits(extra_bytes=0.01))
    plan = selector.plan(URGENT)
    selector.observe(ended(plan, C, 700_000, "corrupt"))
    assert not selector.plan(URGENT).parts


def test_our_own_fetches_make_a_host_dearer_for_the_next():
    fleet = {A: ALIKE[A]._replace(rate_mbps=6.0), B: ALIKE[B]}
    alone = Selector(1, fleet, Limits(extra_requests=0.0))
    request = URGENT._replace(hosts=[A, B])
    assert [alone.plan(request).ranking[0] for _ in range(2)] == [A, B]


def test_a_body_that_shared_its_host_with_ours_is_no_sign_of_a_slow_host():
    one = {A: HostPrior(rate_mbps=8.0)}
    shared, lonely = Selector(1, one), Selector(1, one)
    for selector, fetches in ((shared, 2), (lonely, 1)):
        plans = [selector.plan(URGENT._replace(hosts=[A])) for _ in range(fetches)]
        for plan in plans:
            selector.observe(ended(plan, A, 500_000))
    rates = [s.explain(NOW_S + 1).hosts[0].rate_mbps for s in (shared, lonely)]
    assert rates[0] > 1.3 * rates[1]


def under_way(selector: Selector, slow: PartSoFar) -> tuple[Plan, Idle]:
    plan = selector.plan(URGENT._replace(hosts=[A, B]))
    idle = A if slow.host == B else B
    return plan, Idle(plan.plan, idle, NOW_S + 2.0, [slow])


def test_an_idle_host_takes_over_as_much_as_makes_both_end_together():
    slow = PartSoFar(B, age_s=2.0, ttfb_s=0.1, bytes=95_000, bytes_left=900_000)
    selector = Selector(1, ALIKE)
    _, idle = under_way(selector, slow)
    taken = selector.idle(idle)
    assert taken.part == 0
    # 50 kB/s against 500 kB/s.
    assert 0.8 < taken.bytes / 900_000 < 0.95


def test_a_part_that_is_silent_is_taken_over_and_one_that_is_nearly_there_is_not():
    silent = PartSoFar(B, age_s=3.0, ttfb_s=None, bytes=0, bytes_left=900_000)
    nearly = PartSoFar(B, age_s=2.0, ttfb_s=0.1, bytes=900_000, bytes_left=50_000)
    for slow, part in ((silent, 0), (nearly, None)):
        selector = Selector(1, ALIKE)
        _, idle = under_way(selector, slow)
        assert selector.idle(idle).part == part


@given(
    st.lists(
        st.builds(
            PartSoFar,
            host=st.sampled_from([A, B, C, "https://stranger.example"]),
            age_s=st.floats(0, 86_400),
            ttfb_s=st.one_of(st.none(), st.floats(0, 86_400)),
            bytes=st.floats(0, 2**30),
            bytes_left=st.floats(0, 2**30),
        ),
        max_size=5,
    )
)
def test_no_takeover_is_larger_than_the_part(parts: list[PartSoFar]):
    selector = Selector(1, ALIKE)
    plan = selector.plan(URGENT)
    taken = selector.idle(Idle(plan.plan, A, NOW_S + 2.0, parts))
    if taken.part is not None:
        assert 0 < taken.bytes <= parts[taken.part].bytes_left


@given(
    st.lists(st.floats(0.05, 500), min_size=2, max_size=6),
    st.lists(st.floats(0.005, 5), min_size=6, max_size=6),
    st.integers(1, 50_000_000),
    st.floats(0, 60),
)
def test_parts_always_make_up_the_range(
    mbps: list[float], ttfb_s: list[float], size: int, buffer_s: float
):
    hosts = [f"https://{number}.example" for number in range(len(mbps))]
    fleet = {
        host: HostPrior(rate_mbps=rate, ttfb_s=late)
        for host, rate, late in zip(hosts, mbps, ttfb_s, strict=False)
    }
    request = URGENT._replace(hosts=hosts, bytes=size, buffer_s=buffer_s)
    plan = Selector(1, fleet).plan(request)
    assert not plan.parts or sum(part.bytes for part in plan.parts) == size
    assert len({part.host for part in plan.parts}) == len(plan.parts) != 1
    assert all(part.bytes >= 50_000 for part in plan.parts)


def test_what_was_spent_is_remembered_within_a_visit():
    selector = Selector(1, ALIKE, Limits(extra_requests=1.0))
    selector.plan(URGENT)
    again = Selector(1, ALIKE, Limits(extra_requests=0.5))
    again.restore(json.loads(json.dumps(selector.snapshot())))
    assert not again.plan(URGENT._replace(now_s=NOW_S + 4)).parts
