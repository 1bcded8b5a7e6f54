"""Outlier rejection, what each kind of outcome teaches, and clocks that jump."""

from math import inf, nan

import pytest

from selector.bandit import Outcome, OutcomeKind, PlanRequest, Selector

HOST, OTHER = "https://a.example", "https://b.example"
NOW_S = 1_700_000_000.0
REQUEST = PlanRequest(NOW_S, [HOST], 1_000_000, 4.0, 10.0)
GOOD = Outcome(1, HOST, NOW_S + 1.0, "ok", 206, 0.1, 0.9, 1_000_000, False, False)
YEAR_S = 3.2e7


def planned() -> Selector:
    selector = Selector()
    selector.plan(REQUEST)
    return selector


@pytest.mark.parametrize(
    "change",
    [
        {"now_s": nan},
        {"now_s": inf},
        {"now_s": -1.0},
        {"now_s": NOW_S - 100.0},
        {"now_s": NOW_S + YEAR_S},
        {"total_s": nan},
        {"total_s": inf},
        {"total_s": -0.1},
        {"total_s": 0.0, "ttfb_s": 0.0},
        {"total_s": 10_000.0},
        {"ttfb_s": None},
        {"ttfb_s": nan},
        {"ttfb_s": -0.1},
        {"ttfb_s": 1.0},
        {"bytes": 0},
        {"bytes": -1},
        {"bytes": nan},
        {"bytes": 1e12},
        {"plan": 2},
        {"plan": -1},
        {"host": OTHER},
        {"kind": "switched", "bytes": 0},
        {"kind": "corrupt", "ttfb_s": None},
        {"kind": "timeout", "total_s": nan},
    ],
    ids=str,
)
def test_an_unbelievable_outcome_is_dropped_with_a_reason_and_counted(change: dict[str, object]):
    selector = planned()
    before = selector.explain(NOW_S).hosts
    observed = selector.observe(GOOD._replace(**change))
    assert not observed.used
    assert observed.reason
    explanation = selector.explain(NOW_S)
    assert (explanation.outcomes, explanation.dropped) == (0, 1)
    assert explanation.hosts == before


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "http-error", "status": None, "ttfb_s": None, "total_s": 0.0, "bytes": 0},
        {"kind": "timeout", "status": None, "ttfb_s": None, "total_s": 5.0, "bytes": 0},
        {"kind": "stall", "bytes": 0},
        {"kind": "aborted", "status": None, "ttfb_s": None, "total_s": 0.0, "bytes": 0},
        {"kind": "aborted", "bytes": 0},
        {"kind": "switched", "bytes": 1},
        {"ttfb_s": 0.9001},
        {"now_s": NOW_S - 1.0},
        {"plan": 0, "host": OTHER},
    ],
    ids=str,
)
def test_a_believable_outcome_is_used(change: dict[str, object]):
    selector = planned()
    assert selector.observe(GOOD._replace(**change)) == (True, None)


def test_outcomes_of_the_page_s_own_decisions_teach_before_any_plan():
    selector = Selector()
    for number in range(5):
        outcome = GOOD._replace(plan=0, now_s=NOW_S + 4.0 * number)
        assert selector.observe(outcome).used
    assert selector.explain(NOW_S + 20.0).hosts[0].used == 5


def test_a_clock_set_back_costs_one_outcome_and_freezes_nothing():
    selector = planned()
    selector.observe(GOOD._replace(kind="timeout"))
    down = selector.explain(NOW_S + 1.0).hosts[0].p_down
    past_s = NOW_S - YEAR_S
    assert not selector.observe(GOOD._replace(now_s=past_s)).used
    plan = selector.plan(REQUEST._replace(now_s=past_s + 60.0))
    assert selector.explain(past_s + 60.0).hosts[0].p_down < down / 2
    assert selector.observe(GOOD._replace(plan=plan.plan, now_s=past_s + 61.0)).used


def test_a_failure_says_nothing_about_speed():
    selector = planned()
    before = selector.explain(NOW_S + 1.0).hosts[0]
    selector.observe(GOOD._replace(kind="http-error", status=503, ttfb_s=0.001, total_s=0.002))
    after = selector.explain(NOW_S + 1.0).hosts[0]
    assert (after.ttfb_s, after.rate_mbps) == (before.ttfb_s, before.rate_mbps)
    assert after.p_down > 10 * before.p_down


def test_a_body_asked_for_before_a_failure_does_not_say_that_the_host_is_back():
    selector = planned()
    wrong = GOOD._replace(kind="corrupt", total_s=0.1)
    selector.observe(wrong)
    asked_before = GOOD._replace(now_s=NOW_S + 1.5, total_s=1.4)
    asked_after = GOOD._replace(now_s=NOW_S + 1.6, total_s=0.3)
    p_down = []
    for outcome in (asked_before, asked_after):
        assert selector.observe(outcome).used
        p_down.append(selector.explain(outcome.now_s).hosts[0].p_down)
    assert p_down[0] > 0.95
    assert p_down[1] < 0.5


