"""Decisions: which host is asked, when a hedge is sent, when a body is rescued."""

import pytest

from selector.bandit import FetchSoFar, HostPrior, Limits, Outcome, Plan, PlanRequest, Selector

FAST, SLOW, NEW = "https://fast.example", "https://slow.example", "https://new.example"
NOW_S = 1_700_000_000.0
SURE = {"rate_sd": 0.1, "ttfb_sd": 0.1}
FLEET = {
    FAST: HostPrior(rate_mbps=20.0, ttfb_s=0.05, **SURE),
    SLOW: HostPrior(rate_mbps=2.0, ttfb_s=0.3, **SURE),
}
CALM = PlanRequest(NOW_S, [FAST, SLOW], 1_000_000, segment_s=4.0, buffer_s=20.0)
URGENT = CALM._replace(buffer_s=1.0)


def alone(seed: int = 0, fleet: dict[str, HostPrior] | None = None) -> Selector:
    """Return a selector that keeps every range whole."""
    return Selector(seed, fleet, Limits(extra_requests=0.0))


def used(selector: Selector, host: str, mbps: float, times: int) -> None:
    """Let `host` serve segments of 1 MB, the last of them just before `NOW_S`."""
    for number in range(times, 0, -1):
        now_s = NOW_S - 4.0 * number
        body_s = 8.0 / mbps
        outcome = Outcome(0, host, now_s, "ok", 206, 0.05, 0.05 + body_s, 1e6, False, False)
        assert selector.observe(outcome).used


def experienced(mbps: float = 4.0) -> Selector:
    """Return a selector that knows one mediocre host well and another not at all."""
    selector = alone(1, {NEW: HostPrior(rate_mbps=4.0, rate_sd=1.0)})
    for number in range(20):
        selector.plan(CALM._replace(now_s=NOW_S - 90.0 + 4 * number, hosts=[FAST]))
    used(selector, FAST, mbps, times=10)
    return selector


WORTH_KNOWING = CALM._replace(hosts=[FAST, NEW], buffer_s=28.0)


def test_the_cheapest_host_comes_first_and_the_others_follow_by_cost():
    assert alone(1, FLEET).plan(CALM).ranking == (FAST, SLOW)


def test_a_host_worth_knowing_is_explored_when_the_buffer_can_bear_it():
    plan = experienced().plan(WORTH_KNOWING)
    assert plan.explored
    assert plan.ranking[0] == NEW
    assert any("Worth knowing" in clause.say for clause in plan.why)


@pytest.mark.parametrize(
    "change",
    [{"attempt": 1}, {"starting": True}, {"buffer_s": 2.0}, {"segments_left": 1}],
    ids=["on a retry", "at start-up", "on a low buffer", "for the last segment"],
)
def test_nothing_is_explored(change: dict[str, float]):
    assert not experienced().plan(WORTH_KNOWING._replace(**change)).explored


def test_no_second_request_explores_a_host_that_is_being_tried():
    selector = experienced()
    assert selector.plan(WORTH_KNOWING).explored
    assert not selector.plan(WORTH_KNOWING).explored


def test_near_ties_are_drawn_as_often_as_the_propensity_says():
    fleet = {
        FAST: HostPrior(rate_mbps=20.0, **SURE),
        NEW: HostPrior(rate_mbps=17.0, **SURE),
        SLOW: HostPrior(rate_mbps=2.0, **SURE),
    }
    request = CALM._replace(hosts=[FAST, NEW, SLOW])
    made = [alone(seed, fleet).plan(request) for seed in range(400)]
    plans = [plan for plan in made if not plan.explored]
    shares = {host: [p for p in plans if p.ranking[0] == host] for host in request.hosts}
    assert not shares[SLOW]
    for host in (FAST, NEW):
        assert len(shares[host]) / len(plans) == pytest.approx(shares[host][0].propensity, abs=0.08)


