"""The fleet's prior: bounded in certainty and range, and deterministic."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from instance.hosts.prior.fleet import SD_MIN, fleet_prior
from instance.hosts.prior.shares import NEAR, SEGMENT_MBIT, shares
from instance.hosts.quality.counts import Counted
from selector.bandit import HostPrior, PlanRequest, Selector
from selector.bandit.memory import PRIOR_RANGES
from selector.telemetry import CONTEXTS, Context
from tests.instance.hosts.fleets import HOSTS, fleet, searched, told_reports

SILENT = HostPrior()
REPORTS = told_reports(days=8, epsilons=st.floats(0.1, 8.0))


@settings(searched, max_examples=25)
@given(st.lists(st.tuples(REPORTS, st.integers(1, 100_000)), max_size=30))
def test_whatever_is_reported_priors_stay_possible_and_unsure(told: list[Counted]):
    prior = fleet_prior(told)
    assert {cell.host for cell in prior.table} == {report.host for report, _ in told}
    for each in prior.table.values():
        for value, (low, high) in zip(each, PRIOR_RANGES.values(), strict=True):
            assert low <= value <= high
        assert SD_MIN <= each.rate_sd <= SILENT.rate_sd
        assert SD_MIN <= each.ttfb_sd <= SILENT.ttfb_sd


def test_the_same_reports_give_the_same_prior_in_any_order():
    told = fleet(20_000, regional=2)
    shuffled = told[::2] + told[1::2]
    assert fleet_prior(shuffled) == fleet_prior(told)


def test_a_few_reports_hardly_move_what_the_engine_believes_of_unknown_hosts():
    prior = fleet_prior(fleet(30, regional=0)).priors(CONTEXTS[0])
    for each in prior.values():
        assert abs(np.log(each.rate_mbps / SILENT.rate_mbps)) < 0.75
        assert each.rate_sd > 0.7


def test_many_reports_find_the_level_of_each_host():
    slow, fast = fleet_prior(fleet(60_000, regional=0)).priors(Context(1, 4, 2)).values()
    # Buckets 3 and 4, whose middles are √32 and √128 Mbit/s.
    assert abs(np.log(slow.rate_mbps / 32**0.5)) < 0.15
    assert abs(np.log(fast.rate_mbps / 128**0.5)) < 0.15
    assert slow.rate_sd < 0.6


def test_where_regions_differ_each_gets_its_own_prior():
    prior = fleet_prior(fleet(60_000, regional=2))
    served = {choice.question: choice.served for choice in prior.choices}
    assert served["rate"] == served["ttfb"] == "contextual"
    here, there = (prior.priors(Context(1, zone, 2)) for zone in (2, 4))
    assert here[HOSTS[1]].rate_mbps > 3.0 * there[HOSTS[1]].rate_mbps
    assert here[HOSTS[0]].rate_mbps < there[HOSTS[0]].rate_mbps / 2.0


def test_where_regions_do_not_differ_all_get_the_same():
    prior = fleet_prior(fleet(60_000, regional=0))
    assert all(choice.served == "plain" for choice in prior.choices)
    assert prior.priors(Context(1, 2, 2)) == prior.priors(Context(1, 4, 2))


def test_before_the_fourth_day_the_plain_way_is_served_and_no_comparison_claimed():
    early = [each for each in fleet(20_000, regional=2) if each[0].day <= "2026-05-03"]
    for choice in fleet_prior(early).choices:
        assert (choice.served, choice.gain, choice.gain_sd) == ("plain", None, None)


def test_the_engine_takes_a_prior_as_it_is():
    priors = fleet_prior(fleet(20_000, regional=0)).priors(CONTEXTS[0])
    plan = Selector(1, priors).plan(PlanRequest(1e9, HOSTS, 1e6, 4.0, 8.0))
    assert set(plan.ranking) == set(HOSTS)


@searched
@given(
    st.dictionaries(
        st.text(max_size=3),
        st.builds(
            HostPrior,
            st.floats(0.001, 1e5),
            st.just(0.5),
            st.floats(0.0005, 60.0),
            st.just(0.5),
            st.floats(0.0, 1.0),
        ),
        min_size=1,
    )
)
def test_shares_spread_viewers_over_near_ties_and_never_rank(priors: dict[str, HostPrior]):
    found = shares(priors)
    assert abs(sum(found.values()) - 1.0) < 1e-9
    cost = {
        host: (each.ttfb_s + SEGMENT_MBIT / each.rate_mbps) / (1.0 - min(each.error_rate, 0.9))
        for host, each in priors.items()
    }
    best = min(cost.values())
    assert all((found[host] > 0.0) == (cost[host] <= NEAR * best) for host in priors)
    # No near-tie is starved: at most 1.3² times as many viewers go to the best.
    positive = [each for each in found.values() if each]
    assert max(positive) <= NEAR**2 * min(positive) + 1e-9


def test_no_hosts_have_no_shares():
    assert shares({}) == {}
