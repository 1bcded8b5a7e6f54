"""Estimates are unbiased, cover the truth as often as they say, and know when to be silent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance.hosts.quality.answers import Answers, answers
from instance.hosts.quality.figures import (
    Estimate,
    NotEnough,
    geometric_mean,
    histogram,
    quantile,
    share_of_yes,
)
from instance.hosts.quality.hosts import host_qualities, host_uses, share
from selector.telemetry import ANSWERS, QUESTIONS, Question
from tests.instance.hosts.fleets import BLANK, HOSTS, counted, drawn, expected, searched

EPSILONS = st.floats(0.1, 8.0)
TTFB = [0.0, 0.1, 0.3, 0.3, 0.15, 0.1, 0.05, 0.0]


@searched
@given(st.sampled_from(QUESTIONS), st.lists(EPSILONS, min_size=1, max_size=4), st.data())
def test_on_average_every_mean_is_the_true_one(
    question: Question, epsilons: list[float], data: st.DataObject
):
    k = ANSWERS[question]
    numbers = st.lists(st.floats(-5.0, 5.0), min_size=k, max_size=k)
    scores = np.array(data.draw(numbers))
    shares = np.array(data.draw(st.lists(st.floats(0.01, 1.0), min_size=k, max_size=k)))
    shares /= shares.sum()
    told = {epsilon: expected(question, shares, 1000.0, epsilon) for epsilon in epsilons}
    mean, error = Answers(question, told).mean(scores)
    assert mean == pytest.approx(float(scores @ shares), abs=1e-6)
    assert error >= 0.0


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    covered = {"error": 0, "bucket": 0, "typical": 0}
    runs = 400
    middle = geometric_mean(Answers("ttfb", {2.0: expected("ttfb", np.array(TTFB), 1e6)}))
    assert isinstance(middle, Estimate)
    for seed in range(runs):
        failed = share_of_yes(drawn("error", [0.92, 0.08], 1000, seed))
        told = drawn("ttfb", TTFB, 1000, seed)
        for name, figure, truth in (
            ("error", failed, 0.08),
            ("bucket", histogram(told)[2], 0.3),
            ("typical", geometric_mean(told), middle.value),
        ):
            assert isinstance(figure, Estimate)
            covered[name] += figure.low <= truth <= figure.high
    # 95 % of 400, and three standard deviations to either side.
    assert all(0.917 <= count / runs <= 0.983 for count in covered.values()), covered


@pytest.mark.parametrize("truth", [0.0, 0.002, 0.01, 0.03, 0.97, 0.99, 1.0])
def test_intervals_cover_a_share_near_an_end_of_the_scale(truth: float):
    runs, covered, widths, cut_widths = 400, 0, [], []
    for seed in range(runs):
        figure = share_of_yes(drawn("error", [1.0 - truth, truth], 1000, seed))
        assert isinstance(figure, Estimate)
        covered += figure.low <= truth <= figure.high
        cut = figure.value in (0.0, 1.0)
        (cut_widths if cut else widths).append(figure.high - figure.low)
    # 95 % of 400, less three standard deviations. At the very end an interval cannot miss below.
    assert covered / runs >= 0.917
    # One that was cut is no surer than one beside the end: half as wide, for the end cuts it too.
    assert not cut_widths or min(cut_widths) > 0.45 * np.mean(widths)


@pytest.mark.parametrize(("level", "bucket"), [(0.5, 3), (0.95, 5)])
def test_a_quantile_and_its_interval_hold_the_true_bucket(level: float, bucket: int):
    for seed in range(50):
        figure = quantile(drawn("ttfb", TTFB, 20_000, seed), level)
        assert isinstance(figure, Estimate)
        assert figure.low <= figure.value <= figure.high
        assert figure.low <= 0.025 * 2.0**bucket and figure.high >= 0.025 * 2.0 ** (bucket - 1)


def test_a_quantile_at_the_end_of_the_scale_says_that_it_is_open():
    figure = quantile(drawn("ttfb", [0.0] * 7 + [1.0], 20_000, 1), 0.5)
    assert isinstance(figure, Estimate)
    assert (figure.low, figure.high) == (1.6, float("inf"))


@searched
@given(st.sampled_from(QUESTIONS), st.integers(0, 120), st.data())
def test_few_answers_give_no_number_at_all(question: Question, n: int, data: st.DataObject):
    counts = np.zeros(ANSWERS[question])
    counts[data.draw(st.integers(0, len(counts) - 1))] = n
    told = Answers(question, {1.0: counts} if n else {})
    shares = {"error": share_of_yes, "missing": share_of_yes}
    figures = (
        [shares[question](told)] if question in shares else [*histogram(told), quantile(told, 0.5)]
    )
    for figure in figures:
        if n < 100:
            assert isinstance(figure, NotEnough)
        if isinstance(figure, NotEnough):
            assert figure.answers == n
            assert figure.needed >= max(100, min(n, 100))


@searched
@given(
    st.sampled_from(QUESTIONS),
    st.integers(0, 200),
    st.lists(EPSILONS, min_size=1, max_size=3),
    st.data(),
)
def test_liars_move_no_share_further_than_their_number_allows(
    question: Question, liars: int, epsilons: list[float], data: st.DataObject
):
    k = ANSWERS[question]
    honest = {epsilon: np.full(k, 1000.0 / k) for epsilon in epsilons}
    answer = data.draw(st.integers(0, k - 1))
    victim = data.draw(st.sampled_from(sorted(honest)))
    lied = {epsilon: counts.copy() for epsilon, counts in honest.items()}
    lied[victim] *= 1.0 - liars / 1000.0
    lied[victim][answer] += liars
    scores = np.array(data.draw(st.lists(st.floats(0.0, 1.0), min_size=k, max_size=k)))
    before, after = Answers(question, honest), Answers(question, lied)
    moved = abs(after.mean(scores)[0] - before.mean(scores)[0])
    assert moved <= before.influence(liars) + 1e-9


@searched
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_share_lies_in_its_interval_and_that_between_0_and_1(count: int, others: int):
    figure = share(count, count + others)
    if isinstance(figure, Estimate):
        assert 0.0 <= figure.low <= figure.value + 1e-12
        assert figure.value - 1e-12 <= figure.high <= 1.0


def test_hosts_are_told_apart_and_their_shares_are_of_all_reports():
    told = [
        *counted(drawn("error", [0.98, 0.02], 3000, 1)),
        *counted(drawn("error", [0.7, 0.3], 1000, 2), BLANK._replace(host=HOSTS[1])),
    ]
    good, bad = host_qualities(told)
    assert (good.host, bad.host, good.reports, bad.reports) == (*HOSTS, 3000, 1000)
    assert isinstance(good.share, Estimate) and good.share.value == 0.75
    assert isinstance(good.error_rate, Estimate) and isinstance(bad.error_rate, Estimate)
    assert isinstance(good.missing_rate, NotEnough)
    assert good.error_rate.high < bad.error_rate.low
    assert isinstance(good.ttfb_p95, NotEnough)


def test_no_reports_are_no_hosts():
    assert host_qualities([]) == ()
    assert answers([], "ttfb").total == 0


def test_who_uses_a_host_is_told_by_zone_and_connection_with_intervals():
    far = BLANK._replace(zone=6, connection=3)
    told = [(BLANK.answered("ttfb", 3), 150), (far.answered("rate", 2), 50)]
    few = [(BLANK._replace(host=HOSTS[1]).answered("error", 0), 99)]
    used, hardly = host_uses(told + few)
    assert (used.host, hardly.host) == (HOSTS[0], HOSTS[1])
    assert [each.value for each in used.zones if isinstance(each, Estimate)] == [
        *(0, 0, 0, 0, 0.75, 0, 0.25, 0)
    ]
    assert used.zones[6] == used.connections[3] == share(50, 200)
    assert set(hardly.zones) == {NotEnough(99, 100)}