def test_a_host_unheard_of_is_tried_with_the_end_of_one_in_ten_segments():
    request = CALM._replace(hosts=[FAST, SLOW])
    made = [Selector(seed, FLEET).plan(request) for seed in range(400)]
    tries = [plan for plan in made if plan.explored]
    assert {tuple(part.host for part in plan.parts) for plan in tries} == {(FAST, SLOW)}
    assert len(tries) / len(made) == pytest.approx(tries[0].propensity, abs=0.05)


def test_nothing_is_retested_and_no_near_tie_drawn_while_the_player_rises():
    alike = {FAST: HostPrior(rate_mbps=20.0, **SURE), NEW: HostPrior(rate_mbps=19.0, **SURE)}
    rising = CALM._replace(hosts=[FAST, NEW], top_mbps=8.0, segments_left=1)
    top = rising._replace(bytes=4_000_000)
    for request, chosen in ((rising, {FAST}), (top, {FAST, NEW})):
        plans = [Selector(seed, alike).plan(request) for seed in range(60)]
        assert {plan.ranking[0] for plan in plans if not plan.explored} == chosen
        assert any(plan.explored for plan in plans) is (request is top)


@pytest.mark.parametrize("size", [None, 49_000, 51_000])
def test_only_a_range_that_has_an_end_to_spare_is_used_for_a_retest(size: float | None):
    request = CALM._replace(hosts=[FAST, SLOW], bytes=size)
    tried = [
        plan for plan in (Selector(s, FLEET).plan(request) for s in range(60)) if plan.explored
    ]
    assert bool(tried) is (size == 51_000)
    assert all(plan.parts for plan in tried)


def test_no_retest_keeps_a_viewer_waiting():
    crawling = {FAST: FLEET[FAST], SLOW: HostPrior(rate_mbps=0.3, ttfb_s=0.3, **SURE)}
    request = CALM._replace(hosts=[FAST, SLOW])
    assert not any(Selector(seed, crawling).plan(request).explored for seed in range(60))


def test_a_whole_range_is_explored_at_a_higher_price_while_the_player_rises():
    dear = WORTH_KNOWING._replace(top_mbps=20.0)
    assert experienced().plan(WORTH_KNOWING._replace(top_mbps=2.0)).explored
    assert not experienced().plan(dear).explored


def test_a_host_just_heard_of_is_not_tried_again():
    for seed in range(50):
        selector = Selector(seed, FLEET)
        used(selector, SLOW, 2.0, times=1)
        assert not selector.plan(CALM).explored


def test_a_host_unheard_of_is_not_tried_with_a_whole_range():
    for seed in range(50):
        assert alone(seed, FLEET).plan(CALM).ranking[0] == FAST
        spent = Selector(seed, FLEET, Limits(extra_bytes=0.0))
        wasted = Outcome(0, NEW, NOW_S - 1, "corrupt", 206, 0.1, 0.5, 1e6, False, False)
        assert spent.observe(wasted).used
        assert spent.plan(CALM).ranking[0] == FAST


def test_a_retry_goes_to_the_best_host_known():
    fleet = {FAST: HostPrior(rate_mbps=20.0, **SURE), NEW: HostPrior(rate_mbps=19.0, **SURE)}
    request = CALM._replace(hosts=[FAST, NEW], attempt=1)
    for seed in range(20):
        plan = alone(seed, fleet).plan(request)
        assert (plan.ranking[0], plan.propensity) == (FAST, 1.0)


def test_the_only_host_is_asked_without_hedge():
    plan = alone().plan(CALM._replace(hosts=[SLOW]))
    assert (plan.ranking, plan.hedge, plan.propensity) == ((SLOW,), None, 1.0)


def hedge_after(plan: Plan) -> float:
    assert plan.hedge is not None
    return plan.hedge.after_s


