"""Beliefs about one host: updates on readings, and decay with time."""

from math import exp, log

import pytest

from selector.bandit import HostPrior
from selector.bandit.beliefs.outage import OutageBelief
from selector.bandit.beliefs.prior import Doubt
from selector.bandit.beliefs.rate import RateBelief, ln_rate
from selector.bandit.beliefs.ttfb import TtfbBelief, ln_ttfb

DAY_S = 86_400.0
ERROR_RATE = 0.02


def rate_after(*mbps: float, prior: HostPrior) -> RateBelief:
    home = belief = RateBelief.from_prior(prior)
    for number, reading in enumerate(mbps):
        belief = belief.at(4.0 * number, home).observe(log(reading))
    return belief


def ttfb_after(*ttfb_s: float, prior: HostPrior) -> TtfbBelief:
    home = belief = TtfbBelief.from_prior(prior)
    for number, reading in enumerate(ttfb_s):
        belief = belief.at(4.0 * number, home).observe(ln_ttfb(reading, cold=False))
    return belief


def outage_after(*answered: bool, every_s: float = 4.0) -> OutageBelief:
    belief = OutageBelief.fresh(0.0)
    for number, success in enumerate(answered):
        belief = belief.at(every_s * number)
        belief = belief.succeed(ERROR_RATE) if success else belief.fail(ERROR_RATE, corrupt=False)
    return belief


def test_a_confident_wrong_rate_is_unlearned_within_three_segments():
    belief = rate_after(0.5, 0.5, 0.5, prior=HostPrior(rate_mbps=50.0, rate_sd=0.1))
    assert exp(belief.ln) < 1.0


def test_a_confident_wrong_ttfb_is_unlearned_within_three_fetches():
    belief = ttfb_after(1.5, 1.5, 1.5, prior=HostPrior(ttfb_s=0.03, ttfb_sd=0.3))
    assert exp(belief.ln) > 0.5


def test_after_four_segments_a_sudden_slowdown_is_more_than_half_believed():
    belief = rate_after(*[20.0] * 30, *[4.0] * 4, prior=HostPrior())
    assert exp(belief.ln) < (20.0 * 4.0) ** 0.5


def test_one_late_first_byte_is_mostly_forgotten_after_two_minutes():
    prior = HostPrior(ttfb_s=0.1, ttfb_sd=0.3)
    belief = ttfb_after(*[0.1] * 10, 2.0, prior=prior)
    assert exp(belief.ln) > 0.5
    assert exp(belief.at(160.0, TtfbBelief.from_prior(prior)).ln) < 0.25


def test_a_new_connection_is_expected_to_be_slower_to_the_first_byte():
    assert ln_ttfb(0.24, cold=True) == pytest.approx(ln_ttfb(0.1, cold=False))


def test_what_was_learned_returns_to_the_prior_over_days_not_minutes():
    home = RateBelief.from_prior(HostPrior(rate_mbps=8.0))
    belief = rate_after(*[40.0] * 10, prior=HostPrior(rate_mbps=8.0))
    assert exp(belief.at(3600.0, home).ln) > 35.0
    assert 8.0 < exp(belief.at(3 * DAY_S, home).ln) < 20.0
    assert exp(belief.at(60 * DAY_S, home).ln) == pytest.approx(8.0)


@pytest.mark.parametrize("age_s", [1.0, 60.0, 3600.0, DAY_S, 30 * DAY_S])
def test_time_never_makes_surer(age_s: float):
    prior = HostPrior(rate_sd=1.0, ttfb_sd=0.8)
    rate, ttfb = rate_after(9.0, 9.0, prior=prior), ttfb_after(0.2, 0.2, prior=prior)
    assert rate.at(rate.at_s + age_s, RateBelief.from_prior(prior)).var > rate.var
    assert ttfb.at(ttfb.at_s + age_s, TtfbBelief.from_prior(prior)).var > ttfb.var


def test_unmeasurably_short_bodies_stay_finite():
    assert exp(ln_rate(1e9, 0.0)) == pytest.approx(100_000.0)
    assert exp(ln_rate(0.0, 1e9)) == pytest.approx(0.001)


def test_priors_that_prove_wrong_are_doubted_and_honest_ones_are_not():
    honest, wrong = Doubt(), Doubt()
    for _ in range(5):
        honest, wrong = honest.observe(1.0), wrong.observe(16.0)
    assert honest.factor == 1.0
    assert wrong.factor > 9.0


def test_the_first_failure_already_makes_an_outage_likely():
    belief = outage_after(True, True, True, False)
    assert belief.down > 0.02
    assert belief.p_fail(ERROR_RATE) > 5 * outage_after(True, True, True).p_fail(ERROR_RATE)
    assert outage_after(False).down > 0.5


def test_one_early_error_does_not_bury_a_good_host():
    belief = outage_after(False, *[True] * 5)
    assert belief.p_fail(ERROR_RATE) < 0.1


def test_an_outage_is_thought_to_last_longer_with_every_failure_until_a_success():
    after_one = outage_after(False)
    after_four = outage_after(False, False, False, False)
    corrupt = OutageBelief.fresh(0.0).fail(ERROR_RATE, corrupt=True)
    assert after_one.at(60.0).down < 0.3
    assert after_four.at(72.0).down > 0.7
    assert corrupt.at(60.0).down > after_one.at(60.0).down
    assert outage_after(False, False, False, False, True).backoff == 1.0


def test_wrong_bytes_are_no_passing_fault_however_well_the_host_has_served():
    known_well = outage_after(*[True] * 20).at(80.0)
    assert known_well.fail(ERROR_RATE, corrupt=False).p_fail(ERROR_RATE) < 0.3
    assert known_well.fail(ERROR_RATE, corrupt=True).p_fail(ERROR_RATE) > 0.7


def test_no_outage_is_thought_certain_or_endless():
    belief = outage_after(*[False] * 300)
    assert belief.down < 1.0
    assert belief.at(belief.at_s + 7200.0).down < 0.7


def test_silence_is_weighed_by_how_unusual_it_is_and_never_more_than_a_failure():
    fresh = OutageBelief.fresh(0.0)
    usual, rare, unheard = (fresh.silent(ERROR_RATE, p) for p in (0.5, 0.1, 1e-9))
    failure = fresh.fail(ERROR_RATE, corrupt=False)
    assert fresh.down < usual.down < rare.down < unheard.down
    assert unheard.down == pytest.approx(failure.down)
    assert unheard.failures == 0.0