@pytest.mark.parametrize(
    ("kind", "status"),
    [("missing", None), ("missing", 206), *[("http-error", it) for it in (403, 404, 410, 416)]],
)
def test_a_missing_file_says_nothing_about_its_host(kind: OutcomeKind, status: int | None):
    selector = planned()
    before = selector.explain(NOW_S + 1.0)
    lacking = GOOD._replace(kind=kind, status=status, ttfb_s=0.1, total_s=0.1, bytes=0)
    assert selector.observe(lacking).used
    after = selector.explain(NOW_S + 1.0)
    assert after.hosts == before.hosts
    assert after.outcomes == 1


@pytest.mark.parametrize("status", [None, 429, 500, 503])
def test_other_http_errors_are_failures_of_the_host(status: int | None):
    selector = planned()
    before = selector.explain(NOW_S + 1.0).hosts[0]
    selector.observe(GOOD._replace(kind="http-error", status=status, ttfb_s=None, bytes=0))
    assert selector.explain(NOW_S + 1.0).hosts[0].p_down > 10 * before.p_down


def videos_from_the_mirror(lacks_audio: bool) -> int:
    """Return how many of 100 video segments are asked of a mirror five times as fast."""
    origin, mirror = "https://origin.example", "https://mirror.example"
    mbps = {origin: 8.0, mirror: 40.0}
    selector, now_s, count = Selector(3), NOW_S, 0
    for segment in range(200):
        video = segment % 2 == 0
        hosts = [origin, mirror] if video or segment == 1 or not lacks_audio else [origin]
        size = 1_000_000 if video else 64_000
        plan = selector.plan(PlanRequest(now_s, hosts, size, 4.0, 12.0, 400, top_mbps=2.0))
        asked = {part.host for part in plan.parts} or {plan.ranking[0]}
        count += video and mirror in asked
        for host in asked:
            total_s = 0.05 + 8e-6 * size / mbps[host] / len(asked)
            fetch = Outcome(plan.plan, host, now_s, "ok", 206, 0.05, total_s, size, False, False)
            if host == mirror and lacks_audio and not video:
                fetch = fetch._replace(kind="missing", status=404, total_s=0.05, bytes=0)
            selector.observe(fetch._replace(now_s=now_s + fetch.total_s))
        now_s += 2.0
    return count


def test_a_fast_mirror_without_the_audio_file_is_asked_for_video_as_if_it_had_it():
    assert videos_from_the_mirror(lacks_audio=True) >= 0.9 * videos_from_the_mirror(False)


def test_a_lost_hedge_race_is_no_failure_but_says_that_the_first_byte_was_late():
    selector = planned()
    before = selector.explain(NOW_S + 1.0).hosts[0]
    silent = GOOD._replace(kind="aborted", status=None, ttfb_s=None, bytes=0, total_s=2.0)
    selector.observe(silent._replace(cold=False))
    after = selector.explain(NOW_S + 1.0).hosts[0]
    assert after.error_rate == before.error_rate
    assert after.ttfb_s > before.ttfb_s


def test_an_early_abort_says_next_to_nothing():
    selector = planned()
    before = selector.explain(NOW_S + 1.0).hosts[0]
    selector.observe(GOOD._replace(kind="aborted", ttfb_s=None, bytes=0, total_s=0.05))
    after = selector.explain(NOW_S + 1.0).hosts[0]
    assert after.ttfb_s == before.ttfb_s
    assert after.p_down == pytest.approx(before.p_down, rel=0.1)


def test_what_a_rescued_body_brought_counts_as_a_slow_reading_not_as_an_error():
    for brought in (60_000, 1_000):
        selector = planned()
        before = selector.explain(NOW_S + 1.0).hosts[0]
        selector.observe(GOOD._replace(kind="switched", total_s=1.6, bytes=brought))
        after = selector.explain(NOW_S + 1.0).hosts[0]
        assert after.rate_mbps < 1.0 < before.rate_mbps
        assert after.error_rate <= before.error_rate


def test_a_tiny_body_says_nothing_about_the_rate():
    selector = planned()
    before = selector.explain(NOW_S + 1.0).hosts[0]
    selector.observe(GOOD._replace(bytes=1_200, total_s=0.101))
    assert selector.explain(NOW_S + 1.0).hosts[0].rate_mbps == before.rate_mbps


@pytest.mark.parametrize(
    ("later_s", "times"), [(60.0, 64), (2 * 86_400.0, 8), (30 * 86_400.0, None)]
)
def test_a_back_off_is_told_as_it_is_by_then(later_s: float, times: int | None):
    selector = planned()
    selector.observe(GOOD._replace(kind="corrupt"))
    (belief,) = selector.explain(NOW_S + later_s).hosts
    told = [clause.values["times"] for clause in belief.words if "has been failing" in clause.say]
    assert told == ([] if times is None else [times])