def test_the_hedge_is_quick_when_urgent_patient_when_calm_and_2_s_when_little_helps():
    fleet = {FAST: FLEET[FAST], NEW: HostPrior(rate_mbps=18.0, ttfb_s=0.06, **SURE)}
    hosts = [FAST, NEW]
    assert hedge_after(alone(1, fleet).plan(URGENT._replace(hosts=hosts))) < 0.4
    assert 0.6 <= hedge_after(alone(1, fleet).plan(CALM._replace(hosts=hosts))) < 1.0
    assert hedge_after(alone(1, FLEET).plan(URGENT)) == 2.0


def test_the_hedge_waits_longer_for_a_new_connection():
    fleet = {FAST: FLEET[FAST], NEW: FLEET[FAST]}
    cold = alone(1, fleet)
    warm = alone(1, fleet)
    for host in fleet:
        used(warm, host, 20.0, times=1)
    request = URGENT._replace(hosts=[FAST, NEW])
    assert hedge_after(warm.plan(request)) < hedge_after(cold.plan(request))


@pytest.mark.parametrize("ttfb_s", [0.001, 0.05, 0.5, 30.0])
@pytest.mark.parametrize("buffer_s", [0.0, 5.0, 300.0])
def test_hedge_and_stall_are_bounded(ttfb_s: float, buffer_s: float):
    fleet = {FAST: HostPrior(ttfb_s=ttfb_s), SLOW: HostPrior(ttfb_s=ttfb_s)}
    plan = alone(1, fleet).plan(CALM._replace(buffer_s=buffer_s))
    assert 0.03 < hedge_after(plan) <= 2.0
    assert 1.0 <= plan.stall_s <= 3.0


def crawl(plan: int, host: str, body_s: float, tried: list[str]) -> FetchSoFar:
    """Return the progress of a body at 40 kB/s."""
    got = 40_000 * body_s
    return FetchSoFar(plan, host, NOW_S + body_s, 0.1, body_s, got, 1_000_000 - got, 8.0, tried, 0)


def test_a_body_at_40_kbyte_per_s_is_rescued_within_a_second():
    selector = alone()
    plan = selector.plan(CALM)
    first, second = plan.ranking
    advice = [selector.progress(crawl(plan.plan, first, at_s, [first])) for at_s in (0.5, 1.0)]
    assert second in [one.rescue for one in advice]


def test_a_segment_is_rescued_at_most_twice_and_never_back_to_a_host_it_left():
    selector = alone()
    plan = selector.plan(CALM._replace(hosts=[FAST, SLOW, NEW]))
    first, second, third = plan.ranking
    slow = crawl(plan.plan, second, 1.5, [first, second])
    assert selector.progress(slow).rescue == third
    assert selector.progress(slow._replace(tried=[first, second, third])).rescue is None
    assert selector.progress(slow._replace(rescues=2)).rescue is None


def test_a_slow_start_is_no_slow_host():
    selector = alone()
    plan = selector.plan(CALM)
    # Three round trips of .2 s with windows of 10, 20 and 40 packets.
    young = crawl(plan.plan, plan.ranking[0], 0.5, [])._replace(ttfb_s=0.4, bytes=102_200)
    assert selector.progress(young).rescue is None


def test_a_body_as_fast_as_foreseen_is_left_alone():
    selector = alone(1, FLEET)
    plan = selector.plan(CALM)
    fine = crawl(plan.plan, FAST, 0.3, [FAST])._replace(bytes=600_000, bytes_left=400_000)
    assert selector.progress(fine).rescue is None


def test_a_slow_body_is_left_alone_when_no_other_host_is_quicker():
    selector = alone(1, {FAST: FLEET[SLOW], SLOW: FLEET[SLOW]})
    for host in (FAST, SLOW):
        used(selector, host, 0.32, times=6)
    plan = selector.plan(CALM)
    host = plan.ranking[0]
    assert selector.progress(crawl(plan.plan, host, 1.5, [host])).rescue is None


def test_advice_on_an_unknown_plan_is_to_carry_on():
    selector = alone()
    selector.plan(CALM)
    assert selector.progress(crawl(99, FAST, 1.5, [FAST])).rescue is None
    assert selector.progress(crawl(0, FAST, 1.5, [FAST])).rescue is None
