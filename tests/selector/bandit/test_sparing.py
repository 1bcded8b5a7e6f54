"""Sparing hosts: prices shift bytes to others, and a reserve serves only in need."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selector.bandit import FetchSoFar, HostPrior, Limits, PlanRequest, Selector
from selector.browser import handle

ORIGIN, MIRROR, OTHER = "https://origin.example", "https://a.example", "https://b.example"
NOW_S = 1_700_000_000.0
SURE = {"rate_sd": 0.05, "ttfb_sd": 0.05, "error_rate": 0.001}
# The mirror delivers the top resolution faster than it is watched, but slower than the origin.
FLEET = {
    ORIGIN: HostPrior(rate_mbps=40.0, ttfb_s=0.05, **SURE),
    MIRROR: HostPrior(rate_mbps=12.0, ttfb_s=0.05, **SURE),
}
CALM = PlanRequest(NOW_S, [ORIGIN, MIRROR], 1_500_000, 4.0, 20.0, top_mbps=3.0)
MUCH, RESERVE = Limits(prices={ORIGIN: 10.0}), Limits(reserves=[ORIGIN])


def asked(limits: Limits, request: PlanRequest = CALM, seed: int = 1) -> set[str]:
    """Return the hosts that a new viewer's plan asks."""
    plan = Selector(seed, FLEET, limits).plan(request)
    return {part.host for part in plan.parts} or {plan.ranking[0]}


@pytest.mark.parametrize("limits", [MUCH, RESERVE], ids=["dear", "reserve"])
@pytest.mark.parametrize("seed", range(20))
def test_a_host_that_is_to_be_spared_is_not_asked_where_others_serve(limits: Limits, seed: int):
    assert ORIGIN in asked(Limits(extra_requests=0), CALM._replace(buffer_s=5.0))
    assert asked(limits, seed=seed) == {MIRROR}


@pytest.mark.parametrize(
    "need",
    [
        CALM._replace(buffer_s=0.5),
        CALM._replace(bytes=9_000_000, top_mbps=18.0),
        CALM._replace(attempt=1),
        CALM._replace(hosts=[ORIGIN]),
    ],
    ids=["would stall", "would drop in quality", "the others have failed", "nobody else"],
)
def test_a_reserve_serves_in_need(need: PlanRequest):
    assert ORIGIN in asked(RESERVE, need)


def test_a_reserve_does_not_serve_to_rise_sooner_nor_to_start_sooner():
    rising = CALM._replace(bytes=300_000)
    assert asked(RESERVE, rising) == asked(RESERVE, rising._replace(starting=True)) == {MIRROR}


def test_a_reserve_comes_last_in_the_ranking_and_still_takes_over_what_fails():
    plan = Selector(1, FLEET, RESERVE).plan(CALM)
    assert plan.ranking == (MIRROR, ORIGIN)
    assert plan.hedge is not None
    assert plan.hedge.host == ORIGIN


@pytest.mark.parametrize("limits", [MUCH, RESERVE], ids=["dear", "reserve"])
@pytest.mark.parametrize(("buffer_s", "rescued"), [(2.0, True), (40.0, False)])
def test_no_host_is_spared_at_the_cost_of_a_stall(limits: Limits, buffer_s: float, rescued: bool):
    selector = Selector(1, {**FLEET, OTHER: HostPrior(rate_mbps=0.5, ttfb_s=0.5, **SURE)}, limits)
    plan = selector.plan(CALM._replace(hosts=[ORIGIN, MIRROR, OTHER], buffer_s=30.0))
    slow = FetchSoFar(
        plan.plan, MIRROR, NOW_S + 2, 0.05, 2.0, 600_000, 900_000, buffer_s, [MIRROR], 0
    )
    assert (selector.progress(slow).rescue == ORIGIN) is rescued


def test_the_price_is_explained_beside_what_the_viewer_waits():
    selector = Selector(1, FLEET, MUCH)
    selector.plan(CALM._replace(hosts=[ORIGIN]))
    cost, spared = selector.explain(NOW_S).last_choice[:2]
    waited = sum(float(cost.values[part]) for part in ("ttfb_s", "body_s", "errors_s"))
    assert cost.values["cost_s"] == pytest.approx(waited, abs=0.02)
    assert spared == ("It is to be spared: + {price_s} s.", {"price_s": 15.0})


@given(st.integers(0, 999), st.floats(0, 30), st.booleans(), st.integers(0, 2))
def test_prices_of_nothing_change_nothing(seed: int, buffer_s: float, starting: bool, attempt: int):
    free = Limits(prices={ORIGIN: 0.0, MIRROR: 0.0})
    request = CALM._replace(buffer_s=buffer_s, starting=starting, attempt=attempt)
    assert Selector(seed, FLEET, free).plan(request) == Selector(seed, FLEET).plan(request)


def test_the_page_says_what_is_to_be_spared_when_it_opens_the_engine():
    limits = {"extra_requests": 2, "extra_bytes": 0.01, "reserves": [ORIGIN]}
    priors = {host: prior._asdict() for host, prior in FLEET.items()}
    body = {"seed": 1, "priors": priors, "limits": limits}
    assert json.loads(handle(json.dumps({"id": 1, "verb": "open", "body": body})))["ok"]
    plan = {"id": 2, "verb": "plan", "body": CALM._asdict()}
    assert json.loads(handle(json.dumps(plan)))["answer"]["ranking"] == [MIRROR, ORIGIN]
    body["limits"] = limits | {"prices": {ORIGIN: -1}}
    refused = json.loads(handle(json.dumps({"id": 3, "verb": "open", "body": body})))
    assert refused["error"]["field"] == f"limits.prices.{ORIGIN}"
